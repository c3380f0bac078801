//! "Promotion changes nothing": a random program exports the same spans, wherever its local spans are promoted.

mod compare;
mod composed;
mod functions;
mod guards;
mod program;
mod promotions;
mod run;
mod strategy;
mod world;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use promotions::{Promotions, promotions, promotions_and_reads};
use strategy::{generate, programs};
use world::{difference, exported};

/// Other programs in each run, whatever seed is set: no list of programs would be long enough. A failure prints its program.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        rng_seed: RngSeed::Random,
        ..crate::random()
    }
}

fn changes_nothing(promotions: impl Strategy<Value = Promotions>) {
    proptest!(cases(400), |(program in programs(), promotions in promotions)| {
        let difference = difference(&program, &promotions);
        prop_assert!(difference.is_empty(), "{}", difference);
    });
}

/// Alone, as the next ones: other tests would count spans too.
#[test]
fn a_program_exports_the_same_spans_wherever_its_spans_are_promoted() {
    process::alone(|| changes_nothing(promotions()));
}

#[test]
fn a_program_exports_the_same_spans_wherever_its_context_is_read() {
    process::alone(|| changes_nothing(promotions_and_reads()));
}

#[test]
fn a_context_that_is_attached_inside_of_a_span_stays_current() {
    let means: [fn(); 3] = [
        || (),
        || drop(tracing::Span::current()),
        || tracing::info_span!("other code").in_scope(|| ()),
    ];
    for promote in means {
        let capture = Capture::start();
        let task = Task::default();
        let (attached, active) = execute(&task, &task.step(), || {
            let attached = attached();
            let id = attached.span().span_context().span_id();
            let _attached = attached.attach();
            promote();
            handle(promote);
            promote();
            (
                id,
                Context::map_current(|context| context.span().span_context().span_id()),
            )
        });
        assert_eq!(attached, active);
        let handler = capture.spans().named("handler.execution").one();
        let links: Vec<_> = handler.links().iter().map(|link| link.span_id().to_string()).collect();
        assert_eq!(links, [attached.to_string()]);
    }
}

fn attached() -> Context {
    let ids = (TraceId::from(7_u128), SpanId::from(8_u64));
    let attached = SpanContext::new(ids.0, ids.1, TraceFlags::SAMPLED, true, TraceState::NONE);
    Context::new().with_remote_span_context(attached)
}

/// The random programs compare no times.
#[test]
fn a_promoted_span_has_the_times_of_its_work() {
    let capture = Capture::start();
    let task = Task::default();
    let wait = || std::thread::sleep(Duration::from_millis(20));
    let promoted = execute(&task, &task.step(), || {
        wait();
        tracing::Span::current()
    });
    let returned = SystemTime::now();
    wait();
    drop(promoted);
    let execution = capture.spans().one();
    assert!(execution.duration() >= Duration::from_millis(20));
    let late = execution.end().duration_since(returned).unwrap_or_default();
    assert!(late < Duration::from_millis(10), "it ended {late:?} after its work");
}

/// Otherwise a difference would say nothing about promotion.
#[test]
fn a_program_that_runs_twice_exports_the_same_spans() {
    process::alone(|| {
        proptest!(cases(100), |(program in programs())| {
            let expected = exported(&program, &Promotions::none());
            let difference = expected.difference(&exported(&program, &Promotions::none()));
            prop_assert!(difference.is_empty(), "{}", difference);
        });
    });
}

#[test]
fn the_programs_export_spans_of_every_kind() {
    process::alone(|| {
        let mut found = BTreeSet::new();
        for program in generate(7, programs()).take(300) {
            let spans = exported(&program, &Promotions::none());
            found.extend(spans.features().map(str::to_owned));
        }
        let expected = [
            "task.orchestration",
            "task.state_transition",
            "step.discovery",
            "step.execution",
            "handler.execution",
            "result.submission",
            "task.finalization",
            "task.archival",
            "task.review",
            "task.backup",
            "instrumented_async",
            "other code",
            "rows",
            "error.type",
            "tasker.cancelled",
            "tasker.sampled_by",
            "tasker.violation",
            "tasker.final_state",
            "messaging.message.id",
            "an event",
            "a link",
            "a description",
            "a tracestate",
        ];
        let missing: Vec<_> = expected.iter().filter(|name| !found.contains(**name)).collect();
        assert!(missing.is_empty(), "{missing:?} of {found:?}");
    });
}
