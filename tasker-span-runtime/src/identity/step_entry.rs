//! What the identity cache knows of a step: one line of the processor's cache.

use uuid::Uuid;

use super::SpanId;
use super::attempts::Attempts;
use super::decided::Decides;
use super::ids::{fill, present};
use super::intern::Interned;
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

/// Where the latest unsampled execution is in what was decided: above the attempts.
const UNSAMPLED: u32 = Attempts::PACKED_SIZE;
const _: () = assert!(UNSAMPLED + Unsampled::PACKED_SIZE <= u64::BITS);

impl Decides for StepEntry {
    const EMPTY: Self = Self::EMPTY;

    fn decided(&self) -> u64 {
        self.attempts.pack() | self.unsampled.pack() << UNSAMPLED
    }

    fn restored(decided: u64) -> Self {
        Self {
            attempts: Attempts::unpack(decided & ((1 << UNSAMPLED) - 1)),
            unsampled: Unsampled::unpack(decided >> UNSAMPLED),
            ..Self::EMPTY
        }
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
    fn a_decided_entry_is_restored_without_its_ids() {
        let mut step = StepEntry::default();
        step.fill_task_uuid(Some(Uuid::from_u128(1)));
        assert_eq!(step.decided(), 0, "an id decides nothing");
        step.unsampled.start(Some(7));
        step.attempts.claim(2);
        step.unsampled.end(Some(7));
        let mut restored = StepEntry::restored(step.decided());
        let decided = StepEntry {
            attempts: step.attempts,
            unsampled: step.unsampled,
            ..StepEntry::EMPTY
        };
        assert_eq!(restored, decided);
        assert!(restored.unsampled.is_of(Some(7)) && !restored.unsampled.is_of(Some(2)) && !restored.attempts.claim(2));
    }
}
