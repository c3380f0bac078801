//! The values of one span's catalogue attributes.

use compact_str::CompactString;
use uuid::Uuid;

use crate::catalogue::Attribute;

/// Hands `$callback!` the attributes and the types of their values.
macro_rules! for_each_attribute {
    ($callback:ident) => {
        $callback! {
            correlation_id: Uuid,
            task_uuid: Uuid,
            step_uuid: Uuid,
            parent_correlation_id: Uuid,
            namespace: CompactString,
            handler_name: CompactString,
            task_name: CompactString,
            from_state: CompactString,
            to_state: CompactString,
            priority: i64,
            attempt_number: i64,
            max_attempts: i64,
        }
    };
}

pub(crate) use for_each_attribute;

/// The longest name that is recorded and remembered, in bytes. It bounds the memory of identities.
pub(crate) const MAX_TEXT: usize = 256;

/// The text of an attribute, cut to a bounded length.
pub(crate) fn name(text: &str) -> CompactString {
    CompactString::new(&text[..text.floor_char_boundary(MAX_TEXT)])
}

/// A value on its way into a span.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum AttributeValue<'a> {
    Uuid(Uuid),
    Text(&'a str),
    Integer(i64),
}

macro_rules! attributes {
    ($($attribute:ident: $value:ty,)*) => {
        /// A span's attributes, each absent until some source has it.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub(crate) struct Attributes {
            $(pub(crate) $attribute: Option<$value>,)*
        }

        impl Attributes {
            /// Forgets all values.
            #[inline]
            pub(crate) fn clear(&mut self) {
                $(
                    if self.$attribute.is_some() {
                        self.$attribute = None;
                    }
                )*
            }

            /// Takes over what `self` lacks and `other` has.
            pub(crate) fn fill_from(&mut self, other: &Self) {
                $(fill(&mut self.$attribute, other.$attribute.as_ref());)*
            }
        }
    };
}

for_each_attribute!(attributes);

impl Attributes {
    pub(crate) fn get(&self, attribute: Attribute) -> Option<AttributeValue<'_>> {
        let uuid = |id: Option<Uuid>| id.map(AttributeValue::Uuid);
        let integer = |value: Option<i64>| value.map(AttributeValue::Integer);
        match attribute {
            Attribute::CorrelationId => uuid(self.correlation_id),
            Attribute::TaskUuid => uuid(self.task_uuid),
            Attribute::StepUuid => uuid(self.step_uuid),
            Attribute::ParentCorrelationId => uuid(self.parent_correlation_id),
            Attribute::Namespace => text(self.namespace.as_ref()),
            Attribute::HandlerName => text(self.handler_name.as_ref()),
            Attribute::TaskName => text(self.task_name.as_ref()),
            Attribute::FromState => text(self.from_state.as_ref()),
            Attribute::ToState => text(self.to_state.as_ref()),
            Attribute::Priority => integer(self.priority),
            Attribute::AttemptNumber => integer(self.attempt_number),
            Attribute::MaxAttempts => integer(self.max_attempts),
        }
    }

    /// Sets the attribute from text, as a subscriber sees it recorded; false where the text is no such value.
    pub(crate) fn set_from_text(&mut self, attribute: Attribute, value: &str) -> bool {
        let uuid = || Uuid::try_parse(value).ok();
        let name = || Some(name(value));
        let integer = || value.parse().ok();
        match attribute {
            Attribute::CorrelationId => set(&mut self.correlation_id, uuid()),
            Attribute::TaskUuid => set(&mut self.task_uuid, uuid()),
            Attribute::StepUuid => set(&mut self.step_uuid, uuid()),
            Attribute::ParentCorrelationId => set(&mut self.parent_correlation_id, uuid()),
            Attribute::Namespace => set(&mut self.namespace, name()),
            Attribute::HandlerName => set(&mut self.handler_name, name()),
            Attribute::TaskName => set(&mut self.task_name, name()),
            Attribute::FromState => set(&mut self.from_state, name()),
            Attribute::ToState => set(&mut self.to_state, name()),
            Attribute::Priority => set(&mut self.priority, integer()),
            Attribute::AttemptNumber => set(&mut self.attempt_number, integer()),
            Attribute::MaxAttempts => set(&mut self.max_attempts, integer()),
        }
    }

    /// Forgets empty texts and nil UUIDs, which name nothing; tells how many ids there were of these.
    #[inline]
    pub(crate) fn drop_what_names_nothing(&mut self) -> u64 {
        for text in [&mut self.namespace, &mut self.handler_name, &mut self.task_name] {
            if text.as_ref().is_some_and(CompactString::is_empty) {
                *text = None;
            }
        }
        let mut nil = 0;
        for id in [
            &mut self.correlation_id,
            &mut self.task_uuid,
            &mut self.step_uuid,
            &mut self.parent_correlation_id,
        ] {
            if id.as_ref().is_some_and(Uuid::is_nil) {
                *id = None;
                nil += 1;
            }
        }
        nil
    }
}

pub(crate) fn fill<T: Clone>(slot: &mut Option<T>, value: Option<&T>) {
    if slot.is_none() {
        *slot = value.cloned();
    }
}

fn text(value: Option<&CompactString>) -> Option<AttributeValue<'_>> {
    value.map(|text| AttributeValue::Text(text))
}

fn set<T>(slot: &mut Option<T>, value: Option<T>) -> bool {
    let is_value = value.is_some();
    if is_value {
        *slot = value;
    }
    is_value
}
