//! A system clock that a test can set, for the programs that it starts: a library that is preloaded into them.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use crate::preload;

/// A clock that differs from the true one. The monotonic clock is the true one.
#[derive(Debug)]
pub struct Clock {
    folder: PathBuf,
}

impl Clock {
    /// Builds the library.
    ///
    /// # Panics
    ///
    /// As [`preload::compile`].
    pub fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("tasker-span-clock-{}", Uuid::new_v4().simple()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("clock"), "").unwrap();
        preload::compile("src/clock.c", &folder.join("clock.so"));
        Self { folder }
    }

    /// A clock that is so many seconds ahead.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    pub fn ahead(seconds: i64) -> Self {
        let clock = Self::new();
        set(&clock.folder.join("clock"), seconds);
        clock
    }

    /// The variables of a program that has this clock: among them `CLOCK_FILE`, by which it may [`set`] it.
    pub fn variables(&self) -> [(&'static str, String); 3] {
        let file = self.folder.join("clock").display().to_string();
        let [preload, folders] = preload::variables(&self.folder.join("clock.so"));
        [preload, folders, ("CLOCK_FILE", file)]
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Sets the clock of a `CLOCK_FILE`, by its difference from the true one.
///
/// # Panics
///
/// If the file cannot be written.
pub fn set(file: &Path, seconds: i64) {
    // In place and of one length: other threads read the clock at any time.
    let mut file = File::options().write(true).open(file).unwrap();
    file.write_all(format!("{seconds:+020}").as_bytes()).unwrap();
}
