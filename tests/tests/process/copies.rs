//! Two versions of the library in one program. The other one is a call site of the same shape.

use tasker_span_runtime::Telemetry;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::callsite::{Callsite, DefaultCallsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::{Level, Metadata};

use crate::DEADLINE;

static OTHER: DefaultCallsite = DefaultCallsite::new(&METADATA);
static METADATA: Metadata<'static> = Metadata::new(
    "0.0.9-other",
    "tasker_span::copy",
    Level::ERROR,
    None,
    None,
    None,
    FieldSet::new(&[], Identifier(&OTHER)),
    Kind::SPAN,
);

/// What the other copy does when it starts.
fn start_other() {
    OTHER.register();
    assert_eq!(OTHER.metadata().target(), "tasker_span::copy");
}

fn run(starts_before: bool, has_spans: bool) {
    if starts_before {
        start_other();
    }
    let telemetry = Telemetry::builder().console_only().install().unwrap();
    eprintln!("INSTALLED");
    if !starts_before {
        start_other();
    }
    if has_spans {
        (0..3).for_each(|_| begin(&Task::default()));
        eprintln!("RAN");
    }
    telemetry.shutdown(DEADLINE).unwrap();
}

#[test]
#[ignore = "a program"]
fn before() {
    run(true, true);
}

#[test]
#[ignore = "a program"]
fn meanwhile() {
    run(false, true);
}

#[test]
#[ignore = "a program"]
fn without_spans() {
    run(false, false);
}

#[test]
#[ignore = "a program"]
fn alone() {
    let telemetry = Telemetry::builder().console_only().install().unwrap();
    begin(&Task::default());
    let capture = Capture::start();
    begin(&Task::default());
    drop(capture);
    telemetry.shutdown(DEADLINE).unwrap();
}

#[test]
fn a_second_copy_is_logged_once_with_both_versions() {
    let own = env!("CARGO_PKG_VERSION");
    let warning = format!("this program links tasker-span-runtime {own} and, beside it, 0.0.9-other");
    let logs = [
        (process::program(before).log(), None, Some("INSTALLED")),
        (process::program(meanwhile).log(), Some("INSTALLED"), Some("RAN")),
        (process::program(without_spans).log(), Some("INSTALLED"), None),
    ];
    for (log, after, earlier) in logs {
        assert_eq!(log.matches(&warning).count(), 1, "{log}");
        let at = log.find(&warning);
        assert!(after.is_none_or(|mark| log.find(mark) < at), "{log}");
        assert!(earlier.is_none_or(|mark| at < log.find(mark)), "{log}");
    }
    let log = process::program(alone).log();
    assert!(!log.contains("beside it"), "{log}");
}
