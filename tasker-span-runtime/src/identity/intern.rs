//! Interned texts: namespaces, handler names and states, each kept once, so that a span copies them
//! without allocating. The table is bounded, because texts are input.

use std::borrow::Cow;
use std::num::NonZero;
use std::sync::OnceLock;

use xxhash_rust::xxh3::xxh3_64;

/// The number of texts, a power of two.
const TEXTS: usize = 8192;
/// How many places a text may have.
const PROBES: usize = 8;
/// The longest text of the table, in bytes, so that the memory of all texts is bounded.
const MAX_TEXT: usize = 256;

static TABLE: Table = Table([const { OnceLock::new() }; TEXTS]);

struct Table([OnceLock<&'static str>; TEXTS]);

/// A text of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Interned(NonZero<u16>);

impl Interned {
    /// The place of a text that [`intern`] has put into the table.
    #[expect(clippy::ptr_arg, reason = "an owned text is not in the table")]
    pub(crate) fn of(text: &Cow<'static, str>) -> Option<Self> {
        let Cow::Borrowed(text) = text else { return None };
        let index = places(text).find(|index| TABLE.0[*index].get() == Some(text))?;
        NonZero::new(u16::try_from(index + 1).ok()?).map(Self)
    }

    pub(crate) fn text(self) -> Cow<'static, str> {
        let text = TABLE.0.get(usize::from(self.0.get()) - 1).and_then(OnceLock::get);
        Cow::Borrowed(text.copied().unwrap_or_default())
    }
}

#[inline]
fn places(text: &str) -> impl Iterator<Item = usize> + use<> {
    #[expect(clippy::cast_possible_truncation, reason = "only the last bits matter")]
    let first = xxh3_64(text.as_bytes()) as usize;
    (0..PROBES).map(move |probe| first.wrapping_add(probe) % TEXTS)
}

/// The text itself, borrowed for ever; or a copy if it is long or there is no room.
#[inline]
pub(crate) fn intern(text: &str) -> Cow<'static, str> {
    TABLE.intern(text)
}

impl Table {
    #[inline]
    fn intern(&self, text: &str) -> Cow<'static, str> {
        if text.is_empty() {
            return Cow::Borrowed("");
        }
        if text.len() > MAX_TEXT {
            return Cow::Owned(text.to_owned());
        }
        for index in places(text) {
            // No lock is taken once the place is filled.
            let known = match self.0[index].get() {
                Some(known) => known,
                None => self.insert(index, text),
            };
            if *known == text {
                return Cow::Borrowed(known);
            }
        }
        Cow::Owned(text.to_owned())
    }

    #[cold]
    fn insert(&self, index: usize, text: &str) -> &&'static str {
        self.0[index].get_or_init(|| Box::leak(text.into()))
    }
}

#[cfg(test)]
#[expect(clippy::ptr_arg, reason = "whether a text is borrowed is what is tested")]
mod tests {
    use super::*;

    fn is_borrowed(text: &Cow<'static, str>) -> bool {
        matches!(text, Cow::Borrowed(_))
    }

    fn are_one(one: &Cow<'static, str>, other: &Cow<'static, str>) -> bool {
        is_borrowed(one) && is_borrowed(other) && std::ptr::eq(&raw const **one, &raw const **other)
    }

    #[test]
    fn a_text_is_kept_once() {
        let first = intern("payments_of_interning");
        let second = intern(&String::from("payments_of_interning"));
        assert!(are_one(&first, &second));
        let interned = Interned::of(&first).unwrap();
        assert_eq!((interned.text(), Interned::of(&second)), (first, Some(interned)));
        assert_eq!(Interned::of(&Cow::Owned("payments_of_interning".to_owned())), None);
        assert_eq!((intern(""), Interned::of(&intern(""))), (Cow::Borrowed(""), None));
    }

    #[test]
    fn a_long_text_is_not_in_the_table() {
        let longest = "ß".repeat(MAX_TEXT / 2);
        assert!(is_borrowed(&intern(&longest)));
        let long = intern(&(longest.clone() + "s"));
        assert!(!is_borrowed(&long) && *long == longest + "s");
        assert_eq!(Interned::of(&long), None);
    }

    #[test]
    fn the_table_is_bounded() {
        // A table of its own: the one of the process would be full for the other tests.
        static FULL: Table = Table([const { OnceLock::new() }; TEXTS]);
        let texts = (0..100_000).map(|index| FULL.intern(&format!("text {index}")));
        let owned = texts.enumerate().filter(|(index, text)| {
            assert_eq!(*text, format!("text {index}"));
            !is_borrowed(text)
        });
        assert!(owned.count() >= 100_000 - TEXTS);
    }

    #[test]
    fn threads_get_the_same_text() {
        static SHARED: Table = Table([const { OnceLock::new() }; TEXTS]);
        let texts = || {
            let texts = (0..500).map(|index| SHARED.intern(&format!("of threads {index}")));
            texts.collect::<Vec<_>>()
        };
        let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(texts)).collect();
        let all: Vec<_> = threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        for texts in &all[1..] {
            assert!(texts.iter().zip(&all[0]).all(|(one, other)| are_one(one, other)));
        }
    }
}
