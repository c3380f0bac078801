//! Runs Cargo on the crates: with what their dependencies need already built, and no network.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::project::Project;
use super::variant::Variant;
use crate::failure::Failure;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timed {
    /// `cargo check` of the whole crate, with nothing remembered of it.
    Check,
    /// `cargo check` after a change in the body of one function.
    CheckAgain,
    /// `cargo build` of the library, without optimisation, after the same change.
    BuildAgain,
}

impl Timed {
    pub(super) const ALL: [Self; 3] = [Self::Check, Self::CheckAgain, Self::BuildAgain];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Check => "`cargo check`, all of the crate",
            Self::CheckAgain => "`cargo check` after a change in one body",
            Self::BuildAgain => "`cargo build` after a change in one body",
        }
    }

    const fn command(self) -> &'static str {
        match self {
            Self::Check | Self::CheckAgain => "check",
            Self::BuildAgain => "build",
        }
    }

    const fn is_incremental(self) -> bool {
        !matches!(self, Self::Check)
    }
}

/// How large what the compiler makes of a library is, in lines that are not empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lines {
    /// Of its intermediate representation, where macros are expanded and types known.
    pub(super) mir: u64,
    /// Of what it hands over to LLVM, not optimised.
    pub(super) llvm: u64,
}

impl Project {
    /// Makes the change, if any, and times the command.
    pub(super) fn time(&self, timed: Timed, variant: Variant, revision: usize) -> Result<Duration, Failure> {
        match timed {
            Timed::Check => self.touch(variant)?,
            Timed::CheckAgain | Timed::BuildAgain => self.change(variant, revision)?,
        }
        let mut cargo = self.cargo(timed.command(), variant, timed.is_incremental());
        cargo.arg("--lib");
        let begun = Instant::now();
        run(cargo)?;
        Ok(begun.elapsed())
    }

    /// Has the compiler write down what it makes of the library.
    pub(super) fn lines(&self, variant: Variant) -> Result<Lines, Failure> {
        let [mir, llvm] = ["mir", "ll"].map(|form| self.folder.join(format!("{}.{form}", variant.name)));
        // Anew, although nothing may have changed: the compiler writes what Cargo knows nothing of.
        self.touch(variant)?;
        let mut cargo = self.cargo("rustc", variant, false);
        cargo.args(["--lib", "--", "-Ccodegen-units=1"]);
        cargo.arg(format!("--emit=mir={},llvm-ir={}", mir.display(), llvm.display()));
        run(cargo)?;
        Ok(Lines {
            mir: lines(&mir)?,
            llvm: lines(&llvm)?,
        })
    }

    /// Bytes of the program: optimised, stripped, with its dependencies.
    pub(super) fn program(&self, variant: Variant) -> Result<u64, Failure> {
        let mut cargo = self.cargo("build", variant, false);
        cargo.arg("--release");
        run(cargo)?;
        let program = self.folder.join("target/release").join(Self::package(variant));
        let metadata = fs::metadata(program).map_err(Failure::of("looking at a program"))?;
        Ok(metadata.len())
    }

    fn cargo(&self, command: &str, variant: Variant, is_incremental: bool) -> Command {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
        let mut cargo = Command::new(cargo);
        cargo.current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", self.folder.join("target"));
        cargo.env("CARGO_INCREMENTAL", if is_incremental { "1" } else { "0" });
        cargo.args([command, "--offline", "--quiet", "--package", &Self::package(variant)]);
        cargo
    }
}

fn run(mut command: Command) -> Result<(), Failure> {
    let output = command.output().map_err(Failure::of("starting cargo"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Failure::new(format!("{command:?}: {}\n{said}", output.status)))
}

fn lines(path: &Path) -> Result<u64, Failure> {
    let text = fs::read_to_string(path).map_err(Failure::of("reading what the compiler has written"))?;
    let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
    Ok(lines.try_into().unwrap_or(u64::MAX))
}
