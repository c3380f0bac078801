//! Sampling in tests: captures at rates below 1, and the numbers in a span's `tracestate`.

use tasker_span_runtime::Sampling;
use tasker_span_runtime::testing::{Capture, CapturedSpan};

/// A capture with these rates.
pub fn at(sampling: Sampling) -> Capture {
    Capture::builder().sampling(sampling).start()
}

/// A capture that samples tasks, and no step.
pub fn no_steps() -> Capture {
    at(Sampling::new().step_rate(0.0))
}

/// A capture that samples no task.
pub fn no_tasks() -> Capture {
    at(Sampling::new().task_rate(0.0))
}

/// The threshold and the randomness of the span's `tracestate`, as numbers of 56 bits.
///
/// # Panics
///
/// If a number is not hexadecimal.
pub fn written(span: &CapturedSpan) -> (Option<u64>, Option<u64>) {
    let members = span.tracestate().split(',');
    let ot = members.into_iter().find_map(|member| member.strip_prefix("ot="));
    let value = |key| ot?.split(';').find_map(|pair| pair.strip_prefix(key));
    let th = value("th:").map(|th| u64::from_str_radix(&format!("{th:0<14}"), 16).unwrap());
    let rv = value("rv:").map(|rv| u64::from_str_radix(rv, 16).unwrap());
    (th, rv)
}
