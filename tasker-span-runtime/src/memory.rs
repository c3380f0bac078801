//! A bounded memory of the identities that this process has seen, for spans that a spawn or a channel cut off from the
//! scope that knew them.
//!
//! Two tables, by task UUID and by step UUID. Each is set-associative: a set holds a few entries in the order of their
//! last use, and the oldest makes room. At most [`TASKS`] tasks and [`STEPS`] steps are remembered, some 10 MB in all when
//! full. A set's lock is held for the copy of one entry.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::SystemTime;

use compact_str::CompactString;
use uuid::Uuid;

use crate::attempts::Attempts;
use crate::identity::SpanId;
use crate::layer;

/// How many tasks are remembered at most.
pub(crate) const TASKS: usize = 4096 * WAYS;
/// How many steps are remembered at most.
pub(crate) const STEPS: usize = 8192 * WAYS;

const WAYS: usize = 4;

/// What is known of a task.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct TaskMemory {
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) parent_correlation_id: Option<Uuid>,
    pub(crate) namespace: Option<CompactString>,
    pub(crate) task_name: Option<CompactString>,
    pub(crate) priority: Option<i64>,
    /// When this process first met the task.
    pub(crate) first_seen: Option<SystemTime>,
    /// A driver or a terminal transition of this process accounts for the root.
    has_root: bool,
    /// A span of the task was exported for its error, although it had been dropped.
    has_kept_error: bool,
    /// A span of the task was kept.
    has_kept_span: bool,
}

impl TaskMemory {
    /// Whether the caller is the one who accounts for the task's root: true once.
    pub(crate) fn claim_root(&mut self) -> bool {
        !std::mem::replace(&mut self.has_root, true)
    }

    /// Notes that the task's root is needed, dropped or not.
    pub(crate) fn note_kept_error(&mut self) {
        self.has_kept_error = true;
    }

    /// Notes a span that is kept. Should the rates change before the task ends, its root is needed all the same.
    pub(crate) fn note_kept_span(&mut self) {
        self.has_kept_span = true;
    }

    pub(crate) fn has_kept_span(&self) -> bool {
        self.has_kept_span
    }

    /// Whether a span was exported that points to the root.
    pub(crate) fn needs_root(&self) -> bool {
        self.has_kept_error || self.has_kept_span
    }

    /// Takes the claim back: the root was not recorded.
    pub(crate) fn release_root(&mut self) {
        self.has_root = false;
    }
}

/// What is known of a step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StepMemory {
    pub(crate) task_uuid: Option<Uuid>,
    pub(crate) correlation_id: Option<Uuid>,
    pub(crate) namespace: Option<CompactString>,
    pub(crate) handler_name: Option<CompactString>,
    /// The span of the attempt that this process executed last.
    pub(crate) execution: Option<SpanId>,
    /// The attempts that this process has executed, or recorded as lost.
    pub(crate) attempts: Attempts,
}

static TASK_TABLE: LazyLock<Table<TaskMemory>> = LazyLock::new(|| Table::new(TASKS));
static STEP_TABLE: LazyLock<Table<StepMemory>> = LazyLock::new(|| Table::new(STEPS));

pub(crate) fn task(task_uuid: Uuid) -> Option<TaskMemory> {
    TASK_TABLE.get(key(task_uuid))
}

pub(crate) fn step(step_uuid: Uuid) -> Option<StepMemory> {
    STEP_TABLE.get(key(step_uuid))
}

/// Changes what is known of the task, and returns what `change` returns.
pub(crate) fn update_task<R>(task_uuid: Uuid, change: impl FnOnce(&mut TaskMemory) -> R) -> R {
    TASK_TABLE.update(key(task_uuid), change)
}

/// Changes what is known of the step, and returns what `change` returns.
pub(crate) fn update_step<R>(step_uuid: Uuid, change: impl FnOnce(&mut StepMemory) -> R) -> R {
    STEP_TABLE.update(key(step_uuid), change)
}

/// The same id is another one to each capture of a test.
fn key(id: Uuid) -> Uuid {
    Uuid::from_u128(id.as_u128() ^ layer::realm())
}

/// A set-associative table of a fixed size; a power of two of sets.
struct Table<V> {
    sets: Box<[Mutex<Set<V>>]>,
}

