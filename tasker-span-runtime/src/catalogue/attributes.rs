//! The values of one span's catalogue attributes. `resolve` adds the inherited ones.

use std::ops::RangeInclusive;
use std::time::SystemTime;

use uuid::Uuid;

use crate::catalogue::place::States;
use crate::catalogue::{Attribute, for_each_attribute};
pub(crate) use crate::identity::intern::Text;
use crate::identity::intern::intern;
use crate::identity::{Execution, SpanId};

/// The longest text that is recorded and cached, in bytes. It bounds the identity cache.
pub(crate) const MAX_TEXT: usize = 256;

/// The text of an attribute, cut to a bounded length.
#[inline]
pub(crate) fn name(text: &str) -> Text {
    intern(&text[..text.floor_char_boundary(MAX_TEXT)])
}

/// A value on its way into a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AttributeValue<'a> {
    Uuid(Uuid),
    Text(&'a str),
    Integer(i64),
}

/// A value as [`Attributes`] stores it.
trait Stored: Sized {
    fn value(&self) -> AttributeValue<'_>;
    fn parse(text: &str) -> Option<Self>;
}

impl Stored for Uuid {
    fn value(&self) -> AttributeValue<'_> {
        AttributeValue::Uuid(*self)
    }

    fn parse(text: &str) -> Option<Self> {
        Self::try_parse(text).ok()
    }
}

impl Stored for Text {
    fn value(&self) -> AttributeValue<'_> {
        AttributeValue::Text(self)
    }

    fn parse(text: &str) -> Option<Self> {
        Some(name(text))
    }
}

impl Stored for i64 {
    fn value(&self) -> AttributeValue<'_> {
        AttributeValue::Integer(*self)
    }

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

macro_rules! attributes {
    ($($name:ident $variant:ident $kind:ident $value:ty;)*) => {
        /// A span's attributes. Each is absent until a source has it.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct Attributes {
            $(pub(crate) $name: Option<$value>,)*
            /// The attributes whose values came from a message, a bit each: a value of this process's own replaces them in the
            /// identity cache.
            pub(crate) from_message: u16,
        }

        impl Attributes {
            /// Removes all values.
            #[inline]
            pub(crate) fn clear(&mut self) {
                $(
                    // A plain store, unless something must be dropped.
                    if !std::mem::needs_drop::<$value>() || self.$name.is_some() {
                        self.$name = None;
                    }
                )*
                self.from_message = 0;
            }

            /// The attributes that have a value, a bit each.
            #[inline]
            pub(crate) fn present(&self) -> u16 {
                let mut present = 0;
                $(present |= u16::from(self.$name.is_some()) << Attribute::$variant as u16;)*
                present
            }

            /// Takes the values that `self` lacks and `other` has.
            pub(crate) fn fill_from(&mut self, other: &Self) {
                self.from_message |= other.from_message & !self.present();
                $(fill(&mut self.$name, other.$name.as_ref());)*
            }

            pub(crate) fn get(&self, attribute: Attribute) -> Option<AttributeValue<'_>> {
                match attribute {
                    $(Attribute::$variant => self.$name.as_ref().map(Stored::value),)*
                }
            }

            /// Sets the attribute from text, as a subscriber sees it recorded. Returns false if the
            /// text is no such value.
            pub(crate) fn set_from_text(&mut self, attribute: Attribute, text: &str) -> bool {
                match attribute {
                    $(Attribute::$variant => set(&mut self.$name, Stored::parse(text)),)*
                }
            }

            /// Removes empty texts and nil UUIDs, and returns the number of nil UUIDs.
            #[inline]
            pub(crate) fn remove_empty(&mut self) -> u64 {
                let mut nil = 0;
                $(remove_empty!($kind, self.$name, nil);)*
                nil
            }
        }

        /// Takes the values of attributes: a span that opens, or ends, or `span_record!`.
        #[allow(clippy::wrong_self_convention, reason = "`from_state` is an attribute")]
        pub trait Collect {
            /// `None` if no subscriber wants the span.
            fn collected(&mut self) -> Option<&mut Attributes>;

            $(
                /// Sets the attribute, unless an earlier source had it.
                #[inline]
                fn $name(&mut self, value: Option<$value>) {
                    if value.is_some()
                        && let Some(attributes) = self.collected()
                        && attributes.$name.is_none()
                    {
                        attributes.$name = value;
                    }
                }
            )*

            /// Sets the time that the root span starts at, unless an earlier source had it.
            #[inline]
            fn started_at(&mut self, _value: Option<SystemTime>) {}
        }
    };
}

