//! newcomer: reads whole files by pread, one after the other.
mod iodyno;

use std::fs::File;
use std::io::{self, Error};
use std::mem::size_of;
use std::os::raw::{c_char, c_int};
use std::os::unix::fs::FileExt;
use std::os::unix::io::FromRawFd;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::null;

use iodyno as abi;

const PIECE: usize = 65536; // a multiple of 4096, as each piece delivered is

// What the standard library has no name for, on Linux.
const EIO: i32 = 5;
const ENODATA: i32 = 61;
const ENOTSUP: i32 = 95;
const ECANCELED: i32 = 125;
const O_CLOEXEC: c_int = 0o2000000;
const CLOCK_MONOTONIC: c_int = 1;
#[repr(C)]
struct TimeSpec {
    seconds: i64,
    nanoseconds: i64,
}
extern "C" {
    fn openat(dir: c_int, path: *const c_char, flags: c_int, ...) -> c_int;
    fn clock_gettime(clock: c_int, time: *mut TimeSpec) -> c_int;
}

fn now() -> u64 {
    let mut time = TimeSpec {
        seconds: 0,
        nanoseconds: 0,
    };
    // SAFETY: the clock is always there.
    unsafe { clock_gettime(CLOCK_MONOTONIC, &mut time) };
    time.seconds as u64 * 1_000_000_000 + time.nanoseconds as u64
}

/// An errno value, and a text for people.
type Failure = (i32, &'static str);

struct Engine {
    dir: c_int,
    host: *const abi::Host, // valid until close
    room: Vec<u8>,
}

impl Engine {
    fn new(config: &abi::Config) -> Result<Self, Failure> {
        if config.flags != 0 {
            return Err((ENOTSUP, "unknown flags of the session"));
        }
        Ok(Engine {
            dir: config.dir_fd,
            host: config.host,
            room: vec![0; PIECE],
        })
    }

    fn run(&mut self, batch: &abi::Batch) -> Result<(), Failure> {
        if batch.flags & !(abi::UNTIMED | abi::REHEARSAL) != 0 {
            return Err((ENOTSUP, "unknown flags of the batch"));
        }
        let timed = batch.flags & abi::UNTIMED == 0;
        for index in 0..batch.count {
            // SAFETY: there are `count` of each, valid until `run` returns.
            let request = unsafe { &*batch.requests.add(index as usize) };
            let completion = unsafe { &mut *batch.completions.add(index as usize) };
            let start = if timed || batch.deadline_ns != 0 {
                now()
            } else {
                0
            };
            if batch.deadline_ns != 0 && start >= batch.deadline_ns {
                completion.error = ECANCELED;
                continue;
            }
            match self.perform(index, request) {
                Ok(bytes) => (completion.error, completion.bytes) = (0, bytes),
                Err(error) => completion.error = error.raw_os_error().unwrap_or(EIO),
            }
            if timed {
                (completion.start_ns, completion.end_ns) = (start, now());
            }
        }
        Ok(())
    }

    fn perform(&mut self, index: u32, request: &abi::Request) -> io::Result<u64> {
        if request.op != abi::op::READ || request.flags & !abi::DURABLE != 0 {
            return Err(Error::from_raw_os_error(ENOTSUP));
        }
        // SAFETY: the path ends with a NUL; the file is nobody else's, and closed when it is dropped.
        let file = unsafe {
            let fd = openat(self.dir, request.path, O_CLOEXEC);
            if fd < 0 {
                return Err(Error::last_os_error());
            }
            File::from_raw_fd(fd)
        };
        self.read(index, request.length, &file)
    }

    fn read(&mut self, index: u32, length: u64, file: &File) -> io::Result<u64> {
        let mut done = 0;
        while done < length {
            // SIZE_UNKNOWN is more than any file has
            let want = (length - done).min(PIECE as u64) as usize;
            let count = read_fully(file, &mut self.room[..want], done)?;
            if count > 0 {
                self.deliver(index, done, &self.room[..count]);
            }
            done += count as u64;
            if count < want {
                break; // the end of the file
            }
        }
        if done < length && length != abi::SIZE_UNKNOWN {
            return Err(Error::from_raw_os_error(ENODATA));
        }
        Ok(done)
    }

    fn deliver(&self, index: u32, offset: u64, piece: &[u8]) {
        // SAFETY: the host is there until `close`.
        unsafe {
            let host = &*self.host;
            (host.deliver)(
                host.this,
                index,
                offset,
                piece.as_ptr().cast(),
                piece.len() as u64,
            )
        }
    }
}

/// Reads until the buffer is full or the file ends: short and interrupted reads go on.
fn read_fully(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while done < buffer.len() {
        match file.read_at(&mut buffer[done..], offset + done as u64) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

// The border. The host calls these as the header says, and no panic leaves them.

fn answer(error: *mut abi::Error, call: impl FnOnce() -> Result<(), Failure>) -> c_int {
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or(Err((EIO, "a panic")));
    let (code, text) = match result {
        Ok(()) => return 0,
        Err(failure) => failure,
    };
    // SAFETY: it is the host's, zeroed, and there until the call returns. The texts are short.
    let error = unsafe { &mut *error };
    error.code = code;
    error
        .text
        .iter_mut()
        .zip(text.bytes())
        .for_each(|(to, byte)| *to = byte as c_char);
    code
}

unsafe extern "C" fn open(
    config: *const abi::Config,
    session: *mut *mut abi::Session,
    ops: *mut u64,
    error: *mut abi::Error,
) -> c_int {
    answer(error, || {
        let engine = Engine::new(&*config)?;
        *session = Box::into_raw(Box::new(engine)).cast();
        *ops = BACKEND.ops;
        Ok(())
    })
}

unsafe extern "C" fn run(
    session: *mut abi::Session,
    batch: *const abi::Batch,
    error: *mut abi::Error,
) -> c_int {
    answer(error, || (*session.cast::<Engine>()).run(&*batch))
}

unsafe extern "C" fn close(session: *mut abi::Session) {
    drop(Box::from_raw(session.cast::<Engine>()));
}

static BACKEND: abi::Backend = abi::Backend {
    size: size_of::<abi::Backend>() as u32,
    abi_major: abi::ABI_MAJOR,
    abi_minor: abi::ABI_MINOR,
    name: "newcomer\0".as_ptr().cast(),
    version: "1.0\0".as_ptr().cast(),
    summary: "open, pread to the end, close\0".as_ptr().cast(),
    ops: 1 << abi::op::READ,
    flags: 0,
    option_count: 0,
    option_size: size_of::<abi::OptionRow>() as u32,
    reserved: 0,
    options: null(),
    open,
    open_files: None,
    run,
    close,
};

#[no_mangle]
pub extern "C" fn iodyno_backend_entry() -> *const abi::Backend {
    &BACKEND
}
