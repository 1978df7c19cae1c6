//! The two ways to give a file new contents of the same length.
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use memmap2::MmapMut;

pub type Update = fn(&Path, &[u8]) -> io::Result<()>;

/// Truncated and written anew: `std::fs::write`.
pub fn truncate(path: &Path, contents: &[u8]) -> io::Result<()> {
    fs::write(path, contents)
}

/// In place, by a store to its mapping.
pub fn in_place(path: &Path, contents: &[u8]) -> io::Result<()> {
    let file = OpenOptions::new().read(true).write(true).open(path)?;
    // SAFETY: the directory is ours, and nobody else knows of its files.
    let mut mapping = unsafe { MmapMut::map_mut(&file)? };
    mapping[..contents.len()].copy_from_slice(contents);
    Ok(())
}
