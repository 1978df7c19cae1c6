//! What the host gives, in safe clothes. The lifetimes that the header states in words can't be
//! said to the compiler: what is `'static` here is valid until `close`, or until `run` returns,
//! and each function that makes it says so.
use std::cell::Cell;
use std::ffi::{CStr, CString};
use std::io;
use std::mem::{size_of, MaybeUninit};
use std::ops::{Deref, DerefMut};
use std::os::raw::{c_char, c_int};
use std::os::unix::io::RawFd;
use std::slice;

use crate::abi;
use crate::options;
use crate::panics;

/// What `open`, `open_files` and `run` say when they fail.
pub struct Failure {
    code: i32,
    text: String,
}

impl Failure {
    pub fn new(code: i32, text: impl Into<String>) -> Self {
        let text = text.into();
        Failure { code, text }
    }

    /// Of a system call, and what was done with it.
    pub fn of(error: &io::Error, what: &str) -> Self {
        Failure::new(errno(error), format!("{what}: {error}"))
    }

    pub fn of_panic() -> Self {
        Failure::new(libc::EIO, panics::take().unwrap_or_else(|| "a panic".into()))
    }

    /// # Safety
    /// `error` is that of the call that failed.
    pub unsafe fn report(&self, error: *mut abi::Error) -> c_int {
        let error = &mut *error;
        error.code = self.code;
        let room = error.text.len() - 1;
        let bytes = self.text.bytes().take(room).chain(std::iter::once(0));
        error.text.iter_mut().zip(bytes).for_each(|(to, byte)| *to = byte as c_char);
        self.code
    }
}

/// The errno value of an error; those of the standard library's own have none.
pub fn errno(error: &io::Error) -> i32 {
    error.raw_os_error().unwrap_or(libc::EIO)
}

pub fn fail<T>(code: i32) -> io::Result<T> {
    Err(io::Error::from_raw_os_error(code))
}

/// A struct that begins with its size, as far as its writer and we both know it; the rest is zero.
///
/// # Safety
/// `from` is such a struct, and all zeroes is a value of it.
unsafe fn known_part<T: Copy>(from: *const T) -> T {
    let size = size_of::<T>().min(from.cast::<u32>().read() as usize);
    let mut known = MaybeUninit::<T>::zeroed();
    from.cast::<u8>().copy_to_nonoverlapping(known.as_mut_ptr().cast(), size);
    known.assume_init()
}

/// The part of the host that only the session's own thread may call: it holds a raw pointer, so the
/// compiler sends it nowhere.
pub struct Host(*const abi::Host);

impl Host {
    pub fn note(&self, key: &str, value: &str) {
        let (key, value) = (c_string(key), c_string(value));
        // SAFETY: the host is there until `close`, and we are on the session's thread.
        unsafe { ((*self.0).note)((*self.0).this, key.as_ptr(), value.as_ptr()) }
    }

    pub fn unsupported(&self, op: u16, why: &str) {
        let why = c_string(why);
        // SAFETY: as above.
        unsafe { ((*self.0).unsupported)((*self.0).this, u32::from(op), why.as_ptr()) }
    }
}

fn c_string(text: &str) -> CString {
    CString::new(text.replace('\0', "?")).expect("there is no NUL any more")
}

/// The part that may be called on any thread.
#[derive(Clone, Copy)]
pub struct Delivery(*const abi::Host);

// SAFETY: the header allows `deliver` on any thread, several at once.
unsafe impl Send for Delivery {}
unsafe impl Sync for Delivery {}

impl Delivery {
    /// Hands over what the request has read. An empty piece is none.
    pub fn deliver(self, index: u32, offset: u64, piece: &[u8]) {
        if piece.is_empty() {
            return;
        }
        let (data, length) = (piece.as_ptr().cast(), piece.len() as u64);
        // SAFETY: the host is there until `close`.
        unsafe { ((*self.0).deliver)((*self.0).this, index, offset, data, length) }
    }
}

/// What to write: a region that repeats.
#[derive(Clone, Copy)]
pub struct Source {
    start: *const u8,
    size: u64,
    tail: u64,
}

// SAFETY: it is only read, by everybody.
unsafe impl Send for Source {}
unsafe impl Sync for Source {}

impl Source {
    /// What request `r` has to write after the `done` bytes: all that lies in one piece.
    pub fn piece(self, r: &abi::Request, done: u64) -> &'static [u8] {
        let at = (r.data + done) % self.size;
        let length = (self.size - at + self.tail).min(r.length - done);
        // SAFETY: it lies within size + tail bytes, which are there until `close`.
        unsafe { slice::from_raw_parts(self.start.add(at as usize), length as usize) }
    }
}

/// Memory to read into, for one request at a time: the host's, or where it has none our own.
pub enum Buffer {
    Hosts(&'static mut [u8]),
    Own(Vec<u8>),
}

impl Deref for Buffer {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Buffer::Hosts(bytes) => bytes,
            Buffer::Own(bytes) => bytes,
        }
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [u8] {
        match self {
            Buffer::Hosts(bytes) => bytes,
            Buffer::Own(bytes) => bytes,
        }
    }
}

