//! The open tasks: their drivers, or what their latest transition in this process told of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};

use triomphe::Arc;
use uuid::Uuid;

use super::SHARDS;
use super::item::OpenWork;
use super::marker::Look;
use super::open_task::OpenTask;
use crate::catalogue::attributes::{Attributes, Text, fill};
use crate::clock::{self, Instant, Wall};
use crate::identity::cache;
use crate::identity::intern::Interned;
use crate::lock::lock;
use crate::record::{SpanRecord, Time};
use crate::span::local::LocalSpan;
use crate::span::root;
use crate::stats;

/// The most of a shard. One more, and the one that was seen longest ago is forgotten: it may have ended in another process.
const MOST: usize = 16_384 / SHARDS;

type Shard = HashMap<Uuid, OpenTask>;

#[derive(Debug)]
pub(super) struct Tasks {
    shards: [Mutex<Shard>; SHARDS],
    count: AtomicUsize,
}

impl Default for Tasks {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| Mutex::default()),
            count: AtomicUsize::new(0),
        }
    }
}

impl Tasks {
    /// Returns false if it is no task that has an id.
    pub(super) fn add_driver(&self, span: &Arc<LocalSpan>) -> bool {
        let Some(task_uuid) = span.task_uuid() else {
            return false;
        };
        self.change(task_uuid, |task| {
            let state = task.attributes.to_state.take();
            task.attributes = span.known();
            task.attributes.to_state = state;
            task.driver = Some(Arc::clone(span));
            task.started = clock::wall().at(span.started);
        });
        true
    }

    pub(super) fn remove_driver(&self, span: &Arc<LocalSpan>) {
        let Some(task_uuid) = span.task_uuid() else { return };
        let Some(mut shard) = self.shard(task_uuid) else { return };
        let driver = shard.get(&task_uuid).and_then(|task| task.driver.as_ref());
        if driver.is_some_and(|driver| Arc::ptr_eq(driver, span)) {
            self.remove(&mut shard, task_uuid);
        }
    }

    /// The task is in a running state. Returns whether it was not known to be open.
    pub(super) fn enter(&self, task_uuid: Uuid, mut known: Attributes, transition: &LocalSpan) -> bool {
        let task = cache::task(transition.realm(), task_uuid).unwrap_or_default();
        fill(&mut known.task_name, task.task_name.map(Interned::text).as_ref());
        let known_start = task.started_at().or(transition.started_at);
        let started = root::started(known_start, task.first_seen(), Time::Clock(transition.started));
        let started = root::nanos(started, clock::wall());
        let mut is_new = false;
        self.change(task_uuid, |task| {
            is_new = task.started == 0;
            if is_new {
                task.started = started;
            }
            if task.driver.is_some() {
                task.attributes.to_state = known.to_state;
            } else {
                task.attributes = known;
            }
        });
        is_new
    }

    /// Notes the state of a task that is open here.
    pub(super) fn note_state(&self, task_uuid: Uuid, state: &Text) {
        if let Some(mut shard) = self.shard(task_uuid)
            && let Some(task) = shard.get_mut(&task_uuid)
        {
            task.attributes.to_state = Some(state.clone());
            task.seen = clock::now();
        }
    }

    /// The task is in a terminal state. With a driver it is open until the driver ends.
    pub(super) fn end(&self, task_uuid: Uuid, state: &Text) {
        let Some(mut shard) = self.shard(task_uuid) else { return };
        match shard.get_mut(&task_uuid) {
            Some(task) if task.driver.is_some() => task.attributes.to_state = Some(state.clone()),
            Some(_) => self.remove(&mut shard, task_uuid),
            None => {}
        }
    }

    /// The markers that are due.
    pub(super) fn due(&self, look: &Look, most: usize) -> Vec<SpanRecord> {
        let mut due = Vec::new();
        for shard in self.locked() {
            for task in { shard }.values_mut() {
                if due.len() == most {
                    return due;
                }
                if look.is_due(task.started, &mut task.markers) {
                    due.extend(look.of_task(task));
                }
            }
        }
        due
    }

    pub(super) fn list(&self, wall: &Wall, now: u64) -> impl Iterator<Item = OpenWork> {
        let mut all = Vec::new();
        for shard in self.locked() {
            all.extend(shard.values().map(|task| OpenWork::of_task(task, wall, now)));
        }
        all.into_iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count.load(Ordering::SeqCst) == 0
    }

    fn change(&self, task_uuid: Uuid, change: impl FnOnce(&mut OpenTask)) {
        let Some(mut shard) = self.shard(task_uuid) else { return };
        if !shard.contains_key(&task_uuid) {
            if shard.len() == MOST {
                let forgotten = shard.iter().min_by_key(|(_, task)| (task.driver.is_some(), task.seen));
                if let Some(forgotten) = forgotten.map(|(task_uuid, _)| *task_uuid) {
                    self.remove(&mut shard, forgotten);
                    stats::OPEN_WORK_REFUSED.add_one();
                }
            }
            self.count.fetch_add(1, Ordering::SeqCst);
        }
        let task = shard.entry(task_uuid).or_insert_with(|| OpenTask {
            attributes: Attributes::default(),
            driver: None,
            started: 0,
            seen: Instant::ZERO,
            markers: 0,
        });
        change(task);
        task.seen = clock::now();
    }

    fn remove(&self, shard: &mut Shard, task_uuid: Uuid) {
        if shard.remove(&task_uuid).is_some() {
            self.count.fetch_sub(1, Ordering::SeqCst);
        }
    }

    fn locked(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shards.iter().filter_map(lock)
    }

    fn shard(&self, task_uuid: Uuid) -> Option<MutexGuard<'_, Shard>> {
        // The last byte is random in all versions of UUIDs.
        let index = usize::from(task_uuid.as_bytes()[15]) % SHARDS;
        lock(&self.shards[index])
    }
}
