//! What a span tells collectors of its sampling.

use tasker_span_runtime::testing::CapturedSpan;

/// The threshold and the randomness of the span's `tracestate`, as numbers of 56 bits.
///
/// # Panics
///
/// If one of them is no hexadecimal number.
pub fn written(span: &CapturedSpan) -> (Option<u64>, Option<u64>) {
    let ot = span
        .tracestate()
        .split(',')
        .find_map(|member| member.strip_prefix("ot="));
    let value = |key| ot?.split(';').find_map(|pair| pair.strip_prefix(key));
    let th = value("th:").map(|th| u64::from_str_radix(&format!("{th:0<14}"), 16).unwrap());
    let rv = value("rv:").map(|rv| u64::from_str_radix(rv, 16).unwrap());
    (th, rv)
}
