//! The C ABI of `iodyno/backend.h`, version 1.0: its structs and values by hand, and nothing else.
//! The names are those of the header without their `iodyno_`, and what they mean is said there.
#![allow(dead_code)] // nobody needs all of it
use std::mem::size_of;
use std::os::raw::{c_char, c_int, c_void};

pub const ABI_MAJOR: u16 = 1;
pub const ABI_MINOR: u16 = 0;

pub mod op {
    pub const CREATE: u16 = 0;
    pub const READ: u16 = 1;
    pub const OVERWRITE: u16 = 2;
    pub const APPEND: u16 = 3;
    pub const REWRITE: u16 = 4;
    pub const COPY: u16 = 5;
    pub const DELETE: u16 = 6;
    pub const STAT: u16 = 7;
    pub const RENAME: u16 = 8;
    pub const LINK: u16 = 9;
    pub const MKDIR: u16 = 10;
    pub const RMDIR: u16 = 11;
    pub const LIST: u16 = 12;
    pub const READ_BLOCK: u16 = 13;
    pub const WRITE_BLOCK: u16 = 14;
    pub const FSYNC: u16 = 15;
    pub const SYMLINK: u16 = 16;
    pub const REPLACE: u16 = 17;
    pub const COUNT: u16 = 18;
}

/// `request.flags`
pub const DURABLE: u16 = 1;
/// The flags of `open_files`
pub const WRITABLE: u32 = 1;
/// `config.flags`, and those of the descriptor
pub const DIRECT: u32 = 1;
pub const PACED: u32 = 2;
pub const SYNTHETIC: u32 = 4;
pub const CALIBRATES: u32 = 8;
/// `config.expect`
pub const AS_IS: u32 = 0;
pub const WARM: u32 = 1;
pub const COLD: u32 = 2;
/// `batch.flags`
pub const UNTIMED: u32 = 1;
pub const REHEARSAL: u32 = 2;
/// `completion.how`
pub const SHARED: u32 = 1;
pub const FALLBACK: u32 = 2;
pub const CACHED: u32 = 4;
pub const PUNTED: u32 = 8;
/// `completion.error` before `run`
pub const PENDING: i32 = -1;

pub const SIZE_UNKNOWN: u64 = u64::MAX;

/// `option.type`
pub const BOOL: u32 = 0;
pub const INT: u32 = 1;
pub const REAL: u32 = 2;
pub const TEXT: u32 = 3;
pub const CHOICE: u32 = 4;
pub const SIZE: u32 = 5;
pub const TIME: u32 = 6;

