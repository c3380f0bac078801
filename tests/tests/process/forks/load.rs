//! Hundreds of forks, while other threads are anywhere in their spans.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use tasker_span_runtime::{Console, DetachedSpan, Telemetry};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use super::{fork, forking};
use crate::{DEADLINE, under};

const FORKS: u64 = 150;
/// More than processors, so that some are interrupted while they hold a lock.
const THREADS: u64 = 6;
/// Of a child.
const ROUNDS: u64 = 4;

#[task_span("task.creation", within = "task.orchestration", late(task_uuid = |task| task.task_uuid, correlation_id = |task| task.correlation_id, namespace = |task| &task.namespace_name))]
fn create(task: Task, work: impl FnOnce()) -> Task {
    work();
    task
}

/// What all threads share.
struct Shared {
    task: Task,
    step: Step,
    span: DetachedSpan,
}

/// Spans of all kinds, with names that were not seen before.
fn run(number: u64, shared: &Shared) {
    // An id with a time in it takes a lock, in which a child may hang.
    let task = Task {
        task_uuid: Uuid::new_v4(),
        namespace_name: format!("namespace {}", number % 900),
        ..shared.task.clone()
    };
    let step = Step {
        task_uuid: task.task_uuid,
        workflow_step_uuid: Uuid::new_v4(),
        handler: format!("handler {number}"),
        ..shared.step.clone()
    };
    let task = create(task, || tracing::info!("its task is not known yet"));
    orchestrate(&task, || {
        begin(&task);
        initialize(&task, || discover(&task));
        enqueue(&task, || send_steps(&task, || tracing::info!("sent")));
        execute(&task, &step, || {
            handle(|| drop(TraceContext::current()));
            fail();
        });
        let detached = step_scope!("handler.execution", step = &step, task = &task).detach();
        detached.in_scope(|| submit_step(&task, &step, || ()));
        detached.end();
        complete(&task);
    });
    shared.span.in_scope(|| {
        tracing::info!("in the same span as all others");
        handle(|| tracing::info!("a child"));
    });
    finish(execute_async(&task, &step, async { handle(|| ()) }));
}

/// Ends at once, and nothing of it, or of its parent, is exported by the parent's telemetry.
fn child(number: u64, shared: &Shared) {
    for round in 0..ROUNDS {
        run(number * ROUNDS + round, shared);
    }
    if number.is_multiple_of(32) {
        thread::scope(|threads| {
            for thread in 0..2 {
                threads.spawn(move || (0..20).for_each(|round| run(thread * 20 + round, shared)));
            }
        });
        let store = SpanStore::new();
        let own = Telemetry::builder()
            .console_only()
            .span_processor(store.clone())
            .build()
            .unwrap();
        under(&own, || run(number, shared));
        own.shutdown(DEADLINE).unwrap();
        assert!(store.spans().len() > 10, "{:?}\n{:?}", own.sampling(), store.spans());
    }
}

#[test]
#[ignore = "a program that the other test runs"]
fn program() {
    let store = SpanStore::new();
    let builder = Telemetry::builder().console_only().console(Console::Off);
    let telemetry = builder
        .span_processor(store.clone())
        .sampling(Sampling::new().step_rate(0.5).task_rate(0.7))
        .install()
        .unwrap();
    let task = Task::default();
    let step = task.step();
    let span = step_scope!("step.execution", step = &step, task = &task).detach();
    let shared = Shared { task, step, span };
    let (is_over, is_paused, number) = (AtomicBool::new(false), AtomicBool::new(false), AtomicU64::new(0));
    let failed = thread::scope(|threads| {
        for _ in 0..THREADS {
            threads.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    // The child has the processors then.
                    while is_paused.load(Ordering::Relaxed) {
                        thread::sleep(Duration::from_micros(200));
                    }
                    run(number.fetch_add(1, Ordering::Relaxed), &shared);
                }
            });
        }
        let pause = || is_paused.store(true, Ordering::Relaxed);
        let ends_well = |number: u64| {
            thread::sleep(Duration::from_micros(300 + number % 5 * 100));
            let is_well = fork(|| child(number, &shared), pause);
            is_paused.store(false, Ordering::Relaxed);
            is_well
        };
        let failed = (0..FORKS).filter(|number| !ends_well(*number)).count();
        is_over.store(true, Ordering::Relaxed);
        failed
    });
    shared.span.end();
    telemetry.shutdown(DEADLINE).unwrap();
    assert_eq!(failed, 0, "of {FORKS} children did not end well");
}

#[test]
fn no_child_hangs_in_a_span_whatever_its_parent_s_threads_do() {
    forking(process::program(program)).log();
}
