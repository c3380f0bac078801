//! Interned texts: namespaces, handler names and states, each kept once, so that a span copies them
//! without allocating. The table is bounded, because texts are input.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::num::NonZero;
use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::secret::secret;
use crate::lock;

/// The most texts.
const TEXTS: usize = 8192;
/// The number of places, a power of two. Most stay empty, so that every text finds one.
const PLACES: usize = 4 * TEXTS;
/// How many locks new texts take, one each.
const LOCKS: usize = 64;
/// How many places a text may have.
const PROBES: usize = 16;
/// The longest text of the table, in bytes, so that the memory of all texts is bounded.
const MAX_TEXT: usize = 256;

static TABLE: Table = Table::new();

struct Table {
    places: [OnceLock<&'static str>; PLACES],
    texts: AtomicUsize,
    /// Several, so that a fork while a text is inserted loses only a part of the table.
    inserting: [Mutex<()>; LOCKS],
}

/// A text of an attribute. A copy of an interned one allocates nothing.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Interned(Interned),
    /// Boxed twice, so that a text takes two words. Only texts beyond the table are.
    Owned(Box<Box<str>>),
}

/// The place of a text in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interned(NonZero<u16>);

impl Interned {
    pub(crate) fn text(self) -> Text {
        Text(Repr::Interned(self))
    }

    /// At most as many as there are places: never [`u16::MAX`].
    #[inline]
    pub(crate) fn place(self) -> u16 {
        self.0.get()
    }

    /// The text at such a place.
    #[cfg(feature = "metrics")]
    pub(crate) fn at(place: u16) -> Option<Self> {
        let place = NonZero::new(place)?;
        let text = Self(place);
        (!text.as_str().is_empty()).then_some(text)
    }

    pub(crate) fn as_str(self) -> &'static str {
        let text = TABLE.places.get(usize::from(self.0.get()) - 1).and_then(OnceLock::get);
        text.copied().unwrap_or_default()
    }
}

impl Text {
    /// The place of the text, if it is interned.
    #[inline]
    pub(crate) fn interned(&self) -> Option<Interned> {
        match self.0 {
            Repr::Interned(interned) => Some(interned),
            Repr::Owned(_) => None,
        }
    }

    /// An interned text is not empty.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.0, Repr::Owned(text) if text.is_empty())
    }

    fn owned(text: &str) -> Self {
        Self(Repr::Owned(Box::new(text.into())))
    }
}

impl Deref for Text {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        match &self.0 {
            Repr::Interned(interned) => interned.as_str(),
            Repr::Owned(text) => text,
        }
    }
}

/// A text that has a place is always interned: the table loses none.
impl PartialEq for Text {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Repr::Interned(own), Repr::Interned(other)) => own == other,
            (Repr::Owned(own), Repr::Owned(other)) => own == other,
            _ => false,
        }
    }
}

impl Eq for Text {}

impl Hash for Text {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Interned(Interned(place)) => state.write_u16(place.get()),
            Repr::Owned(text) => text.hash(state),
        }
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

#[inline]
fn places(text: &str) -> impl Iterator<Item = usize> + use<> {
    #[expect(clippy::cast_possible_truncation, reason = "only the last bits matter")]
    let first = xxh3_64_with_seed(text.as_bytes(), secret()[0]) as usize;
    (0..PROBES).map(move |probe| first.wrapping_add(probe) % PLACES)
}

/// Interns the text; makes a copy if it is long or there is no room.
#[inline]
pub(crate) fn intern(text: &str) -> Text {
    TABLE.intern(text)
}

/// Interns a text that a message brought, or a type of errors, which may be computed. Half of the table is left to the names
/// of the program, so that a hostile sender cannot fill it. `None` if there is no room.
pub(crate) fn of_input(text: &str) -> Option<Interned> {
    TABLE.intern_within(text, TEXTS / 2).interned()
}

impl Table {
    #[expect(
        clippy::large_stack_arrays,
        reason = "of a constant, which is zeros in the program's file"
    )]
    const fn new() -> Self {
        Self {
            places: [const { OnceLock::new() }; PLACES],
            texts: AtomicUsize::new(0),
            inserting: [const { Mutex::new(()) }; LOCKS],
        }
    }

    #[inline]
    fn intern(&self, text: &str) -> Text {
        self.intern_within(text, TEXTS)
    }

    /// Interns a known text, or a new one while the table has less than `limit` texts.
    #[inline]
    fn intern_within(&self, text: &str, limit: usize) -> Text {
        if text.is_empty() || text.len() > MAX_TEXT {
            return Text::owned(text);
        }
        for index in places(text) {
            // No lock is taken once the place is filled.
            let known = self.places[index].get().or_else(|| self.insert(index, text, limit));
            let Some(known) = known else { break };
            if *known == text {
                let place = u16::try_from(index + 1).ok().and_then(NonZero::new);
                return place.map_or_else(|| Text::owned(text), |place| Text(Repr::Interned(Interned(place))));
            }
        }
        Text::owned(text)
    }

    /// The text in this place, which is another one if another thread was faster; none if the table is full, or cannot be
    /// filled any more.
    #[cold]
    fn insert(&self, index: usize, text: &str, limit: usize) -> Option<&&'static str> {
        if self.texts.load(Ordering::Relaxed) >= limit {
            return self.places[index].get();
        }
        let insert = || {
            self.texts.fetch_add(1, Ordering::Relaxed);
            &*Box::leak(text.into())
        };
        lock::get_or_make(&self.places[index], &self.inserting[index % LOCKS], insert)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_interned_once() {
        let first = intern("payments_of_interning");
        let second = intern(&String::from("payments_of_interning"));
        assert!(first.interned().is_some() && first.interned() == second.interned());
        assert_eq!(first.interned().unwrap().text(), second);
        assert_eq!((&*first, &*intern("")), ("payments_of_interning", ""));
    }

    #[test]
    fn a_long_text_is_not_interned() {
        let long = "x".repeat(MAX_TEXT + 1);
        let text = intern(&long);
        assert!(text.interned().is_none() && *text == long);
    }

    #[test]
    fn the_table_is_bounded() {
        static EMPTY: Table = Table::new();
        let is_interned = |index: &usize| EMPTY.intern(&format!("text {index}")).interned().is_some();
        assert_eq!((0..7_000).filter(is_interned).count(), 7_000, "there is room");
        assert_eq!((0..100_000).filter(is_interned).count(), TEXTS);
    }

    #[test]
    fn texts_of_messages_leave_room_for_the_programs_own() {
        static EMPTY: Table = Table::new();
        let of_message = |index: &usize| {
            EMPTY
                .intern_within(&format!("message {index}"), TEXTS / 2)
                .interned()
                .is_some()
        };
        assert_eq!((0..100_000).filter(of_message).count(), TEXTS / 2);
        let own = |index: &usize| EMPTY.intern(&format!("own {index}")).interned().is_some();
        assert!((0..1_000).all(|index| own(&index)));
        assert!(
            EMPTY.intern_within("own 7", TEXTS / 2).interned().is_some(),
            "it is known"
        );
    }

    #[test]
    fn threads_get_the_same_text() {
        let texts = || {
            (0..50)
                .map(|index| intern(&format!("of threads {index}")).interned())
                .collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(texts)).collect();
        let all: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        assert!(all.iter().all(|texts| *texts == all[0]));
    }

    #[test]
    fn a_text_is_small() {
        assert!(size_of::<Option<Text>>() <= 16);
    }
}
