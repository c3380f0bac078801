//! The numbers, times and names that a program hands to its spans: attempts, starts, durations and namespaces of any size, and
//! their way through a message.

#![no_main]

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use tasker_span_fuzz::assert_trace_context;
use tasker_span_runtime::identity::{Execution, trace_id};
use tasker_span_runtime::testing::{Capture, TreeText};
use tasker_span_runtime::{
    SpanFields, TraceContext, Uuid, record_lost_attempt, record_transition, step_scope, task_scope,
};

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    task: u128,
    step: u128,
    namespace: &'a str,
    handler: &'a str,
    attempt: i64,
    generation: i64,
    continuation: i64,
    max_attempts: u64,
    priority: i64,
    began: Time,
    at: Time,
    from: &'a str,
    to: &'a str,
    own: f64,
}

/// Of each size, before and after now and 1970.
#[derive(Clone, Copy, Debug, Arbitrary)]
enum Time {
    Ago(u64),
    Ahead(u64),
    Unix(u64, u32),
    Before1970(u64),
}

#[derive(SpanFields)]
struct Task<'a> {
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: &'a str,
    priority: i64,
    #[span(started_at)]
    started_at: SystemTime,
}

#[derive(SpanFields)]
struct Step<'a> {
    task_uuid: Uuid,
    step_uuid: Uuid,
    correlation_id: Uuid,
    namespace: &'a str,
    handler_name: &'a str,
    attempt_number: i64,
    generation: i64,
    continuation: i64,
    max_attempts: u64,
}

/// The longest that a start is believed to be ago, and the minute that clocks may differ by.
const LONGEST: Duration = Duration::from_secs(3_653 * 24 * 3_600 + 120);

fuzz_target!(|input: Input<'_>| {
    let capture = Capture::start();
    let task = Task {
        task_uuid: Uuid::from_u128(input.task),
        correlation_id: Uuid::from_u128(7),
        namespace: input.namespace,
        priority: input.priority,
        started_at: input.began.system(),
    };
    let mut step = Step {
        task_uuid: task.task_uuid,
        step_uuid: Uuid::from_u128(input.step),
        correlation_id: task.correlation_id,
        namespace: input.namespace,
        handler_name: input.handler,
        attempt_number: input.attempt,
        generation: input.generation,
        continuation: input.continuation,
        max_attempts: input.max_attempts,
    };
    task_scope!("task.orchestration", task = &task, fields(own = input.own)).in_scope(|| {
        record_lost_attempt(&step, input.at.system());
        step.attempt_number = step.attempt_number.wrapping_add(1);
        step_scope!("step.execution", step = &step).in_scope(|| assert_sent(&task));
    });
    record_transition(&task, input.from, input.to, input.at.system());
    assert_captured(&capture, &step);
});

/// What a message of this span tells a process that knows nothing.
fn assert_sent(task: &Task<'_>) {
    let context = TraceContext::current();
    assert_trace_context(&context);
    let mut headers = HashMap::new();
    context.inject(&mut headers);
    assert_eq!(TraceContext::extract(&headers), context);
    if !task.task_uuid.is_nil() {
        assert_eq!(context.trace_id(), Some(trace_id(task.task_uuid)));
    }
}

fn assert_captured(capture: &Capture, step: &Step<'_>) {
    let spans = capture.spans();
    // A recorded transition keeps a time that clocks of machines may differ by.
    let latest = SystemTime::now() + Duration::from_secs(61);
    for span in spans.iter() {
        assert!(span.end() >= span.start(), "{span:?}");
        assert!(span.start() <= latest, "{span:?}");
        assert!(
            latest.duration_since(span.start()).is_ok_and(|ago| ago < LONGEST),
            "{span:?}"
        );
    }
    let numbers = [step.attempt_number, step.generation, step.continuation].map(|number| u32::try_from(number).ok());
    let is_id = !step.step_uuid.is_nil() && !step.task_uuid.is_nil();
    if let (
        [
            Some(attempt @ 1..=1_000_000),
            Some(generation),
            Some(continuation @ 1..=1_000_000),
        ],
        true,
    ) = (numbers, is_id)
    {
        let execution = Execution::new(attempt)
            .generation(generation)
            .continuation(continuation);
        let id = execution.span_id(step.step_uuid);
        assert_eq!(spans.iter().filter(|span| span.span_id() == id).count(), 1);
    }
    TreeText::new(&spans)
        .render()
        .lines()
        .for_each(tasker_span_fuzz::assert_line);
    for problem in spans.check_complete() {
        problem.to_string().lines().for_each(tasker_span_fuzz::assert_line);
    }
}

impl Time {
    /// The nearest that the system can hold.
    fn system(self) -> SystemTime {
        let now = SystemTime::now();
        let time = match self {
            Self::Ago(nanos) => now.checked_sub(Duration::from_nanos(nanos)),
            Self::Ahead(nanos) => now.checked_add(Duration::from_nanos(nanos)),
            Self::Unix(seconds, nanos) => SystemTime::UNIX_EPOCH
                .checked_add(Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos.into()))),
            Self::Before1970(seconds) => SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(seconds)),
        };
        time.unwrap_or(now)
    }
}
