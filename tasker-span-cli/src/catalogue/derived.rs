//! The derived ids: what each is computed from, with an example.

use std::time::{Duration, SystemTime};

use serde::Serialize;
use tasker_span_runtime::Uuid;
use tasker_span_runtime::identity::{self, Execution};

/// A derived id.
#[derive(Debug, Serialize)]
pub(super) struct Derived {
    /// What the id is of.
    pub(super) of: &'static str,
    pub(super) hash: &'static str,
    /// As a number, whose bytes are the text of eight letters, most significant first.
    pub(super) seed: String,
    pub(super) seed_text: String,
    /// The bytes that are hashed, after each other.
    pub(super) input: &'static str,
    /// The result for the UUID `6f1c2a34-9b1d-4c7e-8f00-112233445566` and the values that `example_of` names.
    pub(super) example_of: &'static str,
    pub(super) example: String,
}

const EXAMPLE: Uuid = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);

pub(super) fn derived() -> [Derived; 6] {
    let at = SystemTime::UNIX_EPOCH + Duration::from_micros(1_700_000_000_123_456);
    let transition = identity::transition_span_id(EXAMPLE, "steps_in_process", "error", at);
    let later = Execution::new(1).generation(1).span_id(EXAMPLE);
    [
        row(
            "the trace of a task",
            "XXH3-128",
            identity::TRACE_SEED,
            "task_uuid: 16 bytes",
            ("the UUID", identity::trace_id(EXAMPLE).to_string()),
        ),
        row(
            "task.orchestration, the root",
            "XXH3-64",
            identity::ROOT_SEED,
            "task_uuid: 16 bytes",
            ("the UUID", identity::root_span_id(EXAMPLE).to_string()),
        ),
        row(
            "step.execution in generation 0 and continuation 1",
            "XXH3-64",
            identity::EXECUTION_SEED,
            "step_uuid: 16 bytes; attempt_number: 4 bytes, big-endian",
            (
                "the UUID, attempt 1",
                identity::execution_span_id(EXAMPLE, 1).to_string(),
            ),
        ),
        row(
            "step.execution in another generation or continuation",
            "XXH3-64",
            identity::LATER_EXECUTION_SEED,
            "step_uuid: 16 bytes; attempt_number, generation, continuation: 4 bytes each, big-endian",
            ("the UUID, attempt 1, generation 1, continuation 1", later.to_string()),
        ),
        row(
            "task.state_transition that no code ran",
            "XXH3-64",
            identity::TRANSITION_SEED,
            "task_uuid: 16 bytes; from_state, 0, to_state, 0: UTF-8 and a zero byte each; microseconds since 1970: 8 bytes, \
             signed, big-endian",
            (
                "the UUID, steps_in_process, error, 1700000000123456",
                transition.to_string(),
            ),
        ),
        row(
            "the randomness of a step for sampling, of which the last 56 bits count",
            "XXH3-64",
            identity::SAMPLING_SEED,
            "step_uuid: 16 bytes",
            ("the UUID", format!("{:014x}", identity::step_randomness(EXAMPLE))),
        ),
    ]
}

fn row(
    of: &'static str,
    hash: &'static str,
    seed: u64,
    input: &'static str,
    (example_of, example): (&'static str, String),
) -> Derived {
    Derived {
        of,
        hash,
        seed: format!("{seed:#018x}"),
        seed_text: String::from_utf8_lossy(&seed.to_be_bytes()).into_owned(),
        input,
        example_of,
        example,
    }
}
