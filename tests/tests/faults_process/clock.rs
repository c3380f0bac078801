//! A program whose system's clock is set while its spans run: an hour back, an hour ahead, to 1970 and before it, and by a
//! century. The clock is the program's alone: a library, preloaded into it, stands between it and the true one.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span;
use tasker_span_tests::collector::Collector;

use crate::program;

const JUMPS: usize = 5;
/// How long the program sleeps in its innermost spans, at least.
const SLEPT: Duration = Duration::from_millis(5);
/// Less than the smallest jump, and more than any machine needs.
const AT_MOST: Duration = Duration::from_mins(10);

/// The library that `clock.c` is, built anew by the compiler that links Rust's own programs.
fn library(folder: &Path) -> PathBuf {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults_process/clock.c");
    let library = folder.join("clock.so");
    let built = Command::new("cc")
        .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
        .arg(&library)
        .arg(source)
        .status();
    assert!(built.expect("cc, which links Rust programs").success());
    library
}

/// What arrives of a program whose clock jumps, and that itself goes on as if nothing had happened.
fn spans(sampling: &str) -> Vec<Span> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("clock-{sampling}-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let clock = folder.join("clock");
    fs::write(&clock, "").unwrap();
    let collector = Collector::grpc();
    let program = program(&collector)
        .args(["clock", sampling])
        .arg(&clock)
        .env("LD_PRELOAD", library(&folder))
        .env("CLOCK_FILE", &clock)
        .output()
        .unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    collector.spans()
}

/// How long a span lasts, if it does not end before it starts.
fn duration(span: &Span) -> Duration {
    let nanos = span.end_time_unix_nano.checked_sub(span.start_time_unix_nano);
    Duration::from_nanos(nanos.unwrap_or_else(|| panic!("{} ends before it starts", span.name)))
}

/// Every span that has a parent, with it.
fn with_parents(spans: &[Span]) -> Vec<(&Span, &Span)> {
    let by_id = spans
        .iter()
        .map(|span| ((&span.trace_id, &span.span_id), span))
        .collect::<HashMap<_, _>>();
    assert_eq!(by_id.len(), spans.len(), "ids are unique");
    let children = spans.iter().filter(|span| !span.parent_span_id.is_empty());
    children
        .map(|span| (span, by_id[&(&span.trace_id, &span.parent_span_id)]))
        .collect()
}

fn count(spans: &[Span], name: &str) -> usize {
    spans.iter().filter(|span| span.name == name).count()
}

/// Whatever the clock does, every span arrives, and stands where it belongs.
fn assert_whole(spans: &[Span], transitions: usize) {
    assert_eq!(count(spans, "task.orchestration"), 2 * JUMPS);
    assert_eq!(count(spans, "task.state_transition"), transitions);
    assert_eq!(count(spans, "step.execution"), 4 * JUMPS);
    assert_eq!(count(spans, "handler.execution"), 3 * JUMPS);
    assert_eq!(with_parents(spans).len(), spans.len() - 2 * JUMPS, "all but the roots");
}

#[test]
fn a_dropped_scope_that_fails_lasts_as_long_as_it_did_and_stands_within_its_parent() {
    let spans = spans("dropped");
    assert_whole(&spans, 0);
    for span in &spans {
        let lasted = duration(span);
        if span.name != "task.orchestration" {
            assert!(SLEPT <= lasted && lasted < AT_MOST, "{} lasts {lasted:?}", span.name);
        }
    }
    for (handler, execution) in with_parents(&spans)
        .into_iter()
        .filter(|(span, _)| span.name == "handler.execution")
    {
        assert!(execution.start_time_unix_nano <= handler.start_time_unix_nano);
        assert!(handler.end_time_unix_nano <= execution.end_time_unix_nano);
    }
}

#[test]
fn no_kept_span_ends_before_it_starts() {
    let spans = spans("kept");
    assert_whole(&spans, JUMPS);
    for span in &spans {
        duration(span);
    }
}