/// How a session is opened.
pub struct Config {
    raw: abi::Config,
    has_given_buffers: Cell<bool>,
}

impl Config {
    /// # Safety
    /// `raw` is what `open` was given. All that is made of a `Config` is gone when `close` returns.
    pub unsafe fn new(raw: *const abi::Config) -> Result<Self, Failure> {
        let raw = known_part(raw);
        let is_host = !raw.host.is_null() && (*raw.host).size as usize >= size_of::<abi::Host>();
        if !is_host || raw.options.is_null() || raw.source_size == 0 {
            return Err(Failure::new(libc::EINVAL, "this is no host of ABI 1.0"));
        }
        Ok(Config { raw, has_given_buffers: Cell::new(false) })
    }

    pub fn depth(&self) -> usize {
        self.raw.queue_depth.max(1) as usize
    }
    pub fn flags(&self) -> u32 {
        self.raw.flags
    }
    /// Whether the page cache will hold nothing of the files.
    pub fn is_cold(&self) -> bool {
        self.raw.expect == abi::COLD
    }
    /// The directories that `path` and `path2` are relative to.
    pub fn directories(&self) -> (RawFd, RawFd) {
        (self.raw.dir_fd, self.raw.dir_fd2)
    }
    /// The value of a row of the option table that is a number or a choice.
    pub fn option(&self, row: usize) -> i64 {
        assert!(row < options::TABLE.len());
        // SAFETY: there is a value for each row of the descriptor, and none of ours is a text.
        unsafe { (*self.raw.options.add(row)).i }
    }
    pub fn host(&self) -> Host {
        Host(self.raw.host)
    }
    pub fn delivery(&self) -> Delivery {
        Delivery(self.raw.host)
    }
    pub fn source(&self) -> Source {
        let (size, tail) = (self.raw.source_size, self.raw.source_tail);
        Source { start: self.raw.source.cast(), size, tail }
    }

    /// `count` buffers, at most the depth, of which each is a multiple of 4096 bytes. To be called
    /// once, as they are memory that nobody else has.
    pub fn buffers(&self, count: usize) -> Vec<Buffer> {
        const PAGE: usize = 4096;
        const OWN: usize = 64 * PAGE;
        let size = self.raw.buffer_size as usize;
        assert!(count <= self.depth() && !self.has_given_buffers.replace(true));
        let buffer = |number: usize| {
            if self.raw.buffers.is_null() || size < PAGE {
                return Buffer::Own(vec![0; OWN]);
            }
            // SAFETY: there are `depth` of them, and the host does not look into them.
            Buffer::Hosts(unsafe {
                let start = self.raw.buffers.cast::<u8>().add(number * size);
                slice::from_raw_parts_mut(start, size / PAGE * PAGE)
            })
        };
        (0..count).map(buffer).collect()
    }
}

/// A batch, valid during its `run`.
pub struct Batch {
    pub requests: &'static [abi::Request],
    pub completions: &'static mut [abi::Completion],
    pub timed: bool,
    /// 0: none.
    pub deadline_ns: u64,
}

impl Batch {
    /// # Safety
    /// `raw` is what `run` was given. Nothing of the batch is used after `run` has returned.
    pub unsafe fn new(raw: *const abi::Batch) -> Result<Self, Failure> {
        let batch = known_part(raw);
        if batch.flags & !(abi::UNTIMED | abi::REHEARSAL) != 0 {
            return Err(Failure::new(libc::ENOTSUP, "unknown flags of the batch"));
        }
        let count = batch.count as usize;
        let empty = count == 0; // then the arrays are not looked at
        Ok(Batch {
            requests: if empty { &[] } else { slice::from_raw_parts(batch.requests, count) },
            completions: if empty {
                &mut []
            } else {
                slice::from_raw_parts_mut(batch.completions, count)
            },
            timed: batch.flags & abi::UNTIMED == 0,
            deadline_ns: batch.deadline_ns,
        })
    }
}

impl abi::Request {
    pub fn path(&self) -> io::Result<&CStr> {
        text(&self.path)
    }
    pub fn path2(&self) -> io::Result<&CStr> {
        text(&self.path2)
    }
    pub fn durable(&self) -> bool {
        self.flags & abi::DURABLE != 0
    }
    /// The bytes of a read that has come to the end of its file.
    pub fn all_of(&self, done: u64) -> io::Result<u64> {
        if done < self.length && self.length != abi::SIZE_UNKNOWN {
            return fail(libc::ENODATA);
        }
        Ok(done)
    }
}

/// The pointer is borrowed, so that the text lives no longer than its request.
fn text(pointer: &*const c_char) -> io::Result<&CStr> {
    if pointer.is_null() {
        return fail(libc::EINVAL);
    }
    // SAFETY: paths are NUL-terminated, and valid as long as their request.
    Ok(unsafe { CStr::from_ptr(*pointer) })
}
