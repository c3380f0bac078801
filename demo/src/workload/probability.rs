//! `probability`: the sampling probability in a `tracestate`, as collectors read it.

/// The probability with which a span was sampled, by the [threshold] `ot=th:…` of its `tracestate`.
/// 1 without a threshold. A span represents 1 / probability spans.
///
/// The threshold T is up to 14 hex digits, without trailing zeros. The probability is 1 − T / 2⁵⁶.
///
/// [threshold]: https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/#sampling-threshold-value-th
///
/// ```
/// use tasker_span_demo::workload::probability;
///
/// assert_eq!(probability(""), 1.0);
/// assert_eq!(probability("ot=th:c;rv:fe6d1a75832a2f,vendor=x"), 0.25);
/// ```
#[expect(clippy::cast_precision_loss, reason = "53 bits are enough for an estimate")]
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
