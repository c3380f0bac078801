//! `#[derive(SpanFields)]`: what the derived traits return.

#![allow(
    clippy::struct_field_names,
    clippy::option_option,
    clippy::redundant_allocation,
    reason = "the attributes give the names, and odd types have to work as well"
)]

mod by_hand;
mod computed;
mod declared;
mod fields;
mod generics;
mod hygiene;
mod lints;
mod moments;
mod nested;
mod values;

use tasker_span_tests::prelude::*;

const ID: Uuid = Uuid::from_u128(0x0193_5d2c_7f1a_7000_8000_0000_0000_0001);
const OTHER: Uuid = Uuid::from_u128(0x0193_5d2c_7f1a_7000_8000_0000_0000_0002);
