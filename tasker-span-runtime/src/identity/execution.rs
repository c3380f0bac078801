//! `Execution`: which execution of a step a span is about, and the derived id that follows from it.

use std::ops::RangeInclusive;

use uuid::Uuid;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_seed};

use super::secret::secret;
use super::{EXECUTION_SEED, LATER_EXECUTION_SEED, SpanId, attempts};

/// One execution of a step: its attempt, the generation of the attempt, and the continuation of it.
///
/// A reset sets the attempts of a step back to 0. The **generation** says how often that was done, so that attempt 1 has
/// another id each time. A step that yields at a checkpoint is executed again under the same attempt. The **continuation** says
/// which execution of the attempt it is. Most steps have neither: they are in generation 0, and each attempt is its
/// continuation 1.
///
/// ```
/// use tasker_span_runtime::Uuid;
/// use tasker_span_runtime::identity::{Execution, execution_span_id};
///
/// let step = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
/// let first = Execution::new(1);
/// assert_eq!(first.span_id(step), execution_span_id(step, 1));
/// assert_eq!(first.generation(0).continuation(1), first);
///
/// let after_reset = first.generation(1);
/// let after_checkpoint = first.continuation(2);
/// assert_ne!(after_reset.span_id(step), first.span_id(step));
/// assert_ne!(after_checkpoint.span_id(step), first.span_id(step));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Execution {
    attempt: u32,
    generation: u32,
    continuation: u32,
}

impl Execution {
    /// The attempt of this number, of which the first is 1.
    ///
    /// ```
    /// use tasker_span_runtime::{Uuid, identity};
    ///
    /// let id = identity::Execution::new(3).span_id(Uuid::max());
    /// assert_eq!(id, identity::execution_span_id(Uuid::max(), 3));
    /// ```
    #[must_use]
    pub const fn new(attempt: u32) -> Self {
        Self {
            attempt,
            generation: 0,
            continuation: 1,
        }
    }

    /// The same attempt after so many resets of the step.
    ///
    /// ```
    /// use tasker_span_runtime::identity::Execution;
    ///
    /// assert_ne!(Execution::new(1).generation(1), Execution::new(1));
    /// ```
    #[must_use]
    pub const fn generation(self, generation: u32) -> Self {
        Self { generation, ..self }
    }

    /// An execution of the same attempt. The first is 1, and the one after the first checkpoint is 2.
    ///
    /// ```
    /// use tasker_span_runtime::identity::Execution;
    ///
    /// assert_ne!(Execution::new(1).continuation(2), Execution::new(1));
    /// ```
    #[must_use]
    pub const fn continuation(self, continuation: u32) -> Self {
        Self { continuation, ..self }
    }

    /// The span id of its `step.execution`.
    ///
    /// ```
    /// use tasker_span_runtime::{Uuid, identity::Execution};
    ///
    /// let step = Uuid::from_u128(0x6f1c_2a34_9b1d_4c7e_8f00_1122_3344_5566);
    /// assert_eq!(Execution::new(1).generation(1).span_id(step).to_string(), "04789dcd6b4fd42b");
    /// ```
    pub fn span_id(self, step_uuid: Uuid) -> SpanId {
        let input = self.input(step_uuid);
        SpanId::of_hash(if self.is_plain() {
            xxh3_64_with_seed(&input[..20], EXECUTION_SEED)
        } else {
            xxh3_64_with_seed(&input, LATER_EXECUTION_SEED)
        })
    }

    /// The bytes that are hashed. Those of a plain attempt end after its number.
    fn input(self, step_uuid: Uuid) -> [u8; 28] {
        let mut input = [0; 28];
        input[..16].copy_from_slice(step_uuid.as_bytes());
        input[16..20].copy_from_slice(&self.attempt.to_be_bytes());
        input[20..24].copy_from_slice(&self.generation.to_be_bytes());
        input[24..].copy_from_slice(&self.continuation.to_be_bytes());
        input
    }

    /// Whether it is an attempt without a reset and a checkpoint before it.
    #[inline]
    fn is_plain(self) -> bool {
        self.generation == 0 && self.continuation == 1
    }

