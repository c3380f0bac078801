//! The sizes of spans: their heap, and their futures.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::calls::Call;
use crate::instrumentation::Instrumentation;
use crate::report::float;
use crate::subject::Subject;

/// Allocations per span, and bytes of an open span. The counting allocator would slow everything
/// else down, so it is in another binary.
pub(super) fn heap(subject: Subject) -> Result<[f64; 2]> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["run", "--quiet", "--package", env!("CARGO_PKG_NAME"), "--bin", "heap"]);
    command.args((!cfg!(debug_assertions)).then_some("--release"));
    command.args(["--", &serde_json::to_string(&subject)?.replace('"', "")]);
    let output = command.current_dir(env!("CARGO_MANIFEST_DIR")).output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`heap` has failed: {error}");
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Bytes of a future that keeps references only, and of one that keeps 512 bytes.
pub(super) fn futures(subject: Subject) -> [f64; 2] {
    let call = Call::new(0);
    with_instrumentation!(subject, I => {
        [size_of_val(&I::polled(&call, 1)), size_of_val(&I::carrying(&call, [0; 512]))].map(float)
    })
}
