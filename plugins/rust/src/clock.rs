//! Stamps, deadlines, and what a completion says: what all engines do alike for each request.
use std::io;
use std::panic::{catch_unwind, AssertUnwindSafe};

use crate::abi;
use crate::host::{errno, fail};

/// What a request that went well has done.
pub struct Done {
    pub bytes: u64,
    pub how: u32,
}

impl From<u64> for Done {
    fn from(bytes: u64) -> Self {
        Done { bytes, how: 0 }
    }
}

/// CLOCK_MONOTONIC, in nanoseconds.
fn now() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the clock is always there.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// The clock of requests that follow one another: the end of one is the start of the next. Where
/// nobody asks for the time it is not looked at.
pub struct Clock {
    timed: bool,
    deadline_ns: u64,
    now_ns: u64,
}

impl Clock {
    pub fn new(timed: bool, deadline_ns: u64) -> Self {
        Clock { timed, deadline_ns, now_ns: if timed { now() } else { 0 } }
    }

    /// Whether the next request may start. If not, its completion says so.
    pub fn may_start(&mut self, c: &mut abi::Completion) -> bool {
        if self.deadline_ns == 0 {
            return true;
        }
        if !self.timed {
            self.now_ns = now();
        }
        if self.now_ns < self.deadline_ns {
            return true;
        }
        c.error = libc::ECANCELED;
        false
    }

    /// Fills in the completion of a request that has been done, or was refused.
    pub fn complete(&mut self, c: &mut abi::Completion, result: io::Result<Done>) {
        match result {
            Ok(done) => {
                c.bytes = done.bytes;
                c.how = done.how;
                c.error = 0;
            }
            Err(error) => c.error = errno(&error),
        }
        if self.timed {
            c.start_ns = self.now_ns;
            self.now_ns = now();
            c.end_ns = self.now_ns;
        }
    }
}

/// Does a request unless it has flags that we don't know. A panic ends only the request.
pub fn attempt(r: &abi::Request, perform: impl FnOnce() -> io::Result<Done>) -> io::Result<Done> {
    if r.flags & !abi::DURABLE != 0 {
        return fail(libc::ENOTSUP);
    }
    catch_unwind(AssertUnwindSafe(perform)).unwrap_or_else(|_| fail(libc::EIO))
}
