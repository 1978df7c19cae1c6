//! Updates in place through a shared mapping, by `memmap2`: a store where others make a call.
//!
//! A mapping can't fail, it can only end the process: a file that somebody else makes shorter in
//! the meantime, or a hole that its file system has no room for, is SIGBUS at the store. So the
//! size is looked at just before, and what lies behind the end is not mapped. That is as far as
//! programs go that are written with this crate; the backend `mmap` goes on, with a handler.
use std::fs::File;
use std::io;

use memmap2::{MmapOptions, MmapRaw};

use crate::abi::Request;
use crate::host::Source;

/// Stores all that `r` says to the begin of the file, unless the file is shorter: then it is false.
pub fn overwrite(file: &File, source: Source, r: &Request) -> io::Result<bool> {
    if r.length == 0 {
        return Ok(true);
    }
    if file.metadata()?.len() < r.length {
        return Ok(false);
    }
    // SAFETY: nobody in this process has the file as memory, and its bytes mean nothing to us.
    let mut mapping = unsafe { MmapOptions::new().len(r.length as usize).map_mut(file)? };
    let mut done = 0;
    while done < r.length {
        let piece = source.piece(r, done);
        mapping[done as usize..][..piece.len()].copy_from_slice(piece);
        done += piece.len() as u64;
    }
    Ok(true)
}

/// Stores a block of a file that is mapped as a whole, unless it was not as long as that.
pub fn store_block(mapping: &MmapRaw, source: Source, r: &Request) -> bool {
    let end = r.offset.checked_add(r.length);
    if end.map_or(true, |end| end > mapping.len() as u64) {
        return false;
    }
    let mut done = 0;
    while done < r.length {
        let piece = source.piece(r, done);
        // SAFETY: the block lies within the mapping. Blocks that overlap are the scenario's wish:
        // as with write(2), either may win.
        unsafe {
            let to = mapping.as_mut_ptr().add((r.offset + done) as usize);
            to.copy_from_nonoverlapping(piece.as_ptr(), piece.len());
        }
        done += piece.len() as u64;
    }
    true
}
