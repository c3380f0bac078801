//! The span of an attempt whose worker died before it could end it.

use std::time::SystemTime;

use crate::fields::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasNamespace, HasStepUuid, HasTaskUuid, SpanFields,
};

/// Records the `step.execution` of an attempt whose worker was lost.
pub fn record_lost_attempt<S>(step: &S, started_at: SystemTime)
where
    S: SpanFields + HasCorrelationId + HasTaskUuid + HasStepUuid + HasHandlerName + HasNamespace + HasAttemptNumber,
{
    let _ = (step, started_at);
    todo!()
}
