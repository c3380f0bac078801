//! Checks that the sampling values in a span's `tracestate` agree. Whether a span should have been
//! sampled is unknown here.

use super::{Problem, ProblemKind};
use crate::testing::CapturedSpan;

/// The bits of a trace id that are its randomness.
const RANDOM: u128 = (1 << 56) - 1;

pub(super) fn check(span: &CapturedSpan, problems: &mut Vec<Problem>) {
    let Some(ot) = span
        .tracestate()
        .split(',')
        .find_map(|member| member.trim().strip_prefix("ot="))
    else {
        return;
    };
    let value = |key| ot.split(';').find_map(|pair| pair.strip_prefix(key));
    let Some(th) = value("th:") else { return };
    let number = |hex: &str| u128::from_str_radix(&format!("{hex:0<14}"), 16).ok();
    let randomness = match value("rv:") {
        Some(rv) => number(rv),
        None => Some(span.trace_id().to_u128() & RANDOM),
    };
    let message = if let Some(by) = span.text("tasker.sampled_by") {
        let by = if by == "slow" { "slowness" } else { by };
        format!("it was sampled by {by}, but has a threshold: {ot}")
    } else if number(th) > randomness {
        format!("its randomness is below its threshold: {ot}")
    } else {
        return;
    };
    problems.push(Problem::of(span, ProblemKind::WrongSampling, message));
}
