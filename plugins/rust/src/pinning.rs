//! Threads that stay on a core of their own, as long as there are enough.
use std::io;
use std::mem::{size_of, zeroed};

/// The cores that the process may use.
pub struct Cores(Vec<usize>);

impl Cores {
    pub fn new() -> io::Result<Self> {
        // SAFETY: zeroes are an empty set, and the kernel fills it in.
        let set = unsafe {
            let mut set: libc::cpu_set_t = zeroed();
            if libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set) != 0 {
                return Err(io::Error::last_os_error());
            }
            set
        };
        let all = 0..libc::CPU_SETSIZE as usize;
        // SAFETY: the numbers lie within the set.
        Ok(Cores(all.filter(|&core| unsafe { libc::CPU_ISSET(core, &set) }).collect()))
    }

    /// Keeps the calling thread, the `number`th of its kind, on its core.
    pub fn pin(&self, number: usize) -> io::Result<()> {
        let core = self.0[number % self.0.len()];
        // SAFETY: the number lies within the set.
        let result = unsafe {
            let mut own: libc::cpu_set_t = zeroed();
            libc::CPU_SET(core, &mut own);
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &own)
        };
        if result == 0 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }
}
