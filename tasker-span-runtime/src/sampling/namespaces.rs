//! `Namespace`: the counts of a namespace's steps, for the life of the process. Its rate is in
//! `rates`.

use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use arc_swap::ArcSwap;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::namespace_stats::NamespaceStats;
use super::settings::{MAX_NAME, MAX_NAMESPACES};
use crate::lock;
use crate::sampled_by::SampledBy;

/// How many namespaces without a rate of their own are counted by name, because names are input.
const MAX_UNRATED: usize = 1024;

static TABLE: LazyLock<Table> = LazyLock::new(Table::default);
static OTHERS: Counts = Counts {
    sampled: AtomicU64::new(0),
    unsampled: AtomicU64::new(0),
    sampled_by_error: AtomicU64::new(0),
    sampled_by_slowness: AtomicU64::new(0),
};

/// Where the steps of a namespace are counted.
#[derive(Clone, Copy)]
pub(crate) struct Namespace(&'static Counts);

/// Makes the table, unless it is.
pub(super) fn prepare() {
    LazyLock::force(&TABLE);
}

/// All known namespaces. More may be added meanwhile, but none is removed.
pub(super) fn known() -> Vec<(&'static str, Namespace)> {
    let names = TABLE.names.load();
    let known = names.by_name.iter();
    known.map(|(name, namespace)| (*name, *namespace)).collect()
}

/// How many namespaces are known.
pub(super) fn count() -> usize {
    TABLE.count.load(Ordering::Acquire)
}

/// The counts of each namespace, in no order. The name `None` is that of [`Namespace::OTHERS`].
pub(crate) fn namespace_stats() -> impl Iterator<Item = (Option<&'static str>, NamespaceStats)> {
    let named = known().into_iter().map(|(name, namespace)| (Some(name), namespace));
    let all = named.chain([(None, Namespace::OTHERS)]);
    all.map(|(name, namespace)| (name, namespace.0.get()))
}

impl Namespace {
    /// Steps without a namespace, and those of the namespaces beyond the bound.
    pub(super) const OTHERS: Self = Self(&OTHERS);

    /// The namespace of a step. The first step of a namespace allocates its counts.
    #[cold]
    pub(super) fn of_step(name: &str) -> Self {
        TABLE.get_or_insert(name, Kind::Unrated).unwrap_or(Self::OTHERS)
    }

    /// A namespace with a rate of its own.
    pub(super) fn rated(name: &str) -> Self {
        TABLE.get_or_insert(name, Kind::Rated).unwrap_or(Self::OTHERS)
    }

    /// Counts a step's decision.
    pub(crate) fn count(self, is_sampled: bool) {
        let count = if is_sampled { &self.0.sampled } else { &self.0.unsampled };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts an unsampled span that is exported after all.
    pub(crate) fn count_sampled_by(self, by: SampledBy) {
        let count = match by {
            SampledBy::Error => &self.0.sampled_by_error,
            SampledBy::Slow => &self.0.sampled_by_slowness,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Namespace").field(&self.0.get()).finish()
    }
}

/// Apart from what all threads read: see [`Counter`](crate::counter::Counter).
#[derive(Default)]
#[repr(align(128))]
struct Counts {
    sampled: AtomicU64,
    unsampled: AtomicU64,
    sampled_by_error: AtomicU64,
    sampled_by_slowness: AtomicU64,
}

impl Counts {
    fn get(&self) -> NamespaceStats {
        NamespaceStats {
            sampled: self.sampled.load(Ordering::Relaxed),
            unsampled: self.unsampled.load(Ordering::Relaxed),
            sampled_by_error: self.sampled_by_error.load(Ordering::Relaxed),
            sampled_by_slowness: self.sampled_by_slowness.load(Ordering::Relaxed),
        }
    }
}

/// The known namespaces. They are copied for each new one, so that readers take no lock.
#[derive(Default)]
struct Table {
    names: ArcSwap<Names>,
    count: AtomicUsize,
    inserting: Mutex<()>,
}

#[derive(Clone, Default)]
struct Names {
    by_name: HashMap<&'static str, Namespace, NameHash>,
    /// How many there are of each [`Kind`].
    kinds: [usize; 2],
}

/// Names without a rate leave room for those to which a rate is given later.
#[derive(Clone, Copy)]
enum Kind {
    Rated,
    Unrated,
}

impl Names {
    fn has_room(&self, kind: Kind) -> bool {
        let limit = match kind {
            Kind::Rated => MAX_NAMESPACES,
            Kind::Unrated => MAX_UNRATED,
        };
        self.kinds[kind as usize] < limit
    }
}

impl Table {
    /// The namespace of this name, which is inserted if its kind has room.
    fn get_or_insert(&self, name: &str, kind: Kind) -> Option<Namespace> {
        let names = self.names.load();
        let known = names.by_name.get(name).copied();
        // Once there is no room, each step of an unknown namespace comes here: it takes no lock.
        if known.is_some() || name.len() > MAX_NAME || !names.has_room(kind) {
            return known;
        }
        self.insert(name, kind)
    }

    #[cold]
    fn insert(&self, name: &str, kind: Kind) -> Option<Namespace> {
        let _inserting = lock::lock(&self.inserting)?;
        let mut names = Names::clone(&self.names.load());
        if let known @ Some(_) = names.by_name.get(name).copied() {
            return known;
        }
        if !names.has_room(kind) {
            return None;
        }
        let namespace = Namespace(Box::leak(Box::default()));
        names.by_name.insert(Box::leak(name.into()), namespace);
        names.kinds[kind as usize] += 1;
        let count = names.by_name.len();
        self.names.store(Arc::new(names));
        self.count.store(count, Ordering::Release);
        Some(namespace)
    }
}

/// XXH3 with a seed of this process: a sender of names cannot know which of them collide.
#[derive(Clone)]
pub(super) struct NameHash(u64);

impl Default for NameHash {
    fn default() -> Self {
        static SEED: LazyLock<u64> = LazyLock::new(|| RandomState::new().hash_one(0));
        Self(*SEED)
    }
}

impl BuildHasher for NameHash {
    type Hasher = Self;

    fn build_hasher(&self) -> Self {
        self.clone()
    }
}

impl Hasher for NameHash {
    fn write(&mut self, name: &[u8]) {
        self.0 = xxh3_64_with_seed(name, self.0);
    }

    /// The place of an interned name, spread by the golden ratio.
    fn write_u16(&mut self, place: u16) {
        self.0 = (self.0 ^ u64::from(place)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    /// A string's end, which matters only to keys of several strings.
    fn write_u8(&mut self, _: u8) {}

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Table {
        fn rated(&self, name: &str) -> Option<&'static Counts> {
            self.get_or_insert(name, Kind::Rated).map(|namespace| namespace.0)
        }

        fn unrated(&self, name: &str) -> Option<&'static Counts> {
            self.get_or_insert(name, Kind::Unrated).map(|namespace| namespace.0)
        }

        fn len(&self) -> usize {
            self.names.load().by_name.len()
        }
    }

    fn names(prefix: &str, count: usize) -> impl Iterator<Item = String> {
        (0..count).map(move |index| format!("{prefix}{index}"))
    }

    #[test]
    fn a_name_is_one_entry() {
        let table = Table::default();
        for name in ["payments", "", "Payments", "payments "] {
            let counts = table.unrated(name).unwrap();
            assert!(std::ptr::eq(counts, table.unrated(name).unwrap()));
            assert!(std::ptr::eq(counts, table.rated(name).unwrap()));
        }
        assert_eq!((table.len(), table.names.load().kinds), (4, [0, 4]));
    }

    #[test]
    fn input_is_bounded_and_leaves_room_for_names_with_rates() {
        let table = Table::default();
        let known = names("input", 3 * MAX_UNRATED).filter(|name| table.unrated(name).is_some());
        assert_eq!(known.count(), MAX_UNRATED);
        assert!(names("input", MAX_UNRATED).all(|name| table.unrated(&name).is_some()));
        assert!(names("rated", MAX_NAMESPACES).all(|name| table.rated(&name).is_some()));
        assert!(table.rated("one too many").is_none() && table.unrated("one too many").is_none());
        assert_eq!(table.len(), MAX_UNRATED + MAX_NAMESPACES);
    }

    #[test]
    fn a_very_long_name_is_not_inserted() {
        let table = Table::default();
        assert!(table.unrated(&"x".repeat(MAX_NAME + 1)).is_none());
        assert!(table.unrated(&"x".repeat(MAX_NAME)).is_some());
    }

    #[test]
    fn threads_insert_a_name_once() {
        let table = Table::default();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for name in names("n", MAX_UNRATED) {
                        table.unrated(&name).unwrap().sampled.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        assert_eq!(table.len(), MAX_UNRATED);
        let names = table.names.load();
        assert!(names.by_name.values().all(|namespace| namespace.0.get().sampled == 4));
    }

    #[test]
    fn counts_go_by_name() {
        let [a, b] = ["counted a", "counted b"].map(Namespace::of_step);
        a.count(true);
        a.count(true);
        a.count(false);
        a.count_sampled_by(SampledBy::Error);
        b.count(false);
        b.count_sampled_by(SampledBy::Slow);
        Namespace::rated("counted b").count(false);
        let stats = |name| namespace_stats().find(|(known, _)| *known == name).unwrap().1;
        let [a, b] = [(2, 1, 1, 0), (0, 2, 0, 1)].map(|(sampled, unsampled, sampled_by_error, sampled_by_slowness)| {
            NamespaceStats {
                sampled,
                unsampled,
                sampled_by_error,
                sampled_by_slowness,
            }
        });
        assert_eq!([Some("counted a"), Some("counted b")].map(stats), [a, b]);
        let before = stats(None).sampled;
        Namespace::OTHERS.count(true);
        assert!(stats(None).sampled > before);
    }
}
