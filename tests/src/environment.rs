//! What a program under test has from the environment of its caller.

use std::env;
use std::ffi::OsStr;
use std::process::Command;

/// What programs need to run at all, and what the caller measures them by. Anything else changes what they do: `CI` gives
/// a dumb terminal colours, `OTEL_…` and `RUST_LOG` are settings, `COLUMNS` is a width.
const INHERITED: [&str; 9] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LD_LIBRARY_PATH",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "SystemRoot",
    "LLVM_PROFILE_FILE",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
];

/// A program without the caller's variables, but for the few without which it would not run.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let inherited = INHERITED.iter().filter_map(|name| Some((name, env::var_os(name)?)));
    let mut command = Command::new(program);
    command.env_clear().envs(inherited);
    command
}
