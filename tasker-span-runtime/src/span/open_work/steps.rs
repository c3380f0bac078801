//! The open steps: their spans, by their addresses.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use triomphe::Arc;

use super::SHARDS;
use super::item::OpenWork;
use super::marker::Look;
use crate::catalogue::attributes::Text;
use crate::catalogue::site::Role;
use crate::clock::Wall;
use crate::lock::lock;
use crate::span::local::{LISTED, LocalSpan};
use crate::stats;

/// The most that are listed. Others are counted.
const MOST: usize = 32_768;

#[derive(Debug)]
pub(super) struct Steps {
    shards: [Mutex<HashMap<usize, OpenStep>>; SHARDS],
    count: AtomicUsize,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            count: AtomicUsize::new(0),
        }
    }
}

#[derive(Debug)]
struct OpenStep {
    span: Arc<LocalSpan>,
    /// The state that the step's latest transition inside the span led to.
    state: Option<Text>,
    /// The markers that it has had.
    markers: u8,
}

fn key(span: &Arc<LocalSpan>) -> usize {
    Arc::as_ptr(span) as usize
}

impl Steps {
    /// Returns false if there are too many.
    pub(super) fn add(&self, span: &Arc<LocalSpan>) -> bool {
        if self.count.fetch_add(1, Ordering::SeqCst) >= MOST {
            self.count.fetch_sub(1, Ordering::SeqCst);
            stats::OPEN_WORK_REFUSED.add_one();
            return false;
        }
        let step = OpenStep {
            span: Arc::clone(span),
            state: None,
            markers: 0,
        };
        let shard = self.shard(key(span));
        shard.map(|mut shard| shard.insert(key(span), step)).is_some()
    }

    pub(super) fn remove(&self, span: &Arc<LocalSpan>) {
        let removed = self.shard(key(span)).and_then(|mut shard| shard.remove(&key(span)));
        if removed.is_some() {
            self.count.fetch_sub(1, Ordering::SeqCst);
        }
    }

    /// A transition of the step has succeeded.
    pub(super) fn note_state(&self, transition: &LocalSpan) {
        let (known, step_uuid) = (transition.known(), transition.step_uuid());
        let is_of = |span: &&Arc<LocalSpan>| {
            span.site.role() == Role::Execution && span.has(LISTED) && span.step_uuid() == step_uuid
        };
        if let Some(execution) = transition.near_ancestors().find(is_of)
            && let Some(mut shard) = self.shard(key(execution))
            && let Some(step) = shard.get_mut(&key(execution))
        {
            step.state = known.to_state;
        }
    }

    /// The spans whose markers are due, with their states.
    pub(super) fn due(&self, look: &Look, most: usize) -> Vec<(Arc<LocalSpan>, Option<Text>)> {
        let mut due = Vec::new();
        for shard in self.locked() {
            for step in { shard }.values_mut() {
                if due.len() == most {
                    return due;
                }
                if look.is_due(look.wall.at(step.span.started), &mut step.markers) {
                    due.push((Arc::clone(&step.span), step.state.clone()));
                }
            }
        }
        due
    }

    pub(super) fn list(&self, wall: &Wall, now: u64) -> impl Iterator<Item = OpenWork> {
        let mut all = Vec::new();
        for shard in self.locked() {
            all.extend(shard.values().map(|step| (Arc::clone(&step.span), step.state.clone())));
        }
        all.into_iter()
            .map(move |(span, state)| OpenWork::of_span(&span, state, wall, now))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    fn locked(&self) -> impl Iterator<Item = MutexGuard<'_, HashMap<usize, OpenStep>>> {
        self.shards.iter().filter_map(lock)
    }

    fn shard(&self, key: usize) -> Option<MutexGuard<'_, HashMap<usize, OpenStep>>> {
        // Addresses of spans differ in their middle bits.
        let index = (key >> 9) % SHARDS;
        lock(&self.shards[index])
    }
}