    /// The numbers that can be true.
    pub(crate) const ATTEMPTS: RangeInclusive<i64> = 1..=attempts::MAX_ATTEMPT as i64;
    pub(crate) const GENERATIONS: RangeInclusive<i64> = 0..=u32::MAX as i64;
    pub(crate) const CONTINUATIONS: RangeInclusive<i64> = Self::ATTEMPTS;

    /// The execution of these attributes. `None` if there is no attempt, or if one of the numbers cannot be true.
    #[inline]
    pub(crate) fn of(attempt: Option<i64>, generation: Option<i64>, continuation: Option<i64>) -> Option<Self> {
        Some(Self {
            attempt: attempts::number(attempt)?,
            generation: generation.map_or(Some(0), |generation| u32::try_from(generation).ok())?,
            continuation: continuation.map_or(Some(1), |continuation| attempts::number(Some(continuation)))?,
        })
    }

    /// Where the identity cache has the execution: an entry, and a number in it. Plain attempts are in the entry of their step.
    /// The attempts of each later generation share an entry, and so do the later continuations of an attempt.
    #[inline]
    pub(crate) fn slot(self, step_uuid: Uuid) -> (Uuid, u32) {
        if self.is_plain() {
            (step_uuid, self.attempt)
        } else {
            self.slot_apart(step_uuid)
        }
    }

    #[cold]
    fn slot_apart(self, step_uuid: Uuid) -> (Uuid, u32) {
        let (shared, number) = if self.continuation > 1 {
            let first = self.continuation(0);
            (first, self.continuation)
        } else {
            (Self { attempt: 0, ..self }, self.attempt)
        };
        (shared.entry(step_uuid), number)
    }

    /// An entry that several executions of the step share: its numbers are those of no execution.
    fn entry(self, step_uuid: Uuid) -> Uuid {
        // No id can be chosen that is taken for another.
        let [seed, _] = secret();
        Uuid::from_u128(xxh3_128_with_seed(&self.input(step_uuid), seed))
    }

    /// Where the identity cache has the step's later generations.
    fn generations(step_uuid: Uuid) -> Uuid {
        Self::new(0).continuation(2).entry(step_uuid)
    }

    /// Where it has the attempts of this generation that were continued.
    fn continued_attempts(self, step_uuid: Uuid) -> Uuid {
        Self {
            attempt: 0,
            continuation: 0,
            ..self
        }
        .entry(step_uuid)
    }

    /// The execution before this one, as far as the numbers tell, and what it is to this one.
    pub(crate) fn previous(self) -> Option<(Self, Relation)> {
        if self.continuation > 1 {
            Some((self.continuation(self.continuation - 1), Relation::PreviousContinuation))
        } else if self.attempt > 1 {
            Some((
                Self {
                    attempt: self.attempt - 1,
                    ..self
                },
                Relation::PreviousAttempt,
            ))
        } else {
            None
        }
    }

    /// Where the identity cache notes it beside its slot, so that it is found to be later than executions with other slots: by
    /// its generation, and by its attempt if that was continued.
    pub(crate) fn marks(self, step_uuid: Uuid) -> impl Iterator<Item = (Uuid, u32)> {
        let generation = (self.generation > 0).then(|| {
            let number = self.generation.min(attempts::MAX_ATTEMPT);
            (Self::generations(step_uuid), number)
        });
        let continued = (self.continuation > 1).then(|| (self.continued_attempts(step_uuid), self.attempt));
        generation.into_iter().chain(continued)
    }

    /// Where it has those that come later, each from a number on: of the same attempt, of the same generation, the same with
    /// continuations, and after a reset.
    pub(crate) fn later(self, step_uuid: Uuid) -> [(Uuid, u32); 4] {
        let attempt = Self {
            attempt: self.attempt.saturating_add(1),
            continuation: 1,
            ..self
        };
        [
            self.continuation(self.continuation.saturating_add(1)).slot(step_uuid),
            attempt.slot(step_uuid),
            (self.continued_attempts(step_uuid), attempt.attempt),
            (Self::generations(step_uuid), self.generation.saturating_add(1)),
        ]
    }

    /// Whether its attempt is the first one after a reset.
    pub(crate) fn is_first_after_reset(self) -> bool {
        self.generation > 0 && self.attempt == 1 && self.continuation == 1
    }
}

