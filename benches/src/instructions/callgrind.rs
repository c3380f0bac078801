//! Runs a case under Callgrind: this program itself, in a process with nothing around it that could vary.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use super::case::{Case, Times};
use super::profile::Profile;
use crate::failure::Failure;

/// The function whose instructions are counted, with all that it calls. A pattern, since symbols carry a hash.
const COUNTED: &str = "*counted_calls*";

/// Counts a case's instructions, by function and address.
pub(super) fn count(case: &Case, times: Times) -> Result<Profile, Failure> {
    let program = env::current_exe().map_err(Failure::of("finding this program"))?;
    let file = Scratch::new(&program, case);
    let output = Command::new("valgrind")
        .env_clear()
        .envs(env::var_os("PATH").map(|path| ("PATH", path)))
        .args([
            "--tool=callgrind",
            "--dump-instr=yes",
            "--demangle=no",
            "--compress-strings=no",
            "--compress-pos=no",
        ])
        .arg(format!("--toggle-collect={COUNTED}"))
        .arg(format!("--callgrind-out-file={}", file.0.display()))
        .arg(&program)
        .args(["run", case.name])
        .args([times.before, times.counted].map(|n| n.to_string()))
        .output()
        .map_err(Failure::of("starting valgrind"))?;
    succeeded(&output)?;
    let text = fs::read_to_string(&file.0).map_err(Failure::of("reading what Callgrind has counted"))?;
    Profile::parse(&text)
}

fn succeeded(output: &Output) -> Result<(), Failure> {
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("valgrind: {}\n{said}", output.status)))
}

/// A file that is gone when it has been read.
struct Scratch(PathBuf);

impl Scratch {
    fn new(program: &Path, case: &Case) -> Self {
        let name = format!("callgrind.{}.{}", case.name, std::process::id());
        Self(program.with_file_name(name))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // It may not exist: then Callgrind has failed, and has said why.
        let _ = fs::remove_file(&self.0);
    }
}
