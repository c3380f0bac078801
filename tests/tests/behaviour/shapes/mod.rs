//! Every shape of function gives its span, once, and stays the function that it was. The package `tests/edition-2021`
//! compiles the same files in the older edition.

mod async_traits;
mod blocks;
mod drop_order;
mod fragments;
mod futures;
mod hygiene;
mod methods;
mod parameters;
mod returned_futures;
mod returns;
mod subjects;
mod traits;

use tasker_span_tests::prelude::*;

/// Runs `work` under a capture of its own; exactly one span must come out of it, whole and valid.
#[track_caller]
fn span_of<R>(work: impl FnOnce(Task) -> R) -> (R, CapturedSpan) {
    let capture = Capture::strict();
    let task = Task::default();
    let id = task.task_uuid;
    let result = work(task);
    let spans = capture.spans();
    spans.assert_valid();
    let span = spans.one();
    assert_eq!(span.uuid("task_uuid"), Some(id));
    (result, span)
}

/// The same for a future, which is polled to its end.
#[track_caller]
fn span_of_future<F: Future>(work: impl FnOnce(Task) -> F) -> (F::Output, CapturedSpan) {
    span_of(|task| finish(work(task)))
}
