//! tokio: each request in flight is a task of its runtime. There is no asynchronous file: what
//! blocks is sent to the runtime's pool of blocking threads and waited for. A file that fits the
//! buffer is one such call as a whole, as `tokio::fs::read` and `write` make it; a larger one is a
//! `tokio::fs::File`, which sends each step, open, read, write (tokio's `fs/file.rs`), and moves
//! bytes through a buffer of its own. It is what an application gets.
use std::ffi::CStr;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::runtime::{Builder, Runtime};
use tokio::task::spawn_blocking;

use crate::abi::{op, Completion, Request, DURABLE};
use crate::clock::{Clock, Done};
use crate::engine::Engine;
use crate::files::{end, flags_to_write, Files};
use crate::host::{fail, Batch, Buffer, Config, Failure};
use crate::options::Settings;
use crate::system;

pub struct Asynchronous {
    runtime: Runtime,
    /// One for each request in flight. A task takes it along and gives it back.
    buffers: Vec<Buffer>,
}

impl Asynchronous {
    pub fn new(config: &Config, settings: Settings) -> Result<Self, Failure> {
        let mut builder = Builder::new_multi_thread();
        // A request has one step under way, so that more blocking threads would have nothing to do.
        builder.worker_threads(settings.threads).max_blocking_threads(settings.depth);
        if let Some(cores) = settings.pinned {
            let started = AtomicUsize::new(0);
            builder.on_thread_start(move || {
                // A core that was there a moment ago; if it is not, the thread goes where it likes.
                let _ = cores.pin(started.fetch_add(1, Ordering::Relaxed));
            });
        }
        let runtime = builder.build().map_err(|e| Failure::of(&e, "tokio's runtime"))?;
        Ok(Asynchronous { runtime, buffers: config.buffers(settings.depth) })
    }
}

impl Engine for Asynchronous {
    fn run(&mut self, files: &Arc<Files>, batch: Batch) -> Result<(), Failure> {
        let tasks = self.buffers.len().min(batch.requests.len());
        let queue = Arc::new(Queue::new(batch));
        let begin = |buffer| self.runtime.spawn(serve(files.clone(), queue.clone(), buffer));
        let tasks: Vec<_> = self.buffers.drain(..tasks).map(begin).collect();
        let buffers = &mut self.buffers;
        self.runtime.block_on(async {
            let mut panicked = false;
            for task in tasks {
                match task.await {
                    Ok(buffer) => buffers.push(buffer),
                    Err(_) => panicked = true,
                }
            }
            if panicked {
                return Err(Failure::of_panic());
            }
            Ok(())
        })
    }
}

/// The requests of a batch, each of which is given out once.
struct Queue {
    next: AtomicUsize,
    requests: &'static [Request],
    completions: *mut Completion,
    timed: bool,
    deadline_ns: u64,
}

// SAFETY: a completion goes to him who has taken its request, and to nobody else.
unsafe impl Send for Queue {}
unsafe impl Sync for Queue {}

struct Claim {
    index: u32,
    request: &'static Request,
    completion: &'static mut Completion,
}

impl Queue {
    fn new(batch: Batch) -> Self {
        Queue {
            next: AtomicUsize::new(0),
            requests: batch.requests,
            completions: batch.completions.as_mut_ptr(),
            timed: batch.timed,
            deadline_ns: batch.deadline_ns,
        }
    }

    fn take(&self) -> Option<Claim> {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let request = self.requests.get(index)?;
        // SAFETY: there are as many, and this number does not come again.
        let completion = unsafe { &mut *self.completions.add(index) };
        Some(Claim { index: index as u32, request, completion })
    }
}

/// Does one request after the other, until there are no more.
async fn serve(files: Arc<Files>, queue: Arc<Queue>, mut buffer: Buffer) -> Buffer {
    let mut clock = Clock::new(queue.timed, queue.deadline_ns);
    while let Some(Claim { index, request, completion }) = queue.take() {
        if !clock.may_start(completion) {
            continue;
        }
        let result;
        (result, buffer) = perform(&files, index, request, buffer).await;
        clock.complete(completion, result);
    }
    buffer
}

type Outcome = (io::Result<Done>, Buffer);

async fn perform(
    files: &Arc<Files>,
    index: u32,
    r: &'static Request,
    mut buffer: Buffer,
) -> Outcome {
    if r.flags & !DURABLE != 0 {
        return (fail(libc::ENOTSUP), buffer);
    }
    let fits = r.length <= buffer.len() as u64;
    match r.op {
        _ if fits => by_a_blocking_call(files.clone(), index, r, buffer).await,
        op::READ => (read(files, index, r, &mut buffer).await.map(Done::from), buffer),
        op::CREATE | op::OVERWRITE | op::APPEND | op::REWRITE => {
            (write(files, r, r.path()).await, buffer)
        }
        op::REPLACE => (replace(files, r).await, buffer),
        _ => by_a_blocking_call(files.clone(), index, r, buffer).await,
    }
}

/// Files that fit the buffer, names, blocks at a position, and copies: `tokio::fs` has the first two
/// as blocking calls, too, the third not at all, and of the fourth only that of a path.
async fn by_a_blocking_call(
    files: Arc<Files>,
    index: u32,
    r: &'static Request,
    mut buffer: Buffer,
) -> Outcome {
    blocking(move || (files.perform(r, index, &mut buffer), buffer)).await
}

/// What panics there panics here, ends the task, and with it the batch.
async fn blocking<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> T {
    spawn_blocking(call).await.expect("a blocking call")
}

async fn open(files: &Files, path: &'static CStr, flags: libc::c_int) -> io::Result<File> {
    let dir = files.directories.0;
    blocking(move || system::open(dir, path, flags)).await.map(File::from_std)
}

async fn read(files: &Files, index: u32, r: &'static Request, room: &mut [u8]) -> io::Result<u64> {
    let mut file = open(files, r.path()?, libc::O_RDONLY).await?;
    let mut done = 0;
    while done < r.length {
        let want = (r.length - done).min(room.len() as u64) as usize;
        let mut filled = 0;
        while filled < want {
            match file.read(&mut room[filled..want]).await? {
                0 => break,
                count => filled += count,
            }
        }
        files.delivery.deliver(index, done, &room[..filled]);
        done += filled as u64;
        if filled < want {
            break;
        }
    }
    r.all_of(done)
}

/// A write of tokio's only fills its buffer: what became of it is known after the flush.
async fn write(
    files: &Files,
    r: &'static Request,
    path: io::Result<&'static CStr>,
) -> io::Result<Done> {
    let mut file = open(files, path?, flags_to_write(r.op)).await?;
    let result = fill(files, &mut file, r).await;
    let file = file.into_std().await;
    blocking(move || end(result, file)).await
}

async fn fill(files: &Files, file: &mut File, r: &Request) -> io::Result<Done> {
    let mut done = 0;
    while done < r.length {
        let piece = files.source.piece(r, done);
        file.write_all(piece).await?;
        done += piece.len() as u64;
    }
    file.flush().await?;
    if r.durable() {
        file.sync_data().await?;
    }
    Ok(done.into())
}

async fn replace(files: &Arc<Files>, r: &'static Request) -> io::Result<Done> {
    let (path, temporary) = (r.path()?, r.path2()?);
    let mut file = open(files, temporary, flags_to_write(r.op)).await?;
    let result = fill(files, &mut file, r).await;
    let file = file.into_std().await;
    let files = files.clone();
    blocking(move || files.put_in_place(end(result, file), temporary, path)).await
}
