//! Copies: the kernel is asked to, and what it refuses goes through a buffer, as in
//! `std::fs::copy`. Unlike there, the completion says which.
use std::fs::File;
use std::io::{self, Read, Write};

use crate::abi::{Request, FALLBACK};
use crate::clock::Done;
use crate::host::errno;
use crate::sharing::Sharing;
use crate::system;

/// Copies what `r` says between two files that stand at their begin.
pub fn copy(
    from: &File,
    to: &File,
    r: &Request,
    sharing: &Sharing,
    room: &mut [u8],
) -> io::Result<Done> {
    let mut done = 0;
    while done < r.length {
        match system::copy_range(from, to, r.length - done) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if is_refusal(errno(&error)) => {
                let bytes = r.all_of(done + copy_rest(from, to, r.length - done, room)?)?;
                return Ok(Done { bytes, how: FALLBACK });
            }
            Err(error) => return Err(error),
        }
    }
    Ok(Done { bytes: r.all_of(done)?, how: sharing.of_copy(from, to, done)? })
}

/// Whether copy_file_range(2) can't do it here, while read and write may.
fn is_refusal(error: i32) -> bool {
    use libc::*;
    matches!(error, EXDEV | EINVAL | EOPNOTSUPP | ENOSYS | EPERM)
}

fn copy_rest(mut from: &File, mut to: &File, length: u64, room: &mut [u8]) -> io::Result<u64> {
    let mut done = 0;
    while done < length {
        let want = (length - done).min(room.len() as u64) as usize;
        match from.read(&mut room[..want]) {
            Ok(0) => break,
            Ok(count) => {
                to.write_all(&room[..count])?;
                done += count as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}