#[repr(C)]
#[derive(Clone, Copy)]
pub union Value {
    pub i: i64,
    pub r: f64,
    pub s: *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct OptionRow {
    pub name: *const c_char,
    pub doc: *const c_char,
    pub kind: u32,
    pub reserved: u32,
    pub fallback: Value,
    pub min: Value,
    pub max: Value,
    pub choices: *const *const c_char,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Error {
    pub code: i32,
    pub text: [c_char; 252],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Host {
    pub size: u32,
    pub abi_minor: u32,
    pub this: *mut c_void,
    pub note: unsafe extern "C" fn(*mut c_void, *const c_char, *const c_char),
    pub count: unsafe extern "C" fn(*mut c_void, *const c_char, f64),
    pub unsupported: unsafe extern "C" fn(*mut c_void, u32, *const c_char),
    pub keep: unsafe extern "C" fn(*mut c_void, *const c_char),
    pub deliver: unsafe extern "C" fn(*mut c_void, u32, u64, *const c_void, u64),
}

/// The backend's own; opaque to the host.
#[repr(C)]
pub struct Session {
    _private: [u8; 0],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Config {
    pub size: u32,
    pub queue_depth: u32,
    pub flags: u32,
    pub max_batch: u32,
    pub dir_fd: i32,
    pub dir_fd2: i32,
    pub expect: u32,
    pub reserved: u32,
    pub kept: *const c_char,
    pub options: *const Value,
    pub buffers: *mut c_void,
    pub buffer_size: u64,
    pub source: *const c_void,
    pub source_size: u64,
    pub source_tail: u64,
    pub host: *const Host,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Request {
    pub op: u16,
    pub flags: u16,
    pub file: u32,
    pub offset: u64,
    pub length: u64,
    pub data: u64,
    pub path: *const c_char,
    pub path2: *const c_char,
    pub not_before_ns: u64,
    pub reserved: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Completion {
    pub error: i32,
    pub how: u32,
    pub bytes: u64,
    pub start_ns: u64,
    pub end_ns: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Batch {
    pub size: u32,
    pub count: u32,
    pub flags: u32,
    pub reserved: u32,
    pub deadline_ns: u64,
    pub requests: *const Request,
    pub completions: *mut Completion,
}

pub type Open =
    unsafe extern "C" fn(*const Config, *mut *mut Session, *mut u64, *mut Error) -> c_int;
pub type OpenFiles =
    unsafe extern "C" fn(*mut Session, *const *const c_char, u32, u32, *mut Error) -> c_int;
pub type Run = unsafe extern "C" fn(*mut Session, *const Batch, *mut Error) -> c_int;
pub type Close = unsafe extern "C" fn(*mut Session);

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Backend {
    pub size: u32,
    pub abi_major: u16,
    pub abi_minor: u16,
    pub name: *const c_char,
    pub version: *const c_char,
    pub summary: *const c_char,
    pub ops: u64,
    pub flags: u32,
    pub option_count: u32,
    pub option_size: u32,
    pub reserved: u32,
    pub options: *const OptionRow,
    pub open: Open,
    pub open_files: Option<OpenFiles>,
    pub run: Run,
    pub close: Close,
}

// SAFETY: these are constants, and so is all that they point to.
unsafe impl Sync for Backend {}
unsafe impl Sync for OptionRow {}
// SAFETY: the host changes neither a request nor its paths while `run` lasts.
unsafe impl Send for Request {}
unsafe impl Sync for Request {}

// The layout, pinned as in the header: a compiler that disagrees says so here. `offset_of!` takes
// Rust 1.77, so each struct is made of bytes that are their own number: the first one of a field is
// its offset.

#[repr(C)]
union Numbered<T: Copy> {
    bytes: [u8; 256],
    value: T,
}

const fn numbered<T: Copy>() -> T {
    let mut bytes = [0; 256];
    let mut at = 0;
    while at < 256 {
        bytes[at] = at as u8;
        at += 1;
    }
    assert!(size_of::<T>() <= 256);
    // SAFETY: none of our structs has a bit pattern that it can't hold, but for functions at 0.
    unsafe { Numbered { bytes }.value }
}

const fn offset<F: Copy>(field: F) -> u8 {
    // SAFETY: no field is empty.
    unsafe { Numbered { value: field }.bytes[0] }
}

macro_rules! pin {
    ($name:ident: $size:literal bytes $(, $field:ident at $offset:literal)*) => {
        const _: () = {
            assert!(size_of::<$name>() == $size);
            let numbered: $name = numbered();
            $(assert!(offset(numbered.$field) == $offset);)*
            let _ = numbered;
        };
    };
}
pin!(Value: 8 bytes);
pin!(OptionRow: 56 bytes, fallback at 24, choices at 48);
pin!(Error: 256 bytes, text at 4);
pin!(Host: 56 bytes, note at 16, deliver at 48);
pin!(Config: 96 bytes, dir_fd at 16, options at 40, buffers at 48, source at 64, host at 88);
pin!(Request: 64 bytes, file at 4, offset at 8, length at 16, data at 24, path at 32,
     not_before_ns at 48);
pin!(Completion: 32 bytes, bytes at 8, start_ns at 16, end_ns at 24);
pin!(Batch: 40 bytes, deadline_ns at 16, requests at 24, completions at 32);
pin!(Backend: 96 bytes, name at 8, ops at 32, options at 56, open at 64, close at 88);
