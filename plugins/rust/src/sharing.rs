//! Files that share their extents: what copies by the kernel come to between two directories.
use std::fs::File;
use std::io::{self, Write};
use std::mem::size_of;
use std::os::raw::{c_int, c_long, c_ulong};
use std::os::unix::fs::MetadataExt;
use std::os::unix::io::{AsRawFd, RawFd};

use crate::abi::{FALLBACK, SHARED};
use crate::system::{self, FileSystem};

#[derive(Clone, Copy)]
pub struct Sharing {
    /// Whether copy_file_range(2) clones what it can.
    copies_share: bool,
    is_btrfs: bool,
    block: u64,
}

impl Sharing {
    pub fn new(directories: (RawFd, RawFd)) -> io::Result<Self> {
        let FileSystem { kind, block } = system::file_system(directories.1)?;
        let copies_share = can_clone(directories) && !copies_by_itself(kind);
        Ok(Sharing { copies_share, is_btrfs: kind == BTRFS, block })
    }

    /// The completion's `how` for the first `length` bytes of a file that copy_file_range(2) has
    /// copied. The kernel clones to the end of the file or else to a whole block, and copies the
    /// rest.
    pub fn of_copy(&self, from: &File, to: &File, length: u64) -> io::Result<u32> {
        if !self.copies_share || length == 0 {
            return Ok(0);
        }
        // A clone of one that is written in place to one that is not is refused, and it copies.
        if self.is_btrfs && is_written_in_place(from) != is_written_in_place(to) {
            return Ok(0);
        }
        let odd = if length >= from.metadata()?.len() { 0 } else { length % self.block };
        if odd == length {
            return Ok(0);
        }
        let is_inline = self.is_btrfs && length < MOST_INLINE && is_inline(from);
        Ok(if is_inline { 0 } else { SHARED } | if odd == 0 { 0 } else { FALLBACK })
    }
}

const BTRFS: u64 = libc::BTRFS_SUPER_MAGIC as u64;
const MOST_INLINE: u64 = 4096;

/// These have a way of their own, and the kernel does not try a clone first.
fn copies_by_itself(kind: u64) -> bool {
    const NFS: u64 = 0x6969;
    const CIFS: u64 = 0xff53_4d42;
    const SMB2: u64 = 0xfe53_4d42;
    const CEPH: u64 = 0x00c3_6400;
    const FUSE: u64 = 0x6573_5546;
    matches!(kind, NFS | CIFS | SMB2 | CEPH | FUSE)
}

/// Found out by doing it, with files that have no name. Where nothing may be written to the source,
/// the destination alone is tried.
fn can_clone((dir, dir2): (RawFd, RawFd)) -> bool {
    let on_one_device = || -> io::Result<bool> {
        let device = |dir| system::open(dir, system::HERE, libc::O_PATH)?.metadata();
        Ok(device(dir)?.dev() == device(dir2)?.dev())
    };
    try_to_clone(dir, dir2).unwrap_or_else(|_| {
        on_one_device().unwrap_or(false) && try_to_clone(dir2, dir2).unwrap_or(false)
    })
}

/// An empty file can be cloned where no other can.
fn try_to_clone(dir: RawFd, dir2: RawFd) -> io::Result<bool> {
    const FICLONE: c_ulong = 0x4004_9409; // linux/fs.h: _IOW(0x94, 9, int)
    let (mut from, to) = (system::nameless_file(dir)?, system::nameless_file(dir2)?);
    from.write_all(&[0; 4096])?;
    // SAFETY: no memory is touched.
    Ok(unsafe { libc::ioctl(to.as_raw_fd(), FICLONE as _, from.as_raw_fd()) } == 0)
}

/// Whether the file has the attribute that keeps it from being copied on write (chattr +C).
fn is_written_in_place(file: &File) -> bool {
    // linux/fs.h: _IOR('f', 1, long), of which the kernel fills in an int.
    const FS_IOC_GETFLAGS: c_ulong = 0x8000_6601 | (size_of::<c_long>() as c_ulong) << 16;
    const FS_NOCOW_FL: c_int = 0x0080_0000;
    let mut flags: c_int = 0;
    // SAFETY: there is room for what is filled in.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), FS_IOC_GETFLAGS as _, &mut flags) };
    result == 0 && flags & FS_NOCOW_FL != 0
}

/// linux/fiemap.h: the question, and room for one extent.
#[repr(C)]
#[derive(Default)]
struct Fiemap {
    start: u64,
    length: u64,
    flags: u32,
    mapped_extents: u32,
    extent_count: u32,
    reserved: u32,
    extent: FiemapExtent,
}
#[repr(C)]
#[derive(Default)]
struct FiemapExtent {
    logical: u64,
    physical: u64,
    length: u64,
    reserved64: [u64; 2],
    flags: u32,
    reserved: [u32; 3],
}
const _: () = assert!(size_of::<Fiemap>() == 88 && size_of::<FiemapExtent>() == 56);

/// Whether the file's bytes lie among the metadata, where btrfs has those of very small files: a
/// clone of such a file has bytes of its own.
fn is_inline(file: &File) -> bool {
    const FS_IOC_FIEMAP: c_ulong = 0xc020_660b; // linux/fs.h: _IOWR('f', 11, struct fiemap)
    const FIEMAP_EXTENT_DATA_INLINE: u32 = 0x200;
    let mut found = Fiemap { length: u64::MAX, extent_count: 1, ..Fiemap::default() };
    // SAFETY: there is room for as many extents as are asked for.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), FS_IOC_FIEMAP as _, &mut found) };
    let is_mapped = result == 0 && found.mapped_extents == 1;
    is_mapped && found.extent.flags & FIEMAP_EXTENT_DATA_INLINE != 0
}
