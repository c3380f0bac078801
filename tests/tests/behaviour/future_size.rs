//! The bytes that an annotation adds to a function's future: the span, and a copy of those arguments that the function
//! would not hold across an `.await` itself.
#![cfg(target_pointer_width = "64")]

use std::hint::black_box;

use tasker_span_runtime::task_span;
use tokio::task::yield_now;

/// The span, whether it is being polled, and the states of the enclosing futures.
const GROWTH: usize = 56;

macro_rules! pair {
    ($(fn $plain:ident, $annotated:ident $arguments:tt $(-> $returned:ty)? $body:block)*) => {$(
        async fn $plain $arguments $(-> $returned)? $body

        #[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
        async fn $annotated $arguments $(-> $returned)? $body
    )*};
}

pair! {
    fn nothing, nothing_annotated() {
        yield_now().await;
    }

    fn local, local_annotated() {
        let local = [0u8; 1024];
        yield_now().await;
        black_box(&local);
    }

    fn reference, reference_annotated(argument: &[u8; 512]) -> Result<usize, String> {
        yield_now().await;
        Ok(argument.len())
    }

    fn held, held_annotated(argument: [u8; 512]) {
        yield_now().await;
        black_box(&argument);
    }

    fn consumed, consumed_annotated(argument: [u8; 512]) {
        black_box(argument);
        yield_now().await;
    }
}

#[task_span(
    "task.orchestration",
    inherit(correlation_id, task_uuid, namespace),
    fields(argument.len = argument.len()),
    err(Debug),
    ret
)]
async fn reference_with_outcome(argument: &[u8; 512]) -> Result<usize, String> {
    yield_now().await;
    Ok(argument.len())
}

fn growth<A, B>(plain: &A, annotated: &B) -> usize {
    size_of_val(annotated) - size_of_val(plain)
}

#[test]
fn a_future_grows_by_its_span() {
    assert_eq!(growth(&nothing(), &nothing_annotated()), GROWTH);
    assert_eq!(growth(&local(), &local_annotated()), GROWTH);
    assert_eq!(growth(&held([0; 512]), &held_annotated([0; 512])), GROWTH);
    let bytes = [0; 512];
    assert_eq!(growth(&reference(&bytes), &reference_annotated(&bytes)), GROWTH);
}

#[test]
fn reading_the_outcome_costs_no_bytes() {
    let bytes = [0; 512];
    assert_eq!(growth(&reference(&bytes), &reference_with_outcome(&bytes)), GROWTH);
}

#[test]
fn an_argument_that_the_body_consumes_early_is_held_once_more() {
    assert_eq!(growth(&consumed([0; 512]), &consumed_annotated([0; 512])), GROWTH + 512);
}
