//! Derived ids: the trace id of a task and the span ids that follow from its UUIDs. Nothing is stored and no message changes.
//!
//! The algorithms, seeds and test vectors are in [the page on derived
//! ids](https://github.com/tasker-systems/tasker-span/blob/main/docs/identity.md), for other languages too. They never change
//! without a new seed.
//!
//! ```
//! use tasker_span_runtime::{Uuid, identity};
//!
//! let task = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
//! assert_eq!(identity::trace_id(task).to_string(), "2738331656b48bea1ac20e92f2895a40");
//! ```

pub(crate) mod attempts;
pub(crate) mod cache;
mod execution;
mod ids;
pub(crate) mod intern;
mod key;
mod secret;
mod step_entry;
mod table;
mod task_entry;
mod transitions;
mod unsampled;

pub use execution::Execution;
pub(crate) use execution::Relation;
pub(crate) use secret::prepare;

use std::fmt;
use std::num::NonZero;
use std::time::SystemTime;

use uuid::Uuid;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

/// `tskspnT1`: version 1 of the trace id.
#[doc(hidden)]
pub const TRACE_SEED: u64 = u64::from_be_bytes(*b"tskspnT1");
/// `tskspnR1`: version 1 of the root's span id.
#[doc(hidden)]
pub const ROOT_SEED: u64 = u64::from_be_bytes(*b"tskspnR1");
/// `tskspnE1`: version 1 of the span id of a step's execution.
#[doc(hidden)]
pub const EXECUTION_SEED: u64 = u64::from_be_bytes(*b"tskspnE1");
/// `tskspnX1`: version 1 of the span id of a recorded transition.
#[doc(hidden)]
pub const TRANSITION_SEED: u64 = u64::from_be_bytes(*b"tskspnX1");
/// `tskspnE2`: of an execution after a reset or a checkpoint.
#[doc(hidden)]
pub const LATER_EXECUTION_SEED: u64 = u64::from_be_bytes(*b"tskspnE2");
/// `tskspnS1`: version 1 of a step's randomness for sampling.
#[doc(hidden)]
pub const SAMPLING_SEED: u64 = u64::from_be_bytes(*b"tskspnS1");

/// A trace id of [W3C Trace Context](https://www.w3.org/TR/trace-context/#trace-id): never zero, shown as 32 hex digits.
///
/// ```
/// use tasker_span_runtime::identity::TraceId;
///
/// let id = TraceId::from_u128(0xaa).unwrap();
/// assert_eq!(id.to_string(), "000000000000000000000000000000aa");
/// assert_eq!(TraceId::from_u128(0), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TraceId(NonZero<u128>);

/// A span id of [W3C Trace Context](https://www.w3.org/TR/trace-context/#parent-id): never zero, shown as 16 hex digits.
///
/// ```
/// use tasker_span_runtime::identity::SpanId;
///
/// let id = SpanId::from_u64(0xbb).unwrap();
/// assert_eq!(id.to_string(), "00000000000000bb");
/// assert_eq!(SpanId::from_u64(0), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SpanId(NonZero<u64>);

impl TraceId {
    /// The id of this number. Zero is not an id.
    ///
    /// ```
    /// use tasker_span_runtime::identity::TraceId;
    ///
    /// assert_eq!(TraceId::from_u128(7).map(TraceId::to_u128), Some(7));
    /// assert_eq!(TraceId::from_u128(0), None);
    /// ```
    pub const fn from_u128(id: u128) -> Option<Self> {
        match NonZero::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The id as a number, most significant byte first in text.
    ///
    /// ```
    /// use tasker_span_runtime::{Uuid, identity};
    ///
    /// let id = identity::trace_id(Uuid::max());
    /// assert_eq!(format!("{:032x}", id.to_u128()), id.to_string());
    /// ```
    pub const fn to_u128(self) -> u128 {
        self.0.get()
    }
}

impl TraceId {
    /// The id of a hash or of a random number, of which zero becomes 1.
    pub(crate) const fn of_hash(hash: u128) -> Self {
        match NonZero::new(hash) {
            Some(id) => Self(id),
            None => Self(NonZero::<u128>::MIN),
        }
    }
}

impl SpanId {
    /// The id of this number. Zero is not an id.
    ///
    /// ```
    /// use tasker_span_runtime::identity::SpanId;
    ///
    /// assert_eq!(SpanId::from_u64(7).map(SpanId::to_u64), Some(7));
    /// assert_eq!(SpanId::from_u64(0), None);
    /// ```
    pub const fn from_u64(id: u64) -> Option<Self> {
        match NonZero::new(id) {
            Some(id) => Some(Self(id)),
            None => None,
        }
    }

