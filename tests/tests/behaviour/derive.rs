//! `#[derive(SpanFields)]`: the values of the derived traits.

#![allow(
    clippy::struct_field_names,
    clippy::option_option,
    clippy::redundant_allocation,
    reason = "the attributes give the names, and odd types have to work as well"
)]

/// Asserts the attributes that a subject supplies.
macro_rules! assert_supplies {
    ($subject:expr; $($attribute:ident: $value:expr),+ $(,)?) => {{
        let subject = &$subject;
        $(assert_eq!(subject.$attribute(), $value, stringify!($attribute));)+
    }};
}

mod by_hand;
mod computed;
mod declared;
mod fields;
mod generics;
mod hygiene;
mod nested;
mod values;

/// What the structs here derive, and implement by hand.
mod prelude {
    pub(super) use tasker_span_runtime::*;

    pub(super) const ID: Uuid = Uuid::from_u128(0x0193_5d2c_7f1a_7000_8000_0000_0000_0001);
    pub(super) const OTHER: Uuid = Uuid::from_u128(0x0193_5d2c_7f1a_7000_8000_0000_0000_0002);
}
