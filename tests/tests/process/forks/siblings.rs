//! Children of one thread, as of a server that forks its workers: each has the same memory, and ids of its own.

use std::collections::HashSet;
use std::env;

use tasker_span_runtime::{Console, ExportOptions, Protocol, Telemetry};
use tasker_span_tests::collector::{Collector, text};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use super::{fork, forking};
use crate::{DEADLINE, end_spans, under};

const CHILDREN: usize = 3;
const SPANS: u64 = 20;

fn telemetry() -> Telemetry {
    let options = ExportOptions::new()
        .endpoint(env::var("COLLECTOR").unwrap())
        .protocol(Protocol::HttpProtobuf);
    Telemetry::builder()
        .console(Console::Off)
        .export(options)
        .build()
        .unwrap()
}

/// Spans with random ids.
fn work(telemetry: &Telemetry) {
    let task = Task::default();
    under(telemetry, || {
        (0..SPANS).for_each(|_| handle_step(&task, &task.step(), || ()));
    });
}

/// The telemetry is built after the forks.
#[test]
#[ignore = "a program that the other tests run"]
fn with_their_own() {
    let before = telemetry();
    work(&before);
    for _ in 0..CHILDREN {
        let child = || {
            let own = telemetry();
            work(&own);
            own.shutdown(DEADLINE).unwrap();
        };
        assert!(fork(child, || ()));
    }
    before.shutdown(DEADLINE).unwrap();
}

/// The telemetry is built before the forks, and no span begins before them: as a program does that becomes a daemon.
#[test]
#[ignore = "a program that the other tests run"]
fn with_their_parent_s() {
    let telemetry = telemetry();
    for _ in 0..CHILDREN {
        let child = || {
            work(&telemetry);
            telemetry.shutdown(DEADLINE).unwrap();
        };
        assert!(fork(child, || ()));
    }
    work(&telemetry);
    telemetry.shutdown(DEADLINE).unwrap();
}

fn each_id_is_one(program: process::Program) -> HashSet<Option<String>> {
    let collector = Collector::http();
    forking(program.env("COLLECTOR", &collector.url())).log();
    let counts = collector.counts();
    assert_eq!((counts.taken, counts.repeated), ((1 + CHILDREN as u64) * SPANS, 0));
    let requests = collector.requests().into_iter();
    let resources = requests.flat_map(|request| request.export.resource_spans);
    resources
        .map(|spans| text(&spans.resource.unwrap().attributes, "service.instance.id"))
        .collect()
}

#[test]
fn children_with_their_own_telemetry_are_instances_with_ids_of_their_own() {
    assert_eq!(each_id_is_one(process::program(with_their_own)).len(), 1 + CHILDREN);
}

#[test]
fn children_may_use_the_telemetry_of_their_parent_if_it_has_begun_no_span() {
    each_id_is_one(process::program(with_their_parent_s));
}

#[test]
#[ignore = "a program that the other test runs"]
fn with_spans_before() {
    let telemetry = telemetry();
    end_spans(&telemetry, 1);
    let child = || {
        end_spans(&telemetry, 5_000);
        assert!(telemetry.flush(DEADLINE).is_err());
        let before = stats();
        end_spans(&telemetry, 10);
        let stats = stats();
        assert_eq!(stats.spans_not_exported, before.spans_not_exported + 10);
        assert!(stats.pending() < 2_048, "{stats:?}");
    };
    assert!(fork(child, || ()));
    telemetry.shutdown(DEADLINE).unwrap();
}

#[test]
fn spans_of_a_child_are_counted_as_not_exported_once_it_is_noticed() {
    let collector = Collector::http();
    forking(process::program(with_spans_before).env("COLLECTOR", &collector.url())).log();
    assert_eq!(collector.counts().taken, 1);
}
