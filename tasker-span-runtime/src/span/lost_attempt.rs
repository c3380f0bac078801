//! `LostAttempt`: what a program knows of an attempt whose worker was lost. `lost` records it.

use std::panic::Location;
use std::time::SystemTime;

use super::lost;
use crate::outcome::bounded;
use crate::subject::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasNamespace, HasStepUuid, HasTaskUuid, SpanFields,
};

/// An attempt whose worker was lost, and is known: [`record_lost_attempt`](crate::record_lost_attempt) with the worker's name.
///
/// ```
/// use std::time::SystemTime;
/// use tasker_span_runtime::{LostAttempt, SpanFields, Uuid};
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
/// /// The step as the lost worker has claimed it.
/// fn take_over(step: &Step, claimed_at: SystemTime, claimed_by: &str) {
///     LostAttempt::since(claimed_at).worker(claimed_by).record(step);
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "`record` records it"]
pub struct LostAttempt {
    started_at: SystemTime,
    worker: Option<String>,
}

impl LostAttempt {
    /// An attempt that its worker began at this time.
    pub fn since(started_at: SystemTime) -> Self {
        Self {
            started_at,
            worker: None,
        }
    }

    /// The worker that was lost, as its claim of the step names it: `tasker.worker.id` of the span. Best the
    /// `service.instance.id` of its resource. A blank name is none, and a long one is cut.
    pub fn worker(mut self, worker: impl AsRef<str>) -> Self {
        let worker = worker.as_ref().trim();
        self.worker = (!worker.is_empty()).then(|| bounded(&worker));
        self
    }

    /// Records the attempt of the step, as [`record_lost_attempt`](crate::record_lost_attempt) does.
    #[track_caller]
    pub fn record<S>(self, step: &S)
    where
        S: SpanFields + ?Sized,
        S::Source: HasCorrelationId + HasTaskUuid + HasStepUuid + HasHandlerName + HasNamespace + HasAttemptNumber,
    {
        lost::record_of(step, self.started_at, self.worker, Location::caller());
    }
}
