//! Programs that fork while their threads run spans: a child has only the thread that forked. The fork is in `fork.c`, a
//! preloaded library.

mod exporting;
mod load;
mod open_spans;
mod siblings;

use std::os::unix::process::parent_id;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process;
use std::sync::OnceLock;

use tasker_span_tests::preload;
use tasker_span_tests::process::Program;

/// Forks. `child` runs in the child, which exits then. Meanwhile `parent` runs in the parent, which then waits for the child.
/// Returns whether the child has ended by itself, and without a panic.
fn fork(child: impl FnOnce(), parent: impl FnOnce()) -> bool {
    if parent_id() == 0 {
        let result = catch_unwind(AssertUnwindSafe(child));
        process::exit(i32::from(result.is_err()));
    }
    parent();
    parent_id() == 1000
}

/// The program, with the library.
fn forking(program: Program) -> Program {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fork-{}.so", process::id()));
        preload::compile("tests/process/forks/fork.c", &library);
        library
    });
    let [preload, folders] = preload::variables(library);
    program.envs(&[(preload.0, &preload.1), (folders.0, &folders.1)])
}
