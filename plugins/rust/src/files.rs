//! All operations by blocking calls: those of `std::fs::File`, and openat(2) and its like where
//! that has no way to say "below this directory". What the engines differ in is who calls.
use std::ffi::CStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::unix::fs::FileExt;
use std::os::unix::io::RawFd;

use crate::abi::{op, Request, FALLBACK};
use crate::clock::Done;
use crate::copying;
use crate::host::{Config, Delivery, Failure, Source};
use crate::mapped;
use crate::names;
use crate::open_set::OpenSet;
use crate::sharing::Sharing;
use crate::system;

/// How each operation that writes opens its file.
pub fn flags_to_write(op: u16) -> libc::c_int {
    use libc::*;
    O_WRONLY
        | match op {
            op::CREATE | op::REPLACE | op::COPY => O_CREAT | O_EXCL,
            op::APPEND => O_APPEND,
            op::REWRITE => O_TRUNC,
            _ => 0,
        }
}

/// Closes a file that was written to. The first error counts.
pub fn end(result: io::Result<Done>, file: File) -> io::Result<Done> {
    result.and_then(|done| system::close(file).map(|()| done))
}

/// Where files are, and what goes into and comes out of them. Any thread may use it.
pub struct Files {
    pub directories: (RawFd, RawFd),
    pub source: Source,
    pub delivery: Delivery,
    /// Whether updates in place are stores to a mapping.
    maps: bool,
    sharing: Sharing,
    pub set: OpenSet,
}

impl Files {
    pub fn new(config: &Config, maps: bool) -> io::Result<Self> {
        let directories = config.directories();
        Ok(Files {
            directories,
            source: config.source(),
            delivery: config.delivery(),
            maps,
            sharing: Sharing::new(directories)?,
            set: OpenSet::default(),
        })
    }

    /// The same, with these files open.
    pub fn with_set(&self, set: OpenSet) -> Self {
        Files { set, ..*self }
    }

    pub fn open_set(&self, paths: &[&CStr], writable: bool) -> Result<OpenSet, Failure> {
        OpenSet::open(self.directories.0, paths, writable, self.maps)
    }

    /// Does request number `index` of the batch.
    pub fn perform(&self, r: &Request, index: u32, room: &mut [u8]) -> io::Result<Done> {
        match r.op {
            op::READ => self.read(r, index, room).map(Done::from),
            op::OVERWRITE if self.maps => self.overwrite_mapped(r),
            op::CREATE | op::OVERWRITE | op::APPEND | op::REWRITE => self.write(r, r.path()?),
            op::REPLACE => self.replace(r),
            op::COPY => self.copy(r, room),
            op::READ_BLOCK => self.read_block(r, index, room).map(Done::from),
            op::WRITE_BLOCK => self.write_block(r),
            op::FSYNC => self.set.file(r.file)?.file.sync_data().map(|()| 0.into()),
            _ => names::perform(self.directories, r, room).map(Done::from),
        }
    }

    fn read(&self, r: &Request, index: u32, room: &mut [u8]) -> io::Result<u64> {
        let mut file = system::open(self.directories.0, r.path()?, libc::O_RDONLY)?;
        self.hand_over(r, index, room, |room, _| file.read(room))
    }

    fn read_block(&self, r: &Request, index: u32, room: &mut [u8]) -> io::Result<u64> {
        let file = &self.set.file(r.file)?.file;
        self.hand_over(r, index, room, |room, done| file.read_at(room, r.offset + done))
    }

    /// Hands over all that `read` gives, one buffer after the other.
    fn hand_over(
        &self,
        r: &Request,
        index: u32,
        room: &mut [u8],
        mut read: impl FnMut(&mut [u8], u64) -> io::Result<usize>,
    ) -> io::Result<u64> {
        let mut done = 0;
        while done < r.length {
            let want = (r.length - done).min(room.len() as u64) as usize;
            let mut filled = 0;
            while filled < want {
                match read(&mut room[filled..want], done + filled as u64) {
                    Ok(0) => break,
                    Ok(count) => filled += count,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            }
            self.delivery.deliver(index, done, &room[..filled]);
            done += filled as u64;
            if filled < want {
                break;
            }
        }
        r.all_of(done)
    }

    fn write(&self, r: &Request, path: &CStr) -> io::Result<Done> {
        let file = system::open(self.directories.0, path, flags_to_write(r.op))?;
        end(self.fill(&file, r), file)
    }

    /// Writes all that `r` says, from where the file stands.
    fn fill(&self, mut file: &File, r: &Request) -> io::Result<Done> {
        let mut done = 0;
        while done < r.length {
            let piece = self.source.piece(r, done);
            file.write_all(piece)?;
            done += piece.len() as u64;
        }
        if r.durable() {
            file.sync_data()?;
        }
        Ok(done.into())
    }

    fn overwrite_mapped(&self, r: &Request) -> io::Result<Done> {
        let file = system::open(self.directories.0, r.path()?, libc::O_RDWR)?;
        let mut done = Done::from(r.length);
        if !mapped::overwrite(&file, self.source, r)? {
            self.fill(&file, r)?;
            done.how = FALLBACK;
        } else if r.durable() {
            file.sync_data()?;
        }
        end(Ok(done), file)
    }

    fn replace(&self, r: &Request) -> io::Result<Done> {
        let dir = self.directories.0;
        let (path, temporary) = (r.path()?, r.path2()?);
        let file = system::open(dir, temporary, flags_to_write(r.op))?;
        let result = end(self.fill(&file, r), file);
        self.put_in_place(result, temporary, path)
    }

    /// The new file takes the name of the old one, or goes.
    pub fn put_in_place(
        &self,
        result: io::Result<Done>,
        temporary: &CStr,
        path: &CStr,
    ) -> io::Result<Done> {
        let dir = self.directories.0;
        let renamed =
            result.and_then(|done| system::rename(dir, temporary, dir, path).map(|()| done));
        if renamed.is_err() {
            let _ = system::unlink(dir, temporary, 0); // the first error counts
        }
        renamed
    }

    fn copy(&self, r: &Request, room: &mut [u8]) -> io::Result<Done> {
        let (dir, dir2) = self.directories;
        let from = system::open(dir, r.path()?, libc::O_RDONLY)?;
        let to = system::open(dir2, r.path2()?, flags_to_write(r.op))?;
        let done = copying::copy(&from, &to, r, &self.sharing, room)?;
        if r.durable() {
            to.sync_data()?;
        }
        end(Ok(done), to)
    }

    fn write_block(&self, r: &Request) -> io::Result<Done> {
        let open = self.set.file(r.file)?;
        let mut how = 0;
        let stored = match &open.mapping {
            Some(mapping) => mapped::store_block(mapping, self.source, r),
            None => false,
        };
        if !stored {
            self.write_block_at(&open.file, r)?;
            how = if self.maps { FALLBACK } else { 0 };
        }
        if r.durable() {
            open.file.sync_data()?;
        }
        Ok(Done { bytes: r.length, how })
    }

    fn write_block_at(&self, file: &File, r: &Request) -> io::Result<()> {
        let mut done = 0;
        while done < r.length {
            let piece = self.source.piece(r, done);
            file.write_all_at(piece, r.offset + done)?;
            done += piece.len() as u64;
        }
        Ok(())
    }
}
