//! Spans that are open at a fork end in both processes, and only the parent exports them.

use std::env;

use tasker_span_runtime::{ExportOptions, Protocol, Telemetry};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use super::{fork, forking};
use crate::{DEADLINE, under};

fn exporting_to(variable: &str) -> Telemetry {
    let options = ExportOptions::new()
        .endpoint(env::var(variable).unwrap())
        .protocol(Protocol::HttpProtobuf);
    Telemetry::builder().export(options).build().unwrap()
}

/// What is open at the fork: a span on the stack, a detached one, one that is finished and waits for its transition, and a
/// task that ends after the fork, whose root is emitted then.
#[test]
#[ignore = "a program that the other test runs"]
fn program() {
    let telemetry = exporting_to("PARENT");
    let task = Task::default();
    under(&telemetry, || {
        begin(&task);
        let step = task.step();
        let detached = step_scope!("handler.execution", step = &step, task = &task).detach();
        send_steps(&task, || ());
        let mut detached = Some(detached);
        let is_well = transition(&task, "evaluating_results", "complete", || {
            let child = || {
                drop(detached.take());
                enqueue(&task, || ());
                let own = exporting_to("OWN");
                // A child of the span that is open in the parent.
                under(&own, || execute(&task, &task.step(), || ()));
                own.shutdown(DEADLINE).unwrap();
            };
            let is_well = fork(child, || ());
            // As a child that returns from what it was forked in.
            let returning = || complete(&task);
            is_well && fork(returning, || ())
        });
        assert!(is_well);
        detached.take().unwrap().end();
    });
    telemetry.shutdown(DEADLINE).unwrap();
}

#[test]
fn only_the_parent_exports_what_was_open_at_the_fork() {
    let [parent, own] = [(); 2].map(|()| Collector::http());
    forking(process::program(program).envs(&[("PARENT", &parent.url()), ("OWN", &own.url())])).log();
    let mut names = parent.span_names();
    names.sort_unstable();
    let expected = [
        "handler.execution",
        "step.enqueuing",
        "task.orchestration",
        "task.state_transition",
        "task.state_transition",
    ];
    assert_eq!(names, expected);
    assert_eq!(own.span_names(), ["step.execution"]);
    assert_eq!(parent.counts().repeated + own.counts().repeated, 0);
}
