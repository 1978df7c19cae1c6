//! rayon: a batch is a parallel iterator over its requests. Threads that have done theirs steal
//! from those that have not.
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::abi::{Completion, Request};
use crate::clock::{attempt, Clock};
use crate::engine::Engine;
use crate::files::Files;
use crate::host::{Batch, Buffer, Config, Failure};
use crate::options::Settings;

pub struct Stealing {
    pool: Pool,
    /// One for each thread, which locks its own: nobody ever waits.
    buffers: Vec<Mutex<Buffer>>,
}

impl Stealing {
    pub fn new(config: &Config, settings: &Settings) -> Result<Self, Failure> {
        let pool = Pool::new(settings)?;
        let buffers = config.buffers(settings.threads);
        Ok(Stealing { pool, buffers: buffers.into_iter().map(Mutex::new).collect() })
    }

    /// How many requests a thread takes at once: few enough that none has much left when the
    /// others are done; but neighbours share lines of memory, where completions are written.
    fn chunk_of(&self, count: usize) -> usize {
        const MOST: usize = 16;
        const TIMES: usize = 32;
        (count / (self.buffers.len() * TIMES)).clamp(1, MOST)
    }
}

impl Engine for Stealing {
    fn run(&mut self, files: &Arc<Files>, batch: Batch) -> Result<(), Failure> {
        let chunk = self.chunk_of(batch.requests.len());
        let (timed, deadline) = (batch.timed, batch.deadline_ns);
        let buffers = &self.buffers;
        let work = |(number, (requests, completions)): (usize, (&[Request], &mut [Completion]))| {
            let slot = rayon::current_thread_index().unwrap_or(0);
            let mut room = buffers[slot].lock().unwrap_or_else(PoisonError::into_inner);
            let mut clock = Clock::new(timed, deadline);
            let first = number * chunk;
            for (i, (r, c)) in requests.iter().zip(completions).enumerate() {
                if clock.may_start(c) {
                    let index = (first + i) as u32;
                    clock.complete(c, attempt(r, || files.perform(r, index, &mut room)));
                }
            }
        };
        let (requests, completions) = (batch.requests, batch.completions);
        match &self.pool.pool {
            Some(pool) => pool.install(|| {
                let pieces = completions.par_chunks_mut(chunk);
                requests.par_chunks(chunk).zip(pieces).enumerate().for_each(work)
            }),
            None => work((0, (requests, completions))),
        }
        Ok(())
    }
}

/// A pool of rayon, whose threads have ended when it is dropped; its own drop only tells them to.
/// There is none where one thread does all, and is not to be pinned: that is the host's, and to
/// wake another takes longer than a small file.
struct Pool {
    pool: Option<ThreadPool>,
    threads: Vec<JoinHandle<()>>,
}

impl Pool {
    fn new(settings: &Settings) -> Result<Self, Failure> {
        let mut new = Pool { pool: None, threads: Vec::new() };
        if settings.threads == 1 && settings.pinned.is_none() {
            return Ok(new);
        }
        let threads = &mut new.threads;
        let pool = ThreadPoolBuilder::new()
            .num_threads(settings.threads)
            .spawn_handler(|thread| {
                let name = format!("rayon-{}", thread.index());
                threads.push(Builder::new().name(name).spawn(|| thread.run())?);
                Ok(())
            })
            .build()
            .map_err(|e| Failure::new(libc::EAGAIN, format!("rayon's pool: {e}")))?;
        let pool = new.pool.insert(pool);
        if let Some(cores) = &settings.pinned {
            let pinned = pool.broadcast(|context| cores.pin(context.index()));
            let all: io::Result<()> = pinned.into_iter().collect();
            all.map_err(|e| Failure::of(&e, "sched_setaffinity"))?;
        }
        Ok(new)
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.pool = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join(); // a panic has been answered by its request
        }
    }
}
