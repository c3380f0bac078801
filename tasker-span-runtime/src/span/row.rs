//! `record_transition`: records a transition that no code ran, such as one of a row that the database changed.

use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::conflict::Known;
use super::inherit::fill_task;
use super::reported::Reported;
use super::settings::Settings;
use super::{decide, measure, moment, root, started_at as start, violation};
use crate::catalogue::attributes::{Attributes, Text, fill, name};
use crate::catalogue::place::UNKNOWN;
use crate::clock;
use crate::identity::intern::{Interned, intern};
use crate::identity::{self, cache};
use crate::outcome::caught;
use crate::record::{End, Source, SpanRecord, Time};
use crate::sampling::SampleReason;
use crate::stats;
use crate::subject::state::AsState;
use crate::subject::{HasTaskFields, HasTaskUuid, SpanFields};

/// Records the `task.state_transition` of a task that no code of this program moved: a function in the database did, or an
/// operator by SQL. Where the transition ends the task, its root, `task.orchestration`, is emitted as well.
///
/// ```
/// use std::time::SystemTime;
/// use tasker_span_runtime::{SpanFields, Uuid, record_transition};
///
/// /// A row that `detect_stale_tasks()` returns, after it has moved the task.
/// #[derive(SpanFields)]
/// struct StaleTask {
///     task_uuid: Uuid,
///     #[span(namespace)]
///     namespace_name: String,
///     task_name: String,
///     current_state: String,
///     minutes: i32,
/// }
///
/// fn report(stale: &[StaleTask], at: SystemTime) {
///     for task in stale {
///         record_transition(task, &task.current_state, "error", at);
///     }
/// }
/// ```
///
/// - **Subject:** it supplies the `task_uuid`. What else it lacks is looked up in the identity cache, where the task's spans and
///   [`TraceContext::insert_identity`](crate::TraceContext::insert_identity) have put it. A required attribute without a value
///   is a violation. Without a `task_uuid` the transition is counted as a missing attribute and not recorded.
/// - **States:** as `from = …` and `to = …` of the macros. A `from` that is `None` is `unknown`.
/// - **Time:** the span starts at `at` and lasts a nanosecond. The root ends with it, and starts at the `started_at` of the subject or of the
///   task's other spans, or else when this process first saw the task. A time of more than ten years ago, or more than a
///   minute ahead, is a violation, and is now.
/// - **Once:** the span id is [derived](identity::transition_span_id) from the task, both states and `at`. A process records a
///   transition once. Several processes that record the same row write the same two ids, provided that `at` is the row's own
///   time and not the time of reading it.
///
/// Work that waits for the transition finds it, as it finds a transition of this process.
#[expect(
    clippy::needless_pass_by_value,
    reason = "states are `&str`, enums or `Option`s, as in the macros' arguments"
)]
#[track_caller]
pub fn record_transition<S, From, To, FromKind, ToKind>(task: &S, from: From, to: To, at: SystemTime)
where
    S: SpanFields + ?Sized,
    S::Source: HasTaskFields,
    From: AsState<FromKind>,
    To: AsState<ToKind>,
{
    let caller = Location::caller();
    let Some(settings) = Settings::current() else { return };
    if let Some(task) = caught(|| task.span_source()).flatten() {
        let fields = caught(|| task.task_fields()).unwrap_or_default();
        let attributes = Attributes {
            task_uuid: caught(|| task.task_uuid()).flatten(),
            correlation_id: fields.correlation_id,
            parent_correlation_id: fields.parent_correlation_id,
            namespace: fields.namespace.map(name),
            task_name: fields.task_name.map(name),
            priority: fields.priority,
            from_state: Some(state(&from)),
            to_state: Some(state(&to)),
            ..Attributes::default()
        };
        if let Some(violations) = record(&settings, attributes, fields.started_at, at) {
            violation::stop(&format!("{violations} ({NAME} at {caller})"));
        }
    }
}

fn state<Kind>(state: &impl AsState<Kind>) -> Text {
    caught(|| state.as_state()).unwrap_or_else(|| intern(UNKNOWN))
}

/// How long it lasts: Jaeger takes a span without a duration for one that ends before it starts.
const MOMENT: Duration = Duration::from_nanos(1);

const NAME: &str = "task.state_transition";

/// Returns the violations that stop a test in strict mode.
fn record(
    settings: &Arc<Settings>,
    mut attributes: Attributes,
    started_at: Option<SystemTime>,
    at: SystemTime,
) -> Option<String> {
    stats::NIL_UUIDS.add(attributes.remove_empty());
    let Some(task_uuid) = attributes.task_uuid else {
        stats::MISSING_ATTRIBUTES.add_one();
        return None;
    };
    let [from, to] = [&attributes.from_state, &attributes.to_state].map(|state| state.as_deref().unwrap_or(UNKNOWN));
    let span_id = identity::transition_span_id(task_uuid, from, to, at);
    if !cache::claim_transition(settings.realm, task_uuid, span_id) {
        return None;
    }
    let sampling = decide::of_recorded_transition(settings, task_uuid, &attributes);
    let now = SystemTime::now();
    let is_start = |started_at: &SystemTime| start::believed(*started_at).is_some();
    let conflicts = cache::update_task(settings.realm, task_uuid, |task| {
        let conflicts = fill_task(task, &attributes, true, clock::now());
        if let Some(started_at) = started_at.filter(is_start) {
            task.note_started_at(started_at);
        }
        if sampling.is_sampled {
            task.note_exported_span();
        }
        fill(&mut attributes.correlation_id, task.correlation_id().as_ref());
        fill(&mut attributes.namespace, task.namespace.map(Interned::text).as_ref());
        conflicts
    });
    let conflicts = Known::without_enclosing(&attributes, settings.realm).contradictions(NAME, &attributes, conflicts);
    let mut reported = Reported::new(settings, NAME, conflicts);
    let at = reported.time("a time", at, now);
    if let Some(started_at) = started_at.filter(|time| !is_start(time)) {
        reported.time("a started_at", started_at, now);
    }
    if let Some(open_work) = &settings.open_work {
        open_work.note_recorded(task_uuid, &attributes);
    }
    let root = root::due_at(
        settings,
        &attributes,
        &sampling,
        started_at.filter(is_start),
        [at, at + MOMENT],
    );
    let moment = [at, at + MOMENT].map(Time::from);
    measure::transition(settings.realm, &attributes, started_at.filter(is_start), moment);
    let mut stopped_by = None;
    if sampling.is_sampled {
        reported.note_missing(&attributes);
        stats::TRANSITIONS_RECORDED.add_one();
        moment::note_recorded(settings, task_uuid, &attributes, span_id, at);
        stopped_by = reported.record(SpanRecord {
            source: Source::RecordedTransition,
            names: settings.names,
            attributes,
            trace_id: identity::trace_id(task_uuid),
            span_id,
            parent_id: Some(identity::root_span_id(task_uuid)),
            parent_is_remote: true,
            started: Time::from(at),
            ended: Time::from(at + MOMENT),
            end: End::Returned,
            reason: SampleReason::at_start(sampling.decision),
            extra: None,
        });
    }
    if let Some(root) = root {
        root.emit();
    }
    stopped_by
}