/// What another execution of the step is to this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Relation {
    PreviousAttempt,
    PreviousContinuation,
    /// The last execution before the step was reset.
    PreviousGeneration,
    /// An earlier execution of the same attempt.
    SameAttempt,
}

impl Relation {
    /// The exported value.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::PreviousAttempt => "previous_attempt",
            Self::PreviousContinuation => "previous_continuation",
            Self::PreviousGeneration => "previous_generation",
            Self::SameAttempt => "same_attempt",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::execution_span_id;

    const STEP: Uuid = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);

    #[test]
    fn a_plain_attempt_has_the_id_of_version_1() {
        for attempt in [0, 1, 300, u32::MAX] {
            let plain = Execution::new(attempt).generation(0).continuation(1);
            assert_eq!(plain.span_id(STEP), execution_span_id(STEP, attempt));
        }
    }

    #[test]
    fn all_executions_have_ids_and_slots_of_their_own() {
        let mut ids = std::collections::HashSet::new();
        let mut slots = std::collections::HashSet::new();
        for step in [STEP, Uuid::from_u128(STEP.as_u128() + 1)] {
            for attempt in 1..=4 {
                for generation in 0..=4 {
                    for continuation in 1..=4 {
                        let execution = Execution::new(attempt)
                            .generation(generation)
                            .continuation(continuation);
                        assert!(ids.insert(execution.span_id(step)), "{execution:?}");
                        assert!(slots.insert(execution.slot(step)), "{execution:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_number_that_cannot_be_true_is_no_execution() {
        let of = |generation, continuation| Execution::of(Some(1), generation, continuation);
        assert_eq!(of(None, None), Some(Execution::new(1)));
        assert_eq!(of(Some(0), Some(1)), Some(Execution::new(1)));
        assert_eq!(
            of(Some(u32::MAX.into()), Some(1_000_000)).map(|it| it.generation),
            Some(u32::MAX)
        );
        for generation in [-1, 1 << 32, i64::MIN, i64::MAX] {
            assert_eq!(of(Some(generation), None), None, "generation {generation}");
        }
        for continuation in [-1, 0, 1_000_001, i64::MAX] {
            assert_eq!(of(None, Some(continuation)), None, "continuation {continuation}");
        }
        assert_eq!(Execution::of(None, Some(1), Some(2)), None);
        assert_eq!(Execution::of(Some(0), Some(1), Some(2)), None);
    }

    /// Generations count first, then attempts, then continuations.
    #[test]
    fn a_later_execution_is_found_by_any_of_its_numbers() {
        use std::collections::HashMap;
        let numbers = [1, 2, 3, 70];
        let all: Vec<_> = [0, 1, 2, 70]
            .into_iter()
            .flat_map(|generation| numbers.map(|attempt| Execution::new(attempt).generation(generation)))
            .flat_map(|execution| numbers.map(|continuation| execution.continuation(continuation)))
            .collect();
        let order = |it: &Execution| (it.generation, it.attempt, it.continuation);
        for had in &all {
            let mut cache: HashMap<Uuid, attempts::Attempts> = HashMap::new();
            for (entry, number) in had.marks(STEP).chain([had.slot(STEP)]) {
                cache.entry(entry).or_default().claim(number);
            }
            for execution in &all {
                let mut later = execution.later(STEP).into_iter();
                let has_later = later.any(|(entry, number)| cache.get(&entry).is_some_and(|it| it.reach(number)));
                assert_eq!(has_later, order(had) > order(execution), "{had:?} {execution:?}");
            }
        }
        let last = Execution::new(attempts::MAX_ATTEMPT)
            .generation(u32::MAX)
            .continuation(attempts::MAX_ATTEMPT);
        assert!(last.marks(STEP).all(|(_, number)| number == attempts::MAX_ATTEMPT));
    }

    #[test]
    fn the_execution_before_follows_from_the_numbers() {
        let third = Execution::new(3).generation(2);
        let second = Execution::new(2).generation(2);
        assert_eq!(third.previous(), Some((second, Relation::PreviousAttempt)));
        assert_eq!(
            third.continuation(2).previous(),
            Some((third, Relation::PreviousContinuation))
        );
        assert_eq!(Execution::new(1).generation(2).previous(), None);
        assert_eq!(Execution::new(0).previous(), None);
    }
}
