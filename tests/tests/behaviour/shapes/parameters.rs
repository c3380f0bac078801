//! Parameters, by every kind of pattern and type.

use std::fmt::{Debug, Display};

use tasker_span_runtime::{HasCorrelationId, HasNamespace, HasTaskUuid};
use tasker_span_tests::prelude::*;

use super::span_of;

#[task_span("task.orchestration")]
fn generic<T, const N: usize>(task: &Task, values: [T; N]) -> Vec<T>
where
    T: Clone + Debug,
{
    assert!(task.priority > 0);
    values.to_vec()
}

#[task_span("task.orchestration")]
fn opaque(task: &(impl HasCorrelationId + HasTaskUuid + HasNamespace), text: impl Into<String> + Display) -> String {
    format!("{}: {}", task.namespace().unwrap_or_default(), text.into())
}

#[task_span("task.orchestration")]
fn generic_subject<T>(task: T) -> Option<Uuid>
where
    T: SpanFields<Source = Task>,
{
    task.span_source().map(|task| task.task_uuid)
}

#[task_span("task.orchestration")]
fn dynamic(task: &Task, text: &dyn Display, callback: &mut dyn FnMut(&str)) {
    callback(&format!("{text} of {}", task.namespace_name));
}

#[test]
fn generics() {
    assert_eq!(span_of(|task| generic(&task, ["a", "b"])).0, ["a", "b"]);
    assert_eq!(span_of(|task| opaque(&task, "x")).0, "payments: x");
    assert!(span_of(|task| generic_subject(Some(Box::new(task)))).0.is_some());
    let mut said = String::new();
    span_of(|task| dynamic(&task, &"task", &mut |text| said.push_str(text)));
    assert_eq!(said, "task of payments");
}

struct Pair<T>(T, T);

#[task_span("task.orchestration", task = subject)]
fn destructured((subject, mut count): (Task, u32), Pair(first, _): Pair<u32>, [a, .., b]: [u32; 3]) -> u32 {
    count += first + a + b;
    drop(subject);
    count
}

#[task_span("task.orchestration")]
fn mutable(mut task: Task, mut count: u32, _: u32, _ignored: u32) -> u32 {
    task.namespace_name.clear();
    count += 1;
    count
}

#[task_span("task.orchestration", task = whole)]
fn bound(whole @ Task { priority, .. }: &Task) -> i32 {
    whole.priority + *priority
}

#[test]
fn patterns() {
    assert_eq!(span_of(|task| destructured((task, 1), Pair(2, 9), [3, 9, 4])).0, 10);
    assert_eq!(span_of(|task| mutable(task, 1, 2, 3)).0, 2);
    assert_eq!(span_of(|task| bound(&task)).0, 6);
}

/// A subject that exists on no platform, beside values that exist on all.
#[task_span("task.orchestration", task_uuid = id, inherit(correlation_id), namespace = "payments")]
fn configured(#[cfg(any())] task: &Missing, #[cfg(not(any()))] id: Uuid, #[cfg(any())] gone: Missing) -> Uuid {
    id
}

#[task_span("task.orchestration")]
fn configured_subject(#[cfg(not(any()))] task: &Task, #[cfg(any())] task: &Missing) -> i32 {
    task.priority
}

#[task_span("task.orchestration")]
fn enclosing<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    assert!(task.priority > 0);
    work()
}

#[test]
fn parameters_under_conditions() {
    let capture = Capture::start();
    let task = Task::default();
    enclosing(&task, || configured(task.task_uuid));
    assert_eq!(capture.spans().of_task(task.task_uuid).len(), 2);
    drop(capture);
    assert_eq!(span_of(|task| configured_subject(&task)).0, 3);
}

#[task_span("task.orchestration", fields(r#type, r#in.len = r#in.len(), r#move = ?r#in))]
fn r#match(task: &Task, r#type: &str, r#in: Vec<u8>) -> usize {
    let r#loop = r#in.len() + r#type.len();
    assert!(task.priority > 0);
    r#loop
}

#[test]
fn raw_identifiers() {
    let (sum, span) = span_of(|task| r#match(&task, "express", vec![1, 2]));
    assert_eq!(sum, 9);
    assert_eq!(span.text("type"), Some("express"));
    assert_eq!(span.integer("in.len"), Some(2));
    assert_eq!(span.text("move"), Some("[1, 2]"));
    assert!(
        span.text("code.function.name")
            .is_some_and(|name| name.ends_with("parameters::match")),
        "{span:?}"
    );
}

#[task_span("task.orchestration")]
extern "C" fn foreign(task: &Task, more: i32) -> i32 {
    task.priority + more
}

#[task_span("task.orchestration")]
pub(in crate::shapes::parameters) extern "C" fn visible(task: &Task) {
    assert!(task.priority > 0);
}

#[test]
fn signatures_of_other_kinds() {
    assert_eq!(span_of(|task| foreign(&task, 4)).0, 7);
    let function: extern "C" fn(&Task) = visible;
    span_of(|task| function(&task));
}

#[task_span("task.audit", within = "task.orchestration")]
fn recursive(task: &Task, depth: u32) -> u32 {
    if depth == 0 { 0 } else { 1 + recursive(task, depth - 1) }
}

#[test]
fn recursion_nests() {
    let capture = Capture::start();
    assert_eq!(recursive(&Task::default(), 3), 3);
    let spans = capture.spans();
    assert_eq!(spans.len(), 4);
    let leaves = spans.filter(|span| spans.children_of(span).is_empty());
    assert_eq!(leaves.len(), 1);
}

#[task_span("task.orchestration")]
#[must_use]
#[inline]
fn with_inner_attributes(task: &Task) -> i32 {
    #![allow(non_snake_case, reason = "an inner attribute stays the function's")]
    let Priority = task.priority;
    Priority + 1
}

#[test]
fn inner_attributes() {
    assert_eq!(span_of(|task| with_inner_attributes(&task)).0, 4);
}
