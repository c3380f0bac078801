//! The namespaces of this process, and what became of their steps: a table that only grows, up to a bound, and is read
//! without a lock.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, OnceLock, PoisonError};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::settings::{MAX_NAME, MAX_NAMESPACES};
use crate::stats::NamespaceStats;

/// How many namespaces are counted by name that no rate was ever given to: names are input.
const MAX_MET: usize = 1024;
/// How many are beside them because a rate was given to them.
const MAX_LISTED: usize = MAX_NAMESPACES;
/// Half of them stay free, so that a search soon ends.
const SLOTS: usize = (2 * (MAX_MET + MAX_LISTED)).next_power_of_two();

static TABLE: LazyLock<Table> = LazyLock::new(Table::new);
/// Steps without a namespace, and those of the namespaces beyond the bound.
static REST: Counts = Counts::new();

/// Where the steps of a namespace are counted, for as long as the process lives.
#[derive(Clone, Copy)]
pub(crate) struct Namespace(&'static Counts);

/// A hash of the name, which is this process's own: whoever chooses names cannot know which of them meet in a slot.
pub(super) fn hash(name: &str) -> u64 {
    static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(SLOTS));
    xxh3_64_with_seed(name.as_bytes(), *SEED)
}

/// What was counted of each namespace, in no order; under `None`, of steps without a namespace and of the namespaces beyond
/// the bound.
pub(crate) fn counted() -> impl Iterator<Item = (Option<&'static str>, NamespaceStats)> {
    let named = TABLE.iter().map(|entry| (Some(&*entry.name), entry.counts.get()));
    named.chain([(None, REST.get())])
}

impl Namespace {
    /// Of steps without a namespace.
    pub(super) const NONE: Self = Self(&REST);

    /// The namespace of a step. Where it is the first with this name, its entry is allocated.
    pub(super) fn met(name: &str, hash: u64) -> Self {
        Self::of(TABLE.find_or_add(name, hash, (&TABLE.met, MAX_MET)))
    }

    /// The namespace that a rate is given to.
    pub(super) fn listed(name: &str, hash: u64) -> Self {
        Self::of(TABLE.find_or_add(name, hash, (&TABLE.listed, MAX_LISTED)))
    }

    fn of(entry: Option<&'static Entry>) -> Self {
        entry.map_or(Self::NONE, |entry| Self(&entry.counts))
    }

    /// Counts a step's decision.
    pub(crate) fn count(self, keep: bool) {
        let count = if keep { &self.0.sampled } else { &self.0.unsampled };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a span that was dropped, and exported because of an error.
    pub(crate) fn count_sampled_by_error(self) {
        self.0.sampled_by_error.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Namespace").field(&self.0.get()).finish()
    }
}

#[derive(Default)]
struct Counts {
    sampled: AtomicU64,
    unsampled: AtomicU64,
    sampled_by_error: AtomicU64,
}

impl Counts {
    const fn new() -> Self {
        Self {
            sampled: AtomicU64::new(0),
            unsampled: AtomicU64::new(0),
            sampled_by_error: AtomicU64::new(0),
        }
    }

    fn get(&self) -> NamespaceStats {
        NamespaceStats {
            sampled: self.sampled.load(Ordering::Relaxed),
            unsampled: self.unsampled.load(Ordering::Relaxed),
            sampled_by_error: self.sampled_by_error.load(Ordering::Relaxed),
        }
    }
}

/// Open addressing: an entry is in the first free slot from its hash on, and never leaves it.
struct Table {
    slots: Box<[OnceLock<Box<Entry>>]>,
    met: AtomicUsize,
    listed: AtomicUsize,
    adding: Mutex<()>,
}

struct Entry {
    hash: u64,
    name: Box<str>,
    counts: Counts,
}

impl Table {
    fn new() -> Self {
        Self {
            slots: (0..SLOTS).map(|_| OnceLock::new()).collect(),
            met: AtomicUsize::new(0),
            listed: AtomicUsize::new(0),
            adding: Mutex::new(()),
        }
    }

    /// The entry of this name; where there is none, a new one, if its group has room for it.
    fn find_or_add(&self, name: &str, hash: u64, (count, limit): (&AtomicUsize, usize)) -> Option<&Entry> {
        if let Some(entry) = self.find(name, hash) {
            return Some(entry);
        }
        // When the table is full, every step of an unknown namespace comes here: it must not come to the lock.
        if name.len() > MAX_NAME {
            return None;
        }
        if count.load(Ordering::Acquire) < limit {
            self.add(name, hash, count, limit)
        } else {
            // The last one may have been this name, added since.
            self.find(name, hash)
        }
    }

    fn find(&self, name: &str, hash: u64) -> Option<&Entry> {
        let mut entries = probe(&self.slots, hash).map_while(OnceLock::get);
        entries
            .find(|entry| entry.hash == hash && *entry.name == *name)
            .map(Box::as_ref)
    }

    /// One thread at a time adds names, each of which is added once in the life of the process.
    #[cold]
    fn add(&self, name: &str, hash: u64, count: &AtomicUsize, limit: usize) -> Option<&Entry> {
        let _adding = self.adding.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = self.find(name, hash) {
            return Some(entry);
        }
        if count.load(Ordering::Relaxed) >= limit {
            return None;
        }
        let free = probe(&self.slots, hash).find(|slot| slot.get().is_none())?;
        let entry = free.get_or_init(|| Box::new(Entry::new(name, hash)));
        // After the entry is there: whoever sees the table full finds all of it.
        count.fetch_add(1, Ordering::Release);
        Some(entry)
    }

    fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slots.iter().filter_map(OnceLock::get).map(Box::as_ref)
    }
}

impl Entry {
    fn new(name: &str, hash: u64) -> Self {
        Self {
            hash,
            name: name.into(),
            counts: Counts::new(),
        }
    }
}

/// The slots in which an entry with this hash may be, in the order in which they are filled. There is a power of two of them,
/// or none.
pub(super) fn probe<T>(slots: &[T], hash: u64) -> impl Iterator<Item = &T> {
    let mask = slots.len().wrapping_sub(1);
    (0..slots.len()).filter_map(move |step| slots.get(start(hash).wrapping_add(step) & mask))
}

pub(super) fn probe_mut<T>(slots: &mut [T], hash: u64) -> impl Iterator<Item = &mut T> {
    let start = start(hash) & slots.len().wrapping_sub(1);
    let (wrapped, first) = slots.split_at_mut(start.min(slots.len()));
    first.iter_mut().chain(wrapped)
}

#[expect(clippy::cast_possible_truncation, reason = "a part of a hash is a hash")]
fn start(hash: u64) -> usize {
    hash as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meet<'table>(table: &'table Table, name: &str) -> Option<&'table Entry> {
        table.find_or_add(name, hash(name), (&table.met, MAX_MET))
    }

    fn list<'table>(table: &'table Table, name: &str) -> Option<&'table Entry> {
        table.find_or_add(name, hash(name), (&table.listed, MAX_LISTED))
    }

    fn names(prefix: &str, count: usize) -> impl Iterator<Item = String> {
        (0..count).map(move |index| format!("{prefix}{index}"))
    }

    #[test]
    fn a_name_is_one_entry() {
        let table = Table::new();
        for name in ["payments", "", "Payments", "payments "] {
            let entry = meet(&table, name).unwrap();
            assert_eq!(&*entry.name, name);
            assert!(std::ptr::eq(entry, meet(&table, name).unwrap()));
            assert!(std::ptr::eq(entry, list(&table, name).unwrap()));
        }
        assert_eq!(table.iter().count(), 4);
        assert_eq!((table.met.into_inner(), table.listed.into_inner()), (4, 0));
    }

    #[test]
    fn a_flood_of_names_is_bounded_and_leaves_room_for_those_with_rates() {
        let table = Table::new();
        assert_eq!(
            names("flood", 3 * MAX_MET)
                .filter(|name| meet(&table, name).is_some())
                .count(),
            MAX_MET
        );
        assert!(
            names("flood", MAX_MET).all(|name| meet(&table, &name).is_some()),
            "the first are still known"
        );
        assert!(names("listed", MAX_LISTED).all(|name| list(&table, &name).is_some()));
        assert!(list(&table, "one too many").is_none() && meet(&table, "one too many").is_none());
        assert_eq!(table.iter().count(), MAX_MET + MAX_LISTED);
    }

    #[test]
    fn a_very_long_name_is_not_remembered() {
        let table = Table::new();
        assert!(meet(&table, &"x".repeat(MAX_NAME + 1)).is_none() && meet(&table, &"x".repeat(MAX_NAME)).is_some());
    }

    #[test]
    fn names_with_one_hash_are_told_apart() {
        let table = Table::new();
        let add = |name: &str| &table.find_or_add(name, u64::MAX, (&table.met, MAX_MET)).unwrap().name;
        let added: Vec<_> = names("n", 20)
            .chain(names("n", 20))
            .map(|name| add(&name).to_string())
            .collect();
        assert_eq!(added, names("n", 20).chain(names("n", 20)).collect::<Vec<_>>());
        assert_eq!(table.iter().count(), 20);
    }

    #[test]
    fn threads_meet_the_same_entries() {
        let table = Table::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for name in names("n", MAX_MET) {
                        meet(&table, &name)
                            .unwrap()
                            .counts
                            .sampled
                            .fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(table.iter().count(), MAX_MET);
        assert!(table.iter().all(|entry| entry.counts.get().sampled == 4));
        assert_eq!(table.met.into_inner(), MAX_MET);
    }

    #[test]
    fn counts_go_by_name() {
        let [a, b] = ["counted a", "counted b"].map(|name| Namespace::met(name, hash(name)));
        a.count(true);
        a.count(true);
        a.count(false);
        a.count_sampled_by_error();
        b.count(false);
        Namespace::listed("counted b", hash("counted b")).count(false);
        let mut of_test: Vec<_> = counted()
            .filter(|(name, _)| name.is_some_and(|name| name.starts_with("counted ")))
            .collect();
        of_test.sort_by_key(|(name, _)| *name);
        let [a, b] = [(2, 1, 1), (0, 2, 0)].map(|(sampled, unsampled, sampled_by_error)| NamespaceStats {
            sampled,
            unsampled,
            sampled_by_error,
        });
        assert_eq!(of_test, [(Some("counted a"), a), (Some("counted b"), b)]);
        let rest = || {
            counted()
                .find(|(name, _)| name.is_none())
                .map(|(_, counted)| counted.sampled)
        };
        let before = rest();
        Namespace::NONE.count(true);
        assert!(rest() > before);
    }
}