macro_rules! remove_empty {
    (Uuid, $slot:expr, $nil:ident) => {
        if $slot.as_ref().is_some_and(Uuid::is_nil) {
            $slot = None;
            $nil += 1;
        }
    };
    (Text, $slot:expr, $nil:ident) => {
        if $slot.as_ref().is_some_and(|text: &Text| text.is_empty()) {
            $slot = None;
        }
    };
    // An empty state is called `unknown`.
    (State, $slot:expr, $nil:ident) => {};
    (Integer, $slot:expr, $nil:ident) => {};
}

impl Attributes {
    /// The states of a transition.
    pub(crate) fn states(&self) -> States<'_> {
        States {
            from: self.from_state.as_deref(),
            to: self.to_state.as_deref(),
        }
    }

    /// The execution that derived ids are of: absent without an attempt, or if a number cannot be true.
    #[inline]
    pub(crate) fn execution(&self) -> Option<Execution> {
        Execution::of(self.attempt_number, self.generation, self.continuation)
    }

    /// Whether a number of the execution cannot be true.
    #[inline]
    pub(crate) fn has_false_number(&self) -> bool {
        (self.attempt_number.is_some() || self.generation.is_some() || self.continuation.is_some())
            && self.false_numbers().next().is_some()
    }

    /// The numbers that cannot be true, and what is expected.
    pub(crate) fn false_numbers(&self) -> impl Iterator<Item = (Attribute, i64, RangeInclusive<i64>)> {
        let numbers = [
            (Attribute::AttemptNumber, self.attempt_number, Execution::ATTEMPTS),
            (Attribute::Generation, self.generation, Execution::GENERATIONS),
            (Attribute::Continuation, self.continuation, Execution::CONTINUATIONS),
        ];
        let is_false = |(attribute, number, range): (Attribute, Option<i64>, RangeInclusive<i64>)| {
            let number = number.filter(|number| !range.contains(number))?;
            Some((attribute, number, range))
        };
        numbers.into_iter().filter_map(is_false)
    }

    /// The derived id of the step's execution.
    #[inline]
    pub(crate) fn execution_id(&self) -> Option<SpanId> {
        Some(self.execution()?.span_id(self.step_uuid?))
    }

    /// Where the identity cache has the step's execution: see [`Execution::slot`]. Without numbers, in the entry of the step.
    #[inline]
    pub(crate) fn slot(&self, step_uuid: Uuid) -> (Uuid, Option<u32>) {
        match self.execution() {
            Some(execution) => {
                let (entry, number) = execution.slot(step_uuid);
                (entry, Some(number))
            }
            None => (step_uuid, None),
        }
    }
}

for_each_attribute!(attributes);

impl Attributes {
    /// Whether the attribute's value came from a message.
    #[inline]
    pub(crate) fn is_from_message(&self, attribute: Attribute) -> bool {
        self.from_message & (1 << attribute as u16) != 0
    }

    #[inline]
    pub(crate) fn note_from_message(&mut self, attribute: Attribute) {
        self.from_message |= 1 << attribute as u16;
    }
}

pub(crate) fn fill<T: Clone>(slot: &mut Option<T>, value: Option<&T>) {
    if slot.is_none() {
        *slot = value.cloned();
    }
}

fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let is_value = value.is_some();
    if is_value {
        *slot = value;
    }
    is_value
}
