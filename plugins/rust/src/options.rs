//! The option table, and its values with their meaning.
use std::os::raw::c_char;
use std::ptr::null;
use std::thread::available_parallelism;

use crate::abi::{OptionRow, Value, CHOICE, INT};
use crate::host::{Config, Failure};
use crate::pinning::Cores;

/// A text that ends with a NUL, as a pointer.
#[macro_export]
macro_rules! c {
    ($text:expr) => {
        concat!($text, "\0").as_ptr().cast::<std::os::raw::c_char>()
    };
}

/// Names, and a null pointer at the end.
struct Choices<const N: usize>([*const c_char; N]);
// SAFETY: they are constants.
unsafe impl<const N: usize> Sync for Choices<N> {}

static ENGINES: Choices<4> = Choices([c!("rayon"), c!("rayon_mmap"), c!("tokio"), null()]);
static PINS: Choices<3> = Choices([c!("none"), c!("cores"), null()]);

const MOST_THREADS: i64 = 4096;
const ZERO: Value = Value { i: 0 };
const ROW: OptionRow = OptionRow {
    name: null(),
    doc: null(),
    kind: CHOICE,
    reserved: 0,
    fallback: ZERO,
    min: ZERO,
    max: ZERO,
    choices: null(),
};

pub static TABLE: [OptionRow; 3] = [
    OptionRow {
        name: c!("engine"),
        doc: c!("Blocking calls on rayon's pool; the same with updates in place through memmap2; \
                 or tokio's files on its runtime."),
        choices: ENGINES.0.as_ptr(),
        ..ROW
    },
    OptionRow {
        name: c!("threads"),
        doc: c!("Threads of rayon's pool, or workers of tokio's runtime, at most one for each \
                 request in flight; 0: as many as the depth or the cores, whichever is less, and \
                 with rayon as the depth where nothing is cached."),
        kind: INT,
        max: Value { i: MOST_THREADS },
        ..ROW
    },
    OptionRow {
        name: c!("pin"),
        doc: c!("Keep each thread on a core of its own."),
        choices: PINS.0.as_ptr(),
        ..ROW
    },
];

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum EngineKind {
    Rayon,
    RayonMmap,
    Tokio,
}

pub struct Settings {
    pub engine: EngineKind,
    pub threads: usize,
    pub depth: usize,
    /// Where there is a core for each.
    pub pinned: Option<Cores>,
}

impl Settings {
    pub fn new(config: &Config) -> Result<Self, Failure> {
        let engine = match config.option(0) {
            0 => EngineKind::Rayon,
            1 => EngineKind::RayonMmap,
            _ => EngineKind::Tokio,
        };
        let depth = config.depth();
        let threads = match config.option(1) {
            // Threads of rayon's wait for devices, workers of tokio's do not.
            0 if config.is_cold() && engine != EngineKind::Tokio => depth,
            0 => depth.min(available_parallelism().map_or(1, usize::from)),
            wanted => depth.min(wanted as usize),
        };
        let pinned = match config.option(2) {
            1 => Some(Cores::new().map_err(|e| Failure::of(&e, "sched_getaffinity"))?),
            _ => None,
        };
        Ok(Settings { engine, threads, depth, pinned })
    }

    /// For people: who does the work.
    pub fn description(&self) -> String {
        let kind = match self.engine {
            EngineKind::Tokio => format!("workers, and up to {} blocking threads", self.depth),
            _ if self.threads == 1 && self.pinned.is_none() => "the host's own".into(),
            _ => "in rayon's pool".into(),
        };
        let pinned = if self.pinned.is_some() { ", each on a core" } else { "" };
        format!("{}: {kind}{pinned}", self.threads)
    }
}
