//! What the identity cache knows of a step: one line of the processor's cache.

use uuid::Uuid;

use super::SpanId;
use super::attempts::Attempts;
use super::ids::{fill, present};
use super::intern::Interned;
use super::table::Known;
use super::unsampled::Unsampled;

/// What is known of a step.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct StepEntry {
    task_uuid: Uuid,
    correlation_id: Uuid,
    pub(crate) namespace: Option<Interned>,
    pub(crate) handler_name: Option<Interned>,
    pub(crate) step_name: Option<Interned>,
    /// The span of the attempt that this process executed last.
    pub(crate) execution: Option<SpanId>,
    /// The attempts whose ids are assigned.
    pub(crate) attempts: Attempts,
    pub(crate) unsampled: Unsampled,
}

impl Known for StepEntry {
    const NOTHING: Self = Self::EMPTY;

    fn decides(&self) -> bool {
        self.attempts != Attempts::NONE || self.unsampled != Unsampled::NONE
    }
}

impl StepEntry {
    pub(super) const EMPTY: Self = Self {
        task_uuid: Uuid::nil(),
        correlation_id: Uuid::nil(),
        namespace: None,
        handler_name: None,
        step_name: None,
        execution: None,
        attempts: Attempts::NONE,
        unsampled: Unsampled::NONE,
    };

    pub(crate) fn task_uuid(&self) -> Option<Uuid> {
        present(self.task_uuid)
    }

    pub(crate) fn fill_task_uuid(&mut self, id: Option<Uuid>) -> bool {
        fill(&mut self.task_uuid, id)
    }

    pub(crate) fn correlation_id(&self) -> Option<Uuid> {
        present(self.correlation_id)
    }

    pub(crate) fn fill_correlation_id(&mut self, id: Option<Uuid>) -> bool {
        fill(&mut self.correlation_id, id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_alone_decides_nothing() {
        let mut step = StepEntry::EMPTY;
        step.fill_task_uuid(Some(Uuid::from_u128(1)));
        assert!(!step.decides());
        let (mut claimed, mut unsampled) = (step, step);
        claimed.attempts.claim(2);
        unsampled.unsampled.start(Some(7));
        assert!(claimed.decides() && unsampled.decides());
    }
}
