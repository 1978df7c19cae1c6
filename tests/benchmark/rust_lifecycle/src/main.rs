//! The life of many small files as one writes it in Rust: rayon over the paths, std::fs for each.
//!
//! `rust_lifecycle truncate|mmap DIRECTORY [THREADS]` makes a directory of its own in that one,
//! creates, reads, updates and deletes 10,000 files of 82 bytes in it, removes it, and prints the
//! nanoseconds of each step as a line of JSON.
mod lifecycle;
mod update;

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let (mode, directory) = match &arguments[..] {
        [_, mode, directory] | [_, mode, directory, _] => (mode.as_str(), directory),
        _ => return usage(),
    };
    let update = match mode {
        "truncate" => update::truncate,
        "mmap" => update::in_place,
        _ => return usage(),
    };
    if let Some(threads) = arguments.get(3) {
        let threads = match threads.parse() {
            Ok(threads) => threads,
            Err(_) => return usage(),
        };
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        if let Err(error) = pool.build_global() {
            eprintln!("rust_lifecycle: {error}");
            return ExitCode::FAILURE;
        }
    }
    match lifecycle::live(directory.as_ref(), update) {
        Ok(times) => {
            println!("{}", times.json());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("rust_lifecycle: {directory}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: rust_lifecycle truncate|mmap DIRECTORY [THREADS]");
    ExitCode::from(2)
}
