//! System calls that the standard library has only for whole paths: here each is relative to an
//! open directory. Interrupted calls are repeated.
use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::io::{AsRawFd, FromRawFd, IntoRawFd, RawFd};

/// Calls until it isn't interrupted; what is negative is an error.
fn retry(mut call: impl FnMut() -> libc::c_long) -> io::Result<u64> {
    loop {
        let result = call();
        if result >= 0 {
            return Ok(result as u64);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// The names below are this module's, so that each call is one line.
fn check(mut call: impl FnMut() -> libc::c_int) -> io::Result<()> {
    retry(|| call().into()).map(drop)
}

// SAFETY: it ends with a NUL, and has no other.
pub const HERE: &CStr = unsafe { CStr::from_bytes_with_nul_unchecked(b".\0") };

pub fn open(dir: RawFd, path: &CStr, flags: libc::c_int) -> io::Result<File> {
    const MODE: libc::mode_t = 0o644;
    let flags = flags | libc::O_CLOEXEC;
    // SAFETY: the path ends with a NUL.
    let fd = retry(|| unsafe { libc::openat(dir, path.as_ptr(), flags, MODE) }.into())?;
    // SAFETY: it is new, and nobody else's.
    Ok(unsafe { File::from_raw_fd(fd as RawFd) })
}

/// Closes a file that was written to: some file systems say only then that a write failed. The
/// descriptor is gone in any case, also after a signal.
pub fn close(file: File) -> io::Result<()> {
    // SAFETY: it was the file's, which is no more.
    if unsafe { libc::close(file.into_raw_fd()) } == 0 {
        return Ok(());
    }
    let error = io::Error::last_os_error();
    if error.kind() == io::ErrorKind::Interrupted {
        Ok(())
    } else {
        Err(error)
    }
}

/// A file without a name, to try things with.
pub fn nameless_file(dir: RawFd) -> io::Result<File> {
    open(dir, HERE, libc::O_TMPFILE | libc::O_RDWR)
}

pub fn unlink(dir: RawFd, path: &CStr, flags: libc::c_int) -> io::Result<()> {
    // SAFETY: the path ends with a NUL.
    check(|| unsafe { libc::unlinkat(dir, path.as_ptr(), flags) })
}

pub fn rename(dir: RawFd, path: &CStr, dir2: RawFd, path2: &CStr) -> io::Result<()> {
    // SAFETY: the paths end with a NUL.
    check(|| unsafe { libc::renameat(dir, path.as_ptr(), dir2, path2.as_ptr()) })
}

pub fn link(dir: RawFd, path: &CStr, dir2: RawFd, path2: &CStr) -> io::Result<()> {
    // SAFETY: the paths end with a NUL.
    check(|| unsafe { libc::linkat(dir, path.as_ptr(), dir2, path2.as_ptr(), 0) })
}

pub fn symlink(text: &CStr, dir: RawFd, path: &CStr) -> io::Result<()> {
    // SAFETY: both end with a NUL.
    check(|| unsafe { libc::symlinkat(text.as_ptr(), dir, path.as_ptr()) })
}

pub fn make_directory(dir: RawFd, path: &CStr) -> io::Result<()> {
    // SAFETY: the path ends with a NUL.
    check(|| unsafe { libc::mkdirat(dir, path.as_ptr(), 0o755) })
}

/// The size, by as little as the kernel can be asked for.
pub fn size_of(dir: RawFd, path: &CStr) -> io::Result<u64> {
    const WANTED: libc::c_uint = libc::STATX_TYPE | libc::STATX_SIZE | libc::STATX_MTIME;
    let mut found = MaybeUninit::<libc::statx>::zeroed();
    let (path, flags) = (path.as_ptr(), libc::AT_NO_AUTOMOUNT);
    // SAFETY: the path ends with a NUL, and the struct is the kernel's.
    check(|| unsafe { libc::statx(dir, path, flags, WANTED, found.as_mut_ptr().cast()) })?;
    // SAFETY: zeroes are a value of it, too.
    Ok(unsafe { found.assume_init() }.stx_size)
}

/// How many entries a directory has, without `.` and `..`. The more room, the fewer calls.
pub fn count_entries(dir: RawFd, path: &CStr, room: &mut [u8]) -> io::Result<u64> {
    let directory = open(dir, path, libc::O_RDONLY | libc::O_DIRECTORY)?;
    let mut entries = 0;
    loop {
        let (fd, length) = (directory.as_raw_fd(), room.len());
        // SAFETY: so much room is there.
        let call = || unsafe { libc::syscall(libc::SYS_getdents64, fd, room.as_mut_ptr(), length) };
        let filled = retry(call)? as usize;
        if filled == 0 {
            return Ok(entries);
        }
        entries += count_names(&room[..filled]);
    }
}

/// The entries of getdents64(2): the length of each is at byte 16, and its name at byte 19.
fn count_names(mut entries: &[u8]) -> u64 {
    let mut count = 0;
    while entries.len() > 19 {
        let length = usize::from(u16::from_ne_bytes([entries[16], entries[17]]));
        let name = &entries[19..length];
        count += u64::from(!name.starts_with(b".\0") && !name.starts_with(b"..\0"));
        entries = &entries[length..];
    }
    count
}

/// Copies at most `length` bytes within the kernel, from where both files stand; 0: the end.
pub fn copy_range(from: &File, to: &File, length: u64) -> io::Result<u64> {
    const MOST: u64 = 0x7fff_f000; // more is cut down by the kernel
    let (from, to, count) = (from.as_raw_fd(), to.as_raw_fd(), length.min(MOST) as usize);
    let null = std::ptr::null_mut();
    // SAFETY: no memory is touched.
    retry(|| unsafe { libc::copy_file_range(from, null, to, null, count, 0) } as libc::c_long)
}

pub struct FileSystem {
    /// Its magic number.
    pub kind: u64,
    /// The size of its blocks.
    pub block: u64,
}

/// Which file system a directory is on.
pub fn file_system(dir: RawFd) -> io::Result<FileSystem> {
    let mut found = MaybeUninit::<libc::statfs>::zeroed();
    // SAFETY: the struct is the kernel's.
    check(|| unsafe { libc::fstatfs(dir, found.as_mut_ptr()) })?;
    // SAFETY: zeroes are a value of it, too.
    let found = unsafe { found.assume_init() };
    // The kernel's numbers have 32 bits, which a signed word may have widened.
    Ok(FileSystem { kind: u64::from(found.f_type as u32), block: found.f_bsize as u64 })
}
