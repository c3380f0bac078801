//! The identity cache: the ids that this process has seen, for spans that a spawn or a channel cut
//! off from the span that knew them, and what it has decided about them.

use uuid::Uuid;

use super::SpanId;
use super::key::Key;
pub(crate) use super::step_entry::StepEntry;
use super::table::Table;
pub(crate) use super::task_entry::TaskEntry;
pub(crate) use super::transitions::Transition;

/// Their indexes fit into the processor's cache together: as many again take a third more of a step's time.
static TASKS: Table<TaskEntry, 32, 256, 2048> = Table::new();
static STEPS: Table<StepEntry, 32, 256, 2048> = Table::new();
static TRANSITIONS: Table<Option<Transition>, 16, 32, 256> = Table::new();
/// Transitions that no code ran, and that were recorded.
static RECORDED: Table<bool, 32, 128, 1024> = Table::new();

/// Looks the task up.
#[inline]
pub(crate) fn task(realm: u128, task_uuid: Uuid) -> Option<TaskEntry> {
    TASKS.get(Key::new(realm, task_uuid))
}

/// Looks the step up.
#[inline]
pub(crate) fn step(realm: u128, step_uuid: Uuid) -> Option<StepEntry> {
    STEPS.get(Key::new(realm, step_uuid))
}

/// Inserts the task if it is not there, and changes what is known of it.
#[inline]
pub(crate) fn update_task<R>(realm: u128, task_uuid: Uuid, change: impl FnOnce(&mut TaskEntry) -> R) -> R {
    TASKS.update(Key::new(realm, task_uuid), change)
}

/// Inserts the step if it is not there, and changes what is known of it.
#[inline]
pub(crate) fn update_step<R>(realm: u128, step_uuid: Uuid, change: impl FnOnce(&mut StepEntry) -> R) -> R {
    STEPS.update(Key::new(realm, step_uuid), change)
}

/// Has the processor fetch what is looked at for this task and step.
#[inline]
pub(crate) fn fetch(realm: u128, task_uuid: Option<Uuid>, step_uuid: Option<Uuid>) {
    if let Some(task_uuid) = task_uuid {
        TASKS.fetch(Key::new(realm, task_uuid));
    }
    if let Some(step_uuid) = step_uuid {
        STEPS.fetch(Key::new(realm, step_uuid));
    }
}

/// The task's latest transition in this process.
pub(crate) fn transition(realm: u128, task_uuid: Uuid) -> Option<Transition> {
    TRANSITIONS.get(Key::new(realm, task_uuid)).flatten()
}

/// Notes the task's latest transition.
pub(crate) fn note_transition(realm: u128, task_uuid: Uuid, transition: Transition) {
    TRANSITIONS.update(Key::new(realm, task_uuid), |known| *known = Some(transition));
}

/// Claims the id of a transition that no code ran: true once in this process, as far as there is room.
pub(crate) fn claim_transition(realm: u128, task_uuid: Uuid, span_id: SpanId) -> bool {
    let id = Key::new(realm, task_uuid).id ^ u128::from(span_id.to_u64());
    RECORDED.update(Key::of(id), |is_recorded| !std::mem::replace(is_recorded, true))
}

/// How many tasks, steps and recorded transitions gave way whose ids were claimed.
pub(crate) fn claims_evicted() -> u64 {
    TASKS.evicted() + STEPS.evicted() + TRANSITIONS.evicted() + RECORDED.evicted()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_realm_has_its_own_entries() {
        let id = Uuid::from_u128(0xcafe);
        assert!(update_task(1, id, TaskEntry::claim_root) && !update_task(1, id, TaskEntry::claim_root));
        assert!(update_task(2, id, TaskEntry::claim_root));
        assert_eq!(step(1, id), None);
    }

    #[test]
    fn an_entry_is_of_the_size_of_a_line_of_the_processors_cache() {
        assert_eq!((size_of::<TaskEntry>(), size_of::<StepEntry>()), (64, 64));
    }

    #[test]
    fn a_recorded_transition_is_claimed_once() {
        let [first, second] = [1, 2].map(|id| SpanId::from_u64(id).unwrap());
        let claim = |span_id| claim_transition(7, Uuid::from_u128(0xc1a1), span_id);
        assert_eq!([claim(first), claim(second), claim(first)], [true, true, false]);
    }
}
