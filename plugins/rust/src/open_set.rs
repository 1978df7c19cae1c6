//! The files that block operations name by number, opened before the clock.
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::unix::io::RawFd;

use memmap2::MmapRaw;

use crate::host::{fail, Failure};
use crate::system;

pub struct OpenFile {
    pub file: File,
    /// All of the file as it was opened, where blocks are updated so.
    pub mapping: Option<MmapRaw>,
}

#[derive(Default)]
pub struct OpenSet(Vec<OpenFile>);

impl OpenSet {
    pub fn open(
        dir: RawFd,
        paths: &[&CStr],
        writable: bool,
        mapped: bool,
    ) -> Result<Self, Failure> {
        let flags = if writable { libc::O_RDWR } else { libc::O_RDONLY };
        let open = |path: &CStr| {
            let file = system::open(dir, path, flags)?;
            let is_mapped = mapped && writable && file.metadata()?.len() > 0;
            let mapping = if is_mapped { Some(MmapRaw::map_raw(&file)?) } else { None };
            Ok(OpenFile { file, mapping })
        };
        let named =
            |path: &&CStr| open(path).map_err(|error| Failure::of(&error, &path.to_string_lossy()));
        paths.iter().map(named).collect::<Result<_, _>>().map(Self)
    }

    pub fn file(&self, number: u32) -> io::Result<&OpenFile> {
        self.0.get(number as usize).map_or_else(|| fail(libc::EBADF), Ok)
    }
}
