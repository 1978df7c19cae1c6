//! The four steps and their times. All paths are made before the first one, and what is read goes
//! into a buffer on the stack of its thread.
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rayon::prelude::*;

use crate::update::Update;

const FILES: usize = 10_000;
const SIZE: usize = 82;

/// Nanoseconds.
pub struct Times {
    create: u128,
    read: u128,
    update: u128,
    delete: u128,
}

impl Times {
    pub fn json(&self) -> String {
        let Times { create, read, update, delete } = self;
        let total = create + read + update + delete;
        format!(
            "{{\"create\": {create}, \"read\": {read}, \"update\": {update}, \
             \"delete\": {delete}, \"total\": {total}}}"
        )
    }
}

pub fn live(parent: &Path, update: Update) -> io::Result<Times> {
    let directory = parent.join(format!("rust_lifecycle-{}", std::process::id()));
    fs::create_dir(&directory)?;
    rayon::broadcast(|_| ()); // the threads are there before the clock
    let times = steps(&directory, update);
    fs::remove_dir_all(&directory)?;
    times
}

fn steps(directory: &Path, update: Update) -> io::Result<Times> {
    let paths: Vec<_> = (0..FILES).map(|i| directory.join(format!("{i:06}"))).collect();
    let (old, new) = ([b'a'; SIZE], [b'b'; SIZE]);
    let times = Times {
        create: time_of(&paths, |path| create(path, &old))?,
        read: time_of(&paths, |path| expect(path, &old))?,
        update: time_of(&paths, |path| update(path, &new))?,
        delete: 0,
    };
    paths.iter().try_for_each(|path| expect(path, &new))?; // off the clock
    Ok(Times { delete: time_of(&paths, |path| fs::remove_file(path))?, ..times })
}

fn time_of(paths: &[PathBuf], step: impl Fn(&Path) -> io::Result<()> + Sync) -> io::Result<u128> {
    let begin = Instant::now();
    paths.par_iter().try_for_each(|path| step(path))?;
    Ok(begin.elapsed().as_nanos())
}

fn create(path: &Path, contents: &[u8]) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(contents)
}

fn expect(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut read = [0; SIZE];
    File::open(path)?.read_exact(&mut read)?;
    if read != *contents {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "a file does not hold what was written",
        ));
    }
    Ok(())
}
