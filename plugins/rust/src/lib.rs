//! The backend `rust`: iodyno's C ABI from Rust, and three engines that are in use there.
//!
//! `abi` is the header in Rust, as every backend in Rust begins with it, `host` makes safe types of
//! it, and this file is the border: what the host calls, and where a panic ends. All else is
//! ordinary Rust.
#[path = "../../../framework/scaffold/rust/src/iodyno.rs"]
mod abi;
mod asynchronous;
mod clock;
mod copying;
mod engine;
mod files;
mod host;
mod mapped;
mod names;
mod open_set;
mod options;
mod panics;
mod pinning;
mod sharing;
mod stealing;
mod system;

use std::ffi::CStr;
use std::mem::size_of;
use std::os::raw::{c_char, c_int};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::slice;
use std::sync::Arc;

use asynchronous::Asynchronous;
use engine::Engine;
use files::Files;
use host::{Batch, Config, Failure, Host};
use open_set::OpenSet;
use options::{EngineKind, Settings};
use stealing::Stealing;

const EVERY_OP: u64 = (1 << abi::op::COUNT) - 1;

struct Session {
    host: Host,
    engine: Box<dyn Engine>,
    files: Arc<Files>,
}

impl Session {
    /// A session, and the operations that work in it.
    fn open(config: &Config) -> Result<(Self, u64), Failure> {
        if config.flags() != 0 {
            return Err(Failure::new(libc::ENOTSUP, "unknown flags of the session"));
        }
        let settings = Settings::new(config)?;
        let host = config.host();
        let refused =
            names::refused(config.directories(), &host).map_err(|e| Failure::of(&e, "fstatfs"))?;
        let files = Files::new(config, settings.engine == EngineKind::RayonMmap)
            .map_err(|e| Failure::of(&e, "fstatfs"))?;
        let files = Arc::new(files);
        host.note("threads", &settings.description());
        let engine: Box<dyn Engine> = match settings.engine {
            EngineKind::Tokio => Box::new(Asynchronous::new(config, settings)?),
            _ => Box::new(Stealing::new(config, &settings)?),
        };
        Ok((Session { host, engine, files }, EVERY_OP & !refused))
    }

    fn open_files(&mut self, paths: &[&CStr], flags: u32) -> Result<(), Failure> {
        self.files = Arc::new(self.files.with_set(OpenSet::default()));
        if flags & !abi::WRITABLE != 0 {
            return Err(Failure::new(libc::ENOTSUP, "unknown flags of the set"));
        }
        let set = self.files.open_set(paths, flags & abi::WRITABLE != 0)?;
        self.files = Arc::new(self.files.with_set(set));
        Ok(())
    }

    /// A panic ends only its request, and there is no text beside an errno value.
    fn run(&mut self, batch: Batch) -> Result<(), Failure> {
        let result = self.engine.run(&self.files, batch);
        if let (Ok(()), Some(text)) = (&result, panics::take()) {
            self.host.note("panic", &text);
        }
        result
    }
}

/// Calls what may fail or panic, and says so as the header asks for.
///
/// # Safety
/// `error` is what the host gave for this call.
unsafe fn answer(error: *mut abi::Error, call: impl FnOnce() -> Result<(), Failure>) -> c_int {
    let result = catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(Failure::of_panic()));
    result.map_or_else(|failure| failure.report(error), |()| 0)
}

// The functions of the descriptor. The host calls them as the header says: all that they take on
// trust is that.

unsafe extern "C" fn open(
    config: *const abi::Config,
    session: *mut *mut abi::Session,
    ops: *mut u64,
    error: *mut abi::Error,
) -> c_int {
    panics::keep();
    answer(error, || {
        let (opened, works) = Session::open(&Config::new(config)?)?;
        *session = Box::into_raw(Box::new(opened)).cast();
        *ops = works;
        Ok(())
    })
}

unsafe extern "C" fn open_files(
    session: *mut abi::Session,
    paths: *const *const c_char,
    count: u32,
    flags: u32,
    error: *mut abi::Error,
) -> c_int {
    answer(error, || {
        let session = &mut *session.cast::<Session>();
        let paths = if count == 0 { &[] } else { slice::from_raw_parts(paths, count as usize) };
        let paths: Vec<_> = paths.iter().map(|&path| CStr::from_ptr(path)).collect();
        session.open_files(&paths, flags)
    })
}

unsafe extern "C" fn run(
    session: *mut abi::Session,
    batch: *const abi::Batch,
    error: *mut abi::Error,
) -> c_int {
    answer(error, || {
        let session = &mut *session.cast::<Session>();
        session.run(Batch::new(batch)?)
    })
}

/// There is nobody to tell of a panic.
unsafe extern "C" fn close(session: *mut abi::Session) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(session.cast::<Session>()))));
}

static BACKEND: abi::Backend = abi::Backend {
    size: size_of::<abi::Backend>() as u32,
    abi_major: abi::ABI_MAJOR,
    abi_minor: abi::ABI_MINOR,
    name: c!("rust"),
    version: c!("1.0"),
    summary: c!("Rust's ways to many files: rayon, memmap2 and tokio"),
    ops: EVERY_OP,
    flags: 0,
    option_count: options::TABLE.len() as u32,
    option_size: size_of::<abi::OptionRow>() as u32,
    reserved: 0,
    options: options::TABLE.as_ptr(),
    open,
    open_files: Some(open_files),
    run,
    close,
};

#[no_mangle]
pub extern "C" fn iodyno_backend_entry() -> *const abi::Backend {
    &BACKEND
}
