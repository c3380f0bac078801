//! Sources of attributes that panic when a span reads them: the attribute is missing, the function goes on.

use std::time::SystemTime;

use tasker_span_runtime::{AsInteger, AsText, AsTimestamp, AsUuid};
use tasker_span_tests::prelude::*;

use super::{Bomb, sampled_and_unsampled};

/// Panics as whatever it is read.
struct Unreadable;

impl AsText for Unreadable {
    fn as_text(&self) -> Option<&str> {
        panic!("as_text")
    }
}

impl AsUuid for Unreadable {
    fn as_uuid(&self) -> Option<Uuid> {
        panic!("as_uuid")
    }
}

impl AsInteger for Unreadable {
    fn as_integer(&self) -> Option<i64> {
        panic!("as_integer")
    }
}

impl AsTimestamp for Unreadable {
    fn as_timestamp(&self) -> Option<SystemTime> {
        panic!("as_timestamp")
    }
}

#[task_span("task.audit", within = "task.orchestration", task_uuid = task.task_uuid, correlation_id = task.correlation_id, namespace = Unreadable)]
fn text(task: &Task) -> u8 {
    7
}

#[task_span("task.audit", within = "task.orchestration", namespace = Unreadable)]
async fn text_async(task: &Task) -> u8 {
    7
}

#[task_span("task.audit", within = "task.orchestration", task_uuid = Unreadable, correlation_id = task.correlation_id, namespace = "n")]
fn uuid(task: &Task) -> u8 {
    7
}

#[task_span("task.audit", within = "task.orchestration", priority = Unreadable)]
fn integer(task: &Task) -> u8 {
    7
}

#[task_span("task.audit", within = "task.orchestration", started_at = Unreadable)]
fn timestamp(task: &Task) -> u8 {
    7
}

#[task_span("task.audit", within = "task.orchestration", fields(shown = format_args!("{Bomb}")))]
fn arguments(task: &Task) -> u8 {
    7
}

#[task_span("task.audit", within = "task.orchestration", task_uuid = task.task_uuid, correlation_id = task.correlation_id, late(namespace))]
fn late(task: &Task) -> u8 {
    span_record!(namespace = Unreadable);
    7
}

fn subject(task: &Task) -> u8 {
    #[derive(SpanFields)]
    struct Subject {
        task_uuid: Uuid,
        correlation_id: Uuid,
        namespace: Unreadable,
    }
    #[task_span("task.audit", within = "task.orchestration")]
    fn of_subject(task: &Subject) -> u8 {
        7
    }
    let Task {
        task_uuid,
        correlation_id,
        ..
    } = *task;
    of_subject(&Subject {
        task_uuid,
        correlation_id,
        namespace: Unreadable,
    })
}

fn assert_returns(work: fn(&Task) -> u8, is_read_of_unsampled: bool) {
    sampled_and_unsampled(|capture, sampled| {
        let before = stats().panics_caught;
        assert_eq!(work(&Task::default()), 7);
        if sampled || is_read_of_unsampled {
            assert!(stats().panics_caught > before);
        }
        assert_eq!(capture.spans().len(), usize::from(sampled));
    });
}

#[test]
fn a_text_that_panics() {
    assert_returns(text, true);
    assert_returns(|task| finish(text_async(task)), true);
}

#[test]
fn a_uuid_that_panics() {
    // A span without a task is not subject to sampling.
    sampled_and_unsampled(|_, _| assert_eq!(uuid(&Task::default()), 7));
}

#[test]
fn an_integer_that_panics() {
    assert_returns(integer, true);
}

#[test]
fn a_timestamp_that_panics() {
    assert_returns(timestamp, true);
}

#[test]
fn arguments_of_a_format_that_panic() {
    assert_returns(arguments, false);
}

#[test]
fn a_recorded_text_that_panics() {
    assert_returns(late, true);
}

#[test]
fn a_subject_that_panics() {
    assert_returns(subject, true);
}
