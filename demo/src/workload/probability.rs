//! What a collector reads from a `tracestate`.

/// With which probability a span was to be kept, by the `ot=th:…` of its `tracestate`: 1 where there is no such member, since
/// nothing was sampled then. The span stands for as many as the inverse of it.
///
/// The threshold T is up to 14 hex digits, to which trailing zeros belong, and the probability is 1 − T / 2⁵⁶
/// ([specification](https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th)).
///
/// ```
/// use tasker_span_demo::workload::probability;
///
/// assert_eq!(probability(""), 1.0);
/// assert_eq!(probability("ot=th:c;rv:fe6d1a75832a2f,vendor=x"), 0.25);
/// ```
#[expect(
    clippy::cast_precision_loss,
    reason = "what is lost is far below what any estimate can tell"
)]
pub fn probability(tracestate: &str) -> f64 {
    let Some(threshold) = threshold(tracestate) else {
        return 1.0;
    };
    let range = 1_u64 << 56;
    (range - threshold) as f64 / range as f64
}

fn threshold(tracestate: &str) -> Option<u64> {
    let ot = tracestate
        .split(',')
        .find_map(|member| member.trim().strip_prefix("ot="))?;
    let digits = ot.split(';').find_map(|pair| pair.strip_prefix("th:"))?;
    u64::from_str_radix(&format!("{digits:0<14}"), 16).ok()
}