    /// The id of a hash or of a random number, of which zero becomes 1.
    pub(crate) const fn of_hash(hash: u64) -> Self {
        match NonZero::new(hash) {
            Some(id) => Self(id),
            None => Self(NonZero::<u64>::MIN),
        }
    }

    /// The id as a number, most significant byte first in text.
    ///
    /// ```
    /// use tasker_span_runtime::{Uuid, identity};
    ///
    /// let id = identity::root_span_id(Uuid::max());
    /// assert_eq!(format!("{:016x}", id.to_u64()), id.to_string());
    /// ```
    pub const fn to_u64(self) -> u64 {
        self.0.get()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// In hex digits, as everything else shows them.
impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TraceId({self})")
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SpanId({self})")
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// The trace id of a task, to look up its trace in Jaeger.
///
/// ```
/// use tasker_span_runtime::{Uuid, identity};
///
/// let task = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
/// assert_eq!(identity::trace_id(task).to_string(), "5c0670e9da052f0495f159955f669012");
/// ```
///
/// [`trace_url`] makes the address of its page.
pub fn trace_id(task_uuid: Uuid) -> TraceId {
    TraceId::of_hash(xxh3_128_with_seed(task_uuid.as_bytes(), TRACE_SEED))
}

/// The address of a task's trace, of a template with the placeholders `{trace_id}` and `{task_uuid}`. It is known before the
/// task has run, in every process.
///
/// The trace id is written as 32 hex digits, the UUID with hyphens. If the template has neither placeholder, the trace id is
/// appended. All else stays as it is. [Operations](https://github.com/tasker-systems/tasker-span/blob/main/docs/operations.md#addresses-of-traces)
/// has templates for Jaeger, Grafana and Honeycomb.
///
/// ```
/// use tasker_span_runtime::{Uuid, identity};
///
/// let task = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
/// let url = "http://localhost:16686/trace/5c0670e9da052f0495f159955f669012";
/// assert_eq!(identity::trace_url("http://localhost:16686/trace/{trace_id}", task), url);
/// assert_eq!(identity::trace_url("http://localhost:16686/trace/", task), url);
/// ```
pub fn trace_url(template: &str, task_uuid: Uuid) -> String {
    let trace_id = trace_id(task_uuid);
    let url = template
        .replace("{trace_id}", &trace_id.to_string())
        .replace("{task_uuid}", &task_uuid.to_string());
    if url == template {
        format!("{template}{trace_id}")
    } else {
        url
    }
}

/// The span id of a task's root, `task.orchestration`.
///
/// ```
/// use tasker_span_runtime::{Uuid, identity};
///
/// let task = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
/// assert_eq!(identity::root_span_id(task).to_string(), "fdea7fc5b11dc391");
/// ```
pub fn root_span_id(task_uuid: Uuid) -> SpanId {
    SpanId::of_hash(xxh3_64_with_seed(task_uuid.as_bytes(), ROOT_SEED))
}

/// The span id of `step.execution` for one attempt at a step. The first attempt is 1. After a reset or a checkpoint, see
/// [`Execution`].
///
/// ```
/// use tasker_span_runtime::{Uuid, identity};
///
/// let step = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
/// assert_eq!(identity::execution_span_id(step, 1).to_string(), "db4f7db6e5791589");
/// assert_eq!(identity::execution_span_id(step, 2).to_string(), "03335dc0b5ccba65");
/// ```
pub fn execution_span_id(step_uuid: Uuid, attempt: u32) -> SpanId {
    Execution::new(attempt).span_id(step_uuid)
}

/// The span id of a `task.state_transition` that [`record_transition`](crate::record_transition) records.
///
/// The states are as spans carry them, in snake case. Of `at`, whole microseconds since 1970 count, the resolution of
/// `PostgreSQL`'s timestamps.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use tasker_span_runtime::{Uuid, identity};
///
/// let task = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
/// let at = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456);
/// let span = identity::transition_span_id(task, "steps_in_process", "error", at);
/// assert_eq!(span.to_string(), "e59907dbf9387c2a");
/// ```
pub fn transition_span_id(task_uuid: Uuid, from: &str, to: &str, at: SystemTime) -> SpanId {
    let at = unix_micros(at).to_be_bytes();
    let input = [task_uuid.as_bytes(), from.as_bytes(), &[0], to.as_bytes(), &[0], &at].concat();
    SpanId::of_hash(xxh3_64_with_seed(&input, TRANSITION_SEED))
}

/// Whole microseconds since 1970, negative before, rounded down.
fn unix_micros(time: SystemTime) -> i64 {
    let micros = |nanos: u128| i64::try_from(nanos).unwrap_or(i64::MAX);
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => micros(since.as_micros()),
        Err(before) => -micros(before.duration().as_nanos().div_ceil(1000)),
    }
}

/// The 56 bits that decide about a step's spans: they are sampled if it is at least (1 − rate) · 2⁵⁶. All attempts share
/// it. See [consistent probability sampling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/).
///
/// ```
/// use tasker_span_runtime::{Uuid, identity};
///
/// let step = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
/// assert_eq!(format!("{:014x}", identity::step_randomness(step)), "92aa9fff203bdf");
/// ```
pub fn step_randomness(step_uuid: Uuid) -> u64 {
    xxh3_64_with_seed(step_uuid.as_bytes(), SAMPLING_SEED) & ((1 << 56) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_trace_has_its_placeholders_filled() {
        let task = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
        let id = "5c0670e9da052f0495f159955f669012";
        for (template, url) in [
            (
                "http://jaeger/trace/{trace_id}?uiFind={task_uuid}",
                format!("http://jaeger/trace/{id}?uiFind={task}"),
            ),
            (
                "http://jaeger/search?tags=task_uuid:{task_uuid}",
                format!("http://jaeger/search?tags=task_uuid:{task}"),
            ),
            ("http://both/{trace_id}/{trace_id}", format!("http://both/{id}/{id}")),
            (
                "http://honeycomb/trace?trace_id=",
                format!("http://honeycomb/trace?trace_id={id}"),
            ),
            ("http://other/{TRACE_ID}/", format!("http://other/{{TRACE_ID}}/{id}")),
            ("", id.to_owned()),
        ] {
            assert_eq!(trace_url(template, task), url);
        }
    }

    /// Golden values as well.
    #[test]
    fn ids_of_recorded_transitions_never_change() {
        use std::time::Duration;

        let v7 = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
        let epoch = SystemTime::UNIX_EPOCH;
        let at = epoch + Duration::from_micros(1_764_253_700_123_456);
        let id = |from, to, at| transition_span_id(v7, from, to, at).to_string();
        assert_eq!(
            [
                id("steps_in_process", "error", at),
                id("steps_in_process", "error", epoch),
                id("unknown", "über_state", at),
            ],
            ["55d3d656c7d2bc76", "1d1781e68a0ea136", "48d8d81b5045d98e"]
        );
        // Nanoseconds are cut off, before 1970 too, and no state runs into the other.
        assert_eq!(id("a", "b", at), id("a", "b", at + Duration::from_nanos(999)));
        assert_eq!(
            id("a", "b", epoch - Duration::from_nanos(1)),
            id("a", "b", epoch - Duration::from_micros(1))
        );
        assert_ne!(id("ab", "c", at), id("a", "bc", at));
    }

    /// Golden values: changing one breaks every trace that spans two versions of this crate.
    #[test]
    fn ids_of_version_1_never_change() {
        let v7 = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
        let v4 = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
        let ids = [v7, v4, Uuid::nil(), Uuid::max()].map(|uuid| {
            let attempts = [1, 2].map(|attempt| execution_span_id(uuid, attempt));
            format!(
                "{} {} {} {}",
                trace_id(uuid),
                root_span_id(uuid),
                attempts[0],
                attempts[1]
            )
        });
        assert_eq!(
            ids,
            [
                "2738331656b48bea1ac20e92f2895a40 a0fcd5cec4ee8b63 5cda382ca83d4e9f 1acfd72c6489e649",
                "5c0670e9da052f0495f159955f669012 fdea7fc5b11dc391 db4f7db6e5791589 03335dc0b5ccba65",
                "8178ea016f887e56b3f570244fcd19c5 33fee5632240dff4 d8e15ccb5029dbed 2d9ba10ed29acb22",
                "e2d301e66a396c01789827d57ac15205 60213c12e52696e4 2f6c7a86a4453ad8 f368b21cde60e22d",
            ]
        );
    }
}
