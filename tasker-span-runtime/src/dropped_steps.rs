//! The steps that this process has dropped lately, for spans that have lost the scope of their step: with it they have lost
//! the namespace whose rate would tell, or that rate itself where it has changed, and perhaps even their task.
//!
//! A table of a fixed size without locks, of 1 MB: a newer step takes the place of an older one. Who is not found
//! there is decided by its rate.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use crate::attributes::Attributes;
use crate::layer;

const BITS: u32 = 14;

static DROPPED: [Entry; 1 << BITS] = [const { Entry::new() }; 1 << BITS];

/// What is remembered of a step, in one line of the processor's cache. Its words are written one by one: `check` tells whether
/// they belong together.
#[repr(align(64))]
struct Entry {
    step: AtomicU64,
    task: [AtomicU64; 2],
    correlation: [AtomicU64; 2],
    check: AtomicU64,
}

impl Entry {
    const fn new() -> Self {
        let [step, check, a, b, c, d] = [const { AtomicU64::new(0) }; 6];
        Self {
            step,
            task: [a, b],
            correlation: [c, d],
            check,
        }
    }
}

/// What is known of the step's execution, in the last bits of what stands for the step: its state, its attempt, and whether
/// there is a later one that is kept.
const EXECUTION: u64 = 0x1ff;
const FOLLOWED: u64 = 0x100;
const STATE: u64 = 0b11;
/// It may still run, or was exported since it failed.
const OPEN: u64 = 0b01;
/// It is to be exported, because a span that has lost it points there.
const WANTED: u64 = 0b10;
/// It has ended, and nothing of it was exported.
const ENDED: u64 = 0b11;

/// Remembers a step one of whose attempts is dropped.
#[inline]
pub(crate) fn insert(step_uuid: Uuid, of: &Attributes) {
    let (entry, tag) = entry(step_uuid);
    let (task, correlation) = [of.task_uuid, of.correlation_id]
        .map(|id| id.unwrap_or_default().as_u64_pair())
        .into();
    for (word, value) in entry.task.iter().zip([task.0, task.1]) {
        word.store(value, Ordering::Relaxed);
    }
    for (word, value) in entry.correlation.iter().zip([correlation.0, correlation.1]) {
        word.store(value, Ordering::Relaxed);
    }
    entry.check.store(check(tag, task, correlation), Ordering::Relaxed);
    entry
        .step
        .store(tag | bits(of.attempt_number) | OPEN, Ordering::Relaxed);
}

/// The task and the correlation id of a dropped step.
pub(crate) fn identity(step_uuid: Uuid) -> Option<(Uuid, Option<Uuid>)> {
    let (entry, tag) = entry(step_uuid);
    let load = |words: &[AtomicU64; 2]| (words[0].load(Ordering::Relaxed), words[1].load(Ordering::Relaxed));
    let (task, correlation) = (load(&entry.task), load(&entry.correlation));
    let is_whole = entry.check.load(Ordering::Relaxed) == check(tag, task, correlation);
    let id = |words: (u64, u64)| Some(Uuid::from_u64_pair(words.0, words.1)).filter(|id| !id.is_nil());
    id(task).filter(|_| is_whole).map(|task| (task, id(correlation)))
}

