//! `record_lost_attempt`: records the span of an attempt whose worker died.

use std::panic::Location;
use std::time::SystemTime;

use super::conflict::{self, Known};
use super::inherit::fill_step;
use super::reported::Reported;
use super::settings::Settings;
use super::{claim, decide, measure, previous, started_at, violation};
use crate::catalogue::Attribute;
use crate::catalogue::attributes::{Attributes, fill, name};
use crate::identity;
use crate::identity::cache::{self, StepEntry};
use crate::identity::intern::Interned;
use crate::outcome::caught;
use crate::record::{End, Extra, LostWorker, Source, SpanRecord, Time};
use crate::sampled_by::SampledBy;
use crate::sampling::SampleReason;
use crate::stats;
use crate::subject::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasNamespace, HasStepUuid, HasTaskUuid, SpanFields,
};

/// Records the `step.execution` of an attempt whose worker was lost: killed, out of memory, cut off with its machine.
///
/// A span is exported when it ends. A worker that dies never exports the span of its attempt, so exported child spans lack
/// their parent. The process that finds the step in progress records the lost attempt: from `started_at` until now, as an
/// error of the type `worker_lost`, under the same derived id. It is the worker that takes the step over, or the process that
/// fails the step for good, such as after the crash of a host behind FFI.
///
/// ```
/// use std::time::SystemTime;
/// use tasker_span_runtime::{SpanFields, Uuid, record_lost_attempt};
///
/// #[derive(SpanFields)]
/// struct Step {
///     task_uuid: Uuid,
///     step_uuid: Uuid,
///     correlation_id: Uuid,
///     namespace: String,
///     handler_name: String,
///     attempt_number: u32,
/// }
///
/// /// `claimed_at` is when the attempt's worker took the step.
/// fn take_over(step: &mut Step, claimed_at: SystemTime) {
///     record_lost_attempt(step, claimed_at);
///     step.attempt_number += 1;
/// }
///
/// /// No other attempt follows.
/// fn fail_for_good(step: &Step, claimed_at: SystemTime) {
///     record_lost_attempt(step, claimed_at);
///     // … the step is moved to `error`: a child of the lost attempt.
/// }
/// ```
///
/// The span's resource is that of the process that records it, which has lost nothing. If the program knows the worker that
/// was lost, [`LostAttempt`](crate::LostAttempt) names it.
///
/// The subject has the number of the lost attempt, and its `generation` and `continuation` if there are any. The span id follows
/// from them and from the ids of the step: without an id or the attempt it is counted as a missing attribute and not recorded.
/// An execution that this process has recorded is not recorded again.
#[track_caller]
pub fn record_lost_attempt<S>(step: &S, started_at: SystemTime)
where
    S: SpanFields + ?Sized,
    S::Source: HasCorrelationId + HasTaskUuid + HasStepUuid + HasHandlerName + HasNamespace + HasAttemptNumber,
{
    record_of(step, started_at, None, Location::caller());
}

