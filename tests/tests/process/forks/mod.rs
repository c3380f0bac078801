//! Programs that fork while their threads run spans: a child has only the thread that forked. The fork is in `fork.c`, a
//! preloaded library.

mod exporting;
mod load;
mod open_spans;
mod siblings;

use std::os::unix::process::parent_id;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::{self, Command};
use std::sync::OnceLock;

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
    static LIBRARY: OnceLock<String> = OnceLock::new();
    let library = LIBRARY.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("fork-{}.so", process::id()));
        let library = library.to_str().unwrap().to_owned();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/process/forks/fork.c");
        let mut cc = Command::new("cc");
        let cc = cc
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o", &library])
            .arg(source);
        assert!(cc.status().expect("cc, which links Rust programs").success());
        library
    });
    program.env("LD_PRELOAD", library)
}