/// Differs, but for one case in 2⁶⁴, where a word is another one.
#[inline]
fn check(tag: u64, task: (u64, u64), correlation: (u64, u64)) -> u64 {
    let words = [task.0, task.1, correlation.0, correlation.1];
    words.into_iter().fold(tag, |sum, word| {
        (sum.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}

/// Whether the attempt is dropped: it, or one after it. Of an attempt that is not known, whether the latest is.
pub(crate) fn contains(step_uuid: Uuid, attempt: Option<i64>) -> bool {
    known(step_uuid).is_some_and(|known| match attempt {
        Some(_) => bits(attempt) <= known & !FOLLOWED,
        None => known & FOLLOWED == 0,
    })
}

/// Whether this very attempt was executed here, and dropped.
pub(crate) fn has_run(step_uuid: Uuid, attempt: u32) -> bool {
    let attempt = bits(Some(i64::from(attempt)));
    known(step_uuid).is_some_and(|known| known & !STATE & !FOLLOWED == attempt)
}

/// Notes that an attempt at the step is kept, after those that were dropped under another rate.
pub(crate) fn follow(step_uuid: Uuid) {
    let Some(known) = known(step_uuid) else { return };
    // Whoever asked for an execution that still runs is answered at its end.
    if known & STATE != WANTED {
        let (entry, tag) = entry(step_uuid);
        let before = tag | known;
        let _ = entry
            .step
            .compare_exchange(before, before | FOLLOWED, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// What is known of the step's execution, if the step is remembered.
fn known(step_uuid: Uuid) -> Option<u64> {
    let (entry, tag) = entry(step_uuid);
    let known = entry.step.load(Ordering::Relaxed);
    (known & STATE != 0 && known & !EXECUTION == tag).then_some(known & EXECUTION)
}

/// Asks for the export of the attempt's execution; false if nobody will answer.
pub(crate) fn want(step_uuid: Uuid, attempt: Option<i64>) -> bool {
    let (entry, tag) = entry(step_uuid);
    let tag = tag | bits(attempt);
    let wanted = entry
        .step
        .compare_exchange(tag | OPEN, tag | WANTED, Ordering::Relaxed, Ordering::Relaxed);
    wanted.is_ok() || wanted == Err(tag | WANTED)
}

/// Notes the end of the attempt's execution, and tells whether its export was asked for.
#[inline]
pub(crate) fn end(step_uuid: Uuid, attempt: Option<i64>) -> bool {
    let (entry, tag) = entry(step_uuid);
    let tag = tag | bits(attempt);
    let ended = entry
        .step
        .compare_exchange(tag | OPEN, tag | ENDED, Ordering::Relaxed, Ordering::Relaxed);
    ended == Err(tag | WANTED)
}

/// Six bits for the attempt: of the next ones, as many as there will be at a time.
#[inline]
fn bits(attempt: Option<i64>) -> u64 {
    attempt.map_or(0, |attempt| (attempt.unsigned_abs() % 63 + 1) << 2)
}

/// Where the step is remembered, and what stands for it there.
#[inline]
fn entry(step_uuid: Uuid) -> (&'static Entry, u64) {
    let (high, low) = Uuid::from_u128(step_uuid.as_u128() ^ layer::realm()).as_u64_pair();
    let tag = (high ^ low.rotate_left(32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    // The upper bits depend on all others.
    let place = usize::try_from(tag >> (64 - BITS)).unwrap_or_default();
    (&DROPPED[place % DROPPED.len()], tag & !EXECUTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_the_steps_of_now() {
        let steps = (1..=1000_u128).map(|n| Uuid::from_u128(n << 80 | n));
        steps.clone().for_each(|step| insert(step, &Attributes::default()));
        assert!(steps.filter(|step| contains(*step, None)).count() > 900);
        assert!(!contains(Uuid::from_u128(7), None));
    }

    #[test]
    fn an_execution_is_asked_for_until_it_ends() {
        let step = Uuid::from_u128(0xfeed);
        let (first, second) = (Some(1), Some(2));
        assert!(!want(step, first), "nobody knows it");
        let attempt = |attempt_number| Attributes {
            attempt_number,
            ..Attributes::default()
        };
        insert(step, &attempt(first));
        assert!(!want(step, second) && !want(step, None));
        assert!(want(step, first) && want(step, first) && contains(step, first) && !contains(step, second));
        assert!(end(step, first));
        insert(step, &attempt(second));
        assert!(!end(step, first) && !end(step, second));
        assert!(!want(step, second) && contains(step, first) && contains(step, second) && contains(step, None));
    }

    #[test]
    fn a_later_attempt_may_be_kept() {
        let step = Uuid::from_u128(0xcafe << 70);
        let first = Attributes {
            attempt_number: Some(1),
            ..Attributes::default()
        };
        assert!(!has_run(step, 1));
        insert(step, &first);
        assert!(has_run(step, 1) && !has_run(step, 2) && contains(step, None));
        follow(step);
        assert!(
            has_run(step, 1) && contains(step, Some(1)),
            "it was dropped all the same"
        );
        assert!(!contains(step, Some(2)) && !contains(step, None) && !end(step, Some(1)));
        insert(step, &first);
        assert!(want(step, Some(1)) && contains(step, None));
        follow(step);
        assert!(end(step, Some(1)), "it still runs");
    }

    #[test]
    fn a_step_leads_to_its_task() {
        let (step, task) = (Uuid::from_u128(0xbeef << 70), Uuid::from_u128(7));
        assert_eq!(identity(step), None);
        let mut of = Attributes {
            task_uuid: Some(task),
            ..Attributes::default()
        };
        insert(step, &of);
        assert_eq!(identity(step), Some((task, None)));
        of.correlation_id = Some(step);
        insert(step, &of);
        assert_eq!(identity(step), Some((task, Some(step))));
        entry(step).0.task[0].store(1, Ordering::Relaxed);
        assert_eq!(identity(step), None, "half of another step's");
    }
}