/// At most [`WAYS`] entries. The keys lie together, so that a search reads one or two lines of the processor's cache, and an
/// entry never moves.
struct Set<V> {
    keys: [Uuid; WAYS],
    /// Places of the entries, the last used first.
    order: [u8; WAYS],
    /// As long as there are entries.
    values: Vec<V>,
}

impl<V> Default for Set<V> {
    fn default() -> Self {
        Self {
            keys: [Uuid::nil(); WAYS],
            order: [0, 1, 2, 3],
            values: Vec::new(),
        }
    }
}

impl<V: Default> Set<V> {
    /// The value of this key, which is now the last used.
    fn get(&mut self, key: Uuid) -> Option<&mut V> {
        let position = self.keys.iter().position(|other| *other == key)?;
        let value = self.values.get_mut(position)?;
        touch(&mut self.order, position);
        Some(value)
    }

    /// The same, in the place of the one that was used longest ago where there is none.
    fn get_or_insert(&mut self, key: Uuid) -> Option<&mut V> {
        let known = self.keys.iter().take(self.values.len()).position(|other| *other == key);
        let position = known.unwrap_or_else(|| {
            let position = match self.values.len() {
                WAYS => usize::from(self.order[WAYS - 1]),
                free => free,
            };
            if let Some(oldest) = self.values.get_mut(position) {
                *oldest = V::default();
            } else {
                self.values.reserve_exact(WAYS - self.values.len());
                self.values.push(V::default());
            }
            self.keys[position] = key;
            position
        });
        touch(&mut self.order, position);
        self.values.get_mut(position)
    }
}

/// Moves the place to the front.
fn touch(order: &mut [u8; WAYS], position: usize) {
    if let Some(index) = order.iter().position(|place| usize::from(*place) == position) {
        order[..=index].rotate_right(1);
    }
}

impl<V: Clone + Default> Table<V> {
    fn new(entries: usize) -> Self {
        Self {
            sets: (0..(entries / WAYS).next_power_of_two())
                .map(|_| Mutex::default())
                .collect(),
        }
    }

    fn get(&self, key: Uuid) -> Option<V> {
        let mut set = self.set(key).lock().unwrap_or_else(PoisonError::into_inner);
        set.get(key).cloned()
    }

    fn update<R>(&self, key: Uuid, change: impl FnOnce(&mut V) -> R) -> R {
        let mut set = self.set(key).lock().unwrap_or_else(PoisonError::into_inner);
        match set.get_or_insert(key) {
            Some(value) => change(value),
            None => change(&mut V::default()),
        }
    }

    fn set(&self, key: Uuid) -> &Mutex<Set<V>> {
        let (high, low) = key.as_u64_pair();
        // Multiplication by the golden ratio spreads sequential ids over the sets.
        let hash = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let index = usize::try_from(hash).unwrap_or_default() & (self.sets.len() - 1);
        &self.sets[index]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_and_forgets_the_least_recently_used() {
        let table = Table::<u32>::new(WAYS);
        let id = Uuid::from_u128;
        for n in 0..4 {
            table.update(id(n), |value| *value = u32::try_from(n).unwrap() + 10);
        }
        assert_eq!(table.get(id(0)), Some(10), "now the most recently used");
        table.update(id(4), |value| *value = 14);
        assert_eq!(table.get(id(1)), None, "the oldest made room");
        assert_eq!(
            [0, 2, 3, 4].map(|n| table.get(id(n))),
            [Some(10), Some(12), Some(13), Some(14)]
        );
    }

    #[test]
    fn stays_within_its_bound() {
        let table = Table::<u32>::new(64);
        for n in 0..100_000 {
            table.update(Uuid::from_u128(n << 64 | n), |value| *value += 1);
        }
        assert!(table.sets.iter().all(|set| set.lock().unwrap().values.len() <= WAYS));
    }

    #[test]
    fn sequential_ids_spread_over_the_sets() {
        let table = Table::<u32>::new(1024 * WAYS);
        for n in 0..1024_u128 {
            table.update(
                Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000 + n),
                |value| *value += 1,
            );
        }
        let used = table
            .sets
            .iter()
            .filter(|set| !set.lock().unwrap().values.is_empty())
            .count();
        assert!(used > 512, "{used} of 1024 sets used");
    }
}