/// The same, of a worker that may be known.
pub(super) fn record_of<S>(step: &S, started_at: SystemTime, worker: Option<String>, caller: &Location<'_>)
where
    S: SpanFields + ?Sized,
    S::Source: HasCorrelationId + HasTaskUuid + HasStepUuid + HasHandlerName + HasNamespace + HasAttemptNumber,
{
    if let Some(step) = caught(|| step.span_source()).flatten() {
        let fields = caught(|| step.step_fields()).unwrap_or_default();
        let attributes = Attributes {
            correlation_id: caught(|| step.correlation_id()).flatten(),
            task_uuid: caught(|| step.task_uuid()).flatten(),
            step_uuid: caught(|| step.step_uuid()).flatten(),
            handler_name: caught(|| step.handler_name()).flatten().map(name),
            namespace: caught(|| step.namespace()).flatten().map(name),
            attempt_number: caught(|| step.attempt_number()).flatten(),
            step_name: fields.step_name.map(name),
            max_attempts: fields.max_attempts,
            generation: fields.generation,
            continuation: fields.continuation,
            ..Attributes::default()
        };
        record(attributes, started_at, worker, caller);
    }
}

const NAME: &str = "step.execution";

fn record(mut attributes: Attributes, started_at: SystemTime, worker: Option<String>, caller: &Location<'_>) {
    let Some(settings) = Settings::current() else { return };
    stats::NIL_UUIDS.add(attributes.remove_empty());
    let out_of_range = attributes.false_numbers().count();
    if out_of_range > 0 {
        stats::ATTEMPTS_OUT_OF_RANGE.add(out_of_range as u64);
        return;
    }
    let (Some(task_uuid), Some(step_uuid), Some(execution)) =
        (attributes.task_uuid, attributes.step_uuid, attributes.execution())
    else {
        stats::MISSING_ATTRIBUTES.add_one();
        return;
    };
    let span_id = execution.span_id(step_uuid);
    let (entry, number) = execution.slot(step_uuid);
    let is_latest = !claim::has_later(execution, step_uuid, settings.realm);
    let take = |step: &mut StepEntry| {
        let is_lost = !step.unsampled.is_of(Some(number)) && step.attempts.claim(number);
        if is_lost && is_latest {
            step.execution = Some(span_id);
        }
        is_lost
    };
    let apart = (entry != step_uuid).then(|| {
        claim::mark(execution, step_uuid, settings.realm);
        cache::update_step(settings.realm, entry, take)
    });
    let (is_lost, latest, conflicts) = cache::update_step(settings.realm, step_uuid, |step| {
        let conflicts = fill_step(step, &attributes);
        let latest = step.execution;
        fill(&mut attributes.correlation_id, step.correlation_id().as_ref());
        fill(&mut attributes.namespace, step.namespace.map(Interned::text).as_ref());
        fill(
            &mut attributes.handler_name,
            step.handler_name.map(Interned::text).as_ref(),
        );
        fill(&mut attributes.step_name, step.step_name.map(Interned::text).as_ref());
        let is_lost = apart.unwrap_or_else(|| take(step));
        if is_lost && is_latest {
            // The step's spans that do not know their attempt are children of this one, until another one starts if ever.
            step.execution = Some(span_id);
        }
        // Its successor may have begun already, which is not the one before it.
        (is_lost, latest.filter(|_| is_latest), conflicts)
    });
    let of_task = cache::task(settings.realm, task_uuid).and_then(|task| task.correlation_id());
    let differs = of_task.is_some() && attributes.correlation_id.is_some() && of_task != attributes.correlation_id;
    let conflicts = conflicts | conflict::differ(Attribute::CorrelationId, differs);
    let decision = decide::of_lost_attempt(&settings, task_uuid, step_uuid, &attributes);
    let ended_at = SystemTime::now();
    if is_lost {
        let began = started_at::believed(started_at).unwrap_or(ended_at);
        measure::lost_attempt(&attributes, [began, ended_at]);
    }
    if !is_lost || !decision.is_sampled && !decision.keep_errors {
        return;
    }
    if !decision.is_sampled {
        const BY: SampledBy = SampledBy::Error;
        stats::count_sampled_by(BY);
        decision
            .namespace
            .into_iter()
            .for_each(|namespace| namespace.count_sampled_by(BY));
        cache::update_task(settings.realm, task_uuid, |task| task.note_sampled_by(BY));
    }
    stats::LOST_ATTEMPTS.add_one();
    let conflicts = Known::without_enclosing(&attributes, settings.realm).contradictions(NAME, &attributes, conflicts);
    let mut reported = Reported::new(&settings, NAME, conflicts);
    reported.note_missing(&attributes);
    let started_at = reported.time("a started_at", started_at, ended_at);
    let trace_id = identity::trace_id(task_uuid);
    let previous = previous::of_lost(&attributes, trace_id, latest, settings.realm);
    let stopped_by = reported.record(SpanRecord {
        source: Source::LostAttempt,
        names: settings.names,
        attributes,
        trace_id,
        span_id,
        parent_id: Some(identity::root_span_id(task_uuid)),
        parent_is_remote: true,
        started: Time::from(started_at.min(ended_at)),
        ended: Time::from(ended_at),
        end: End::Returned,
        reason: if decision.is_sampled {
            SampleReason::at_start(decision.decision)
        } else {
            SampleReason::AtEnd(SampledBy::Error)
        },
        extra: (previous.is_some() || worker.is_some()).then(|| {
            Box::new(Extra {
                links: previous.into_iter().collect(),
                lost_worker: worker.map(LostWorker::new),
                ..Extra::default()
            })
        }),
    });
    if let Some(violations) = stopped_by {
        violation::stop(&format!("{violations} ({NAME} at {caller})"));
    }
}
