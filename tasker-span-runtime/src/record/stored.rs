//! `StoredFields`: the values of an unsampled span's `fields(…)` that are cheap to store, for the case
//! that it is exported after all. A span keeps the memory for the next one, once it has stored any.

use std::fmt::{self, Write};

use uuid::Uuid;

use super::field_value::FieldValue;

/// How many fields are stored: the first ones.
const MOST: usize = 8;
/// The longest text that is stored, in bytes.
const LONGEST: usize = 64;

#[derive(Debug, Default)]
#[doc(hidden)]
pub struct StoredFields(Option<Box<Values>>);

#[derive(Debug, Default)]
struct Values {
    values: Vec<Stored>,
    /// The texts, one after the other.
    texts: String,
}

#[derive(Clone, Copy, Debug)]
enum Stored {
    Absent,
    /// So many bytes of the texts.
    Text(usize),
    Displayed(usize),
    Uuid(Uuid),
    Integer(i64),
    Float(f64),
    Bool(bool),
}

impl StoredFields {
    /// The values, as long as there is room for more.
    fn with_room(&mut self) -> Option<&mut Values> {
        Some(self.0.get_or_insert_default())
            .filter(|stored| stored.values.len() < MOST)
            .map(|stored| &mut **stored)
    }

    fn push(&mut self, value: Stored) {
        if let Some(stored) = self.with_room() {
            stored.values.push(value);
        }
    }

    /// A field that is not stored. The next one has its own place all the same.
    pub(crate) fn skip(&mut self) {
        self.push(Stored::Absent);
    }

    pub(super) fn text(&mut self, text: &str) {
        if text.len() > LONGEST {
            return self.skip();
        }
        if let Some(stored) = self.with_room() {
            stored.texts.push_str(text);
            stored.values.push(Stored::Text(text.len()));
        }
    }

    /// An integer that is no `i64`.
    pub(super) fn digits(&mut self, integer: impl fmt::Display) {
        if let Some(stored) = self.with_room() {
            let before = stored.texts.len();
            // A `String` takes every text.
            let _ = write!(stored.texts, "{integer}");
            stored.values.push(Stored::Displayed(stored.texts.len() - before));
        }
    }

    pub(super) fn uuid(&mut self, id: Uuid) {
        self.push(Stored::Uuid(id));
    }

    pub(super) fn integer(&mut self, integer: i64) {
        self.push(Stored::Integer(integer));
    }

    pub(super) fn float(&mut self, float: f64) {
        self.push(Stored::Float(float));
    }

    pub(super) fn bool(&mut self, bool: bool) {
        self.push(Stored::Bool(bool));
    }

    pub(crate) fn clear(&mut self) {
        if let Some(stored) = &mut self.0 {
            stored.values.clear();
            stored.texts.clear();
        }
    }

    /// The values in the order of the site's own fields, with texts of at most so many characters.
    pub(crate) fn values(&self, limit: Option<usize>) -> Vec<FieldValue> {
        let Some(stored) = &self.0 else { return Vec::new() };
        let mut texts = stored.texts.as_str();
        let mut next = |length: usize| {
            let (text, rest) = texts.split_at_checked(length).unwrap_or_default();
            texts = rest;
            text.to_owned()
        };
        let values = stored.values.iter().map(|value| match *value {
            Stored::Absent => FieldValue::Absent,
            Stored::Text(length) => FieldValue::Text(next(length)),
            Stored::Displayed(length) => FieldValue::Displayed(next(length)),
            Stored::Uuid(id) => FieldValue::Displayed(id.hyphenated().to_string()),
            Stored::Integer(integer) => FieldValue::Integer(integer),
            Stored::Float(float) => FieldValue::Float(float),
            Stored::Bool(bool) => FieldValue::Bool(bool),
        });
        let mut values: Vec<_> = values.collect();
        if let Some(limit) = limit {
            for value in &mut values {
                value.cut(limit);
            }
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::{Show, field, field_debug};
    use super::*;

    #[test]
    fn cheap_values_are_stored_in_their_places() {
        let mut stored = StoredFields::default();
        field("eu-central").store(&mut stored);
        field_debug(&"not read").store(&mut stored);
        field(&Some(&7_u8)).store(&mut stored);
        field(&Box::new(u64::MAX)).store(&mut stored);
        field(&None::<String>).store(&mut stored);
        field(&Uuid::max()).store(&mut stored);
        field(&0.5_f32).store(&mut stored);
        field(&String::from("é")).store(&mut stored);
        field(&true).store(&mut stored);
        let displayed = |text: &str| FieldValue::Displayed(text.to_owned());
        let text = |text: &str| FieldValue::Text(text.to_owned());
        let expected = [
            text("eu-central"),
            FieldValue::Absent,
            FieldValue::Integer(7),
            displayed("18446744073709551615"),
            FieldValue::Absent,
            displayed("ffffffff-ffff-ffff-ffff-ffffffffffff"),
            FieldValue::Float(0.5),
            text("é"),
        ];
        assert_eq!(stored.values(None), expected, "the ninth has no room");
        assert_eq!(stored.values(Some(2))[0], text("eu"));
        stored.clear();
        assert_eq!(stored.values(None), []);
    }

    #[test]
    fn a_long_text_is_not_stored() {
        let mut stored = StoredFields::default();
        field(&"x".repeat(LONGEST)).store(&mut stored);
        field(&"x".repeat(LONGEST + 1)).store(&mut stored);
        field(&format_args!("{}", 1)).store(&mut stored);
        assert_eq!(
            stored.values(None),
            [
                FieldValue::Text("x".repeat(LONGEST)),
                FieldValue::Absent,
                FieldValue::Absent
            ]
        );
    }

    #[test]
    fn its_memory_is_bounded() {
        let mut stored = StoredFields::default();
        for _ in 0..1_000 {
            field(&"x".repeat(LONGEST)).store(&mut stored);
            field(&u128::MAX).store(&mut stored);
        }
        let stored = stored.0.unwrap();
        assert!(stored.values.len() == MOST && stored.texts.len() <= MOST * LONGEST);
    }
}
