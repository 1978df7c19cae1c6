//! What is done to names alone. There is one way to do it, whatever moves the bytes.
use std::io;
use std::os::unix::io::RawFd;

use crate::abi::{op, Request};
use crate::host::{fail, Host};
use crate::system;

/// `room`: for the entries of directories.
pub fn perform((dir, dir2): (RawFd, RawFd), r: &Request, room: &mut [u8]) -> io::Result<u64> {
    match r.op {
        op::STAT => return system::size_of(dir, r.path()?),
        op::LIST => return system::count_entries(dir, r.path()?, room),
        op::DELETE => system::unlink(dir, r.path()?, 0)?,
        op::RENAME => system::rename(dir, r.path()?, dir2, r.path2()?)?,
        op::LINK => system::link(dir, r.path()?, dir2, r.path2()?)?,
        op::SYMLINK => system::symlink(r.path()?, dir2, r.path2()?)?,
        op::MKDIR => system::make_directory(dir, r.path()?)?,
        op::RMDIR => system::unlink(dir, r.path()?, libc::AT_REMOVEDIR)?,
        _ => return fail(libc::ENOTSUP),
    }
    Ok(0)
}

/// The operations, as a mask, that don't work in these directories; the host is told why.
pub fn refused((dir, dir2): (RawFd, RawFd), host: &Host) -> io::Result<u64> {
    let (from, to) = (is_fat(dir)?, is_fat(dir2)?);
    let mut mask = 0;
    for (op, is_refused) in [(op::LINK, from || to), (op::SYMLINK, to)] {
        if is_refused {
            host.unsupported(op, "FAT has no links");
            mask |= 1 << op;
        }
    }
    Ok(mask)
}

fn is_fat(dir: RawFd) -> io::Result<bool> {
    const EXFAT: u64 = 0x2011_bab0;
    let kind = system::file_system(dir)?.kind;
    Ok(kind == libc::MSDOS_SUPER_MAGIC as u64 || kind == EXFAT)
}
