//! The sections, each of which answers one question with a table.

use super::{Base, Clock, Columns, Measure, Section, sizes};
use crate::scenario::Scenario::{
    Handlers, InheritingHandlers, Namespaces, Nested, Polled, Promoted, Steps, StepsPerTask, Threads, WithEvent,
    WithIntegers, WithStrings, WithStrs, WithUuids,
};
use crate::subject::Subject::{
    self, Fastrace, Instrument, InstrumentLeanest, InstrumentUnsampled, OpenTelemetry, Plain, Sampled,
    SampledAmongRates, Unsampled,
};
use crate::telemetry::Wire;

/// The subjects of most sections.
const MAIN: &[Subject] = &[
    Sampled,
    Unsampled,
    Instrument,
    InstrumentLeanest,
    InstrumentUnsampled,
    OpenTelemetry,
    Fastrace,
];

/// The column of sections with one.
const STEP: Columns = Columns::Named(&[("a step", Steps)]);

/// Sections of a name, subjects, columns, and what else is not as in most.
macro_rules! sections {
    ($($name:literal: $subjects:expr, $columns:expr $(, $field:ident: $value:expr)*;)*) => {
        &[$(Section {
            name: $name,
            subjects: $subjects,
            columns: $columns,
            $($field: $value,)*
            ..Section {
                name: "",
                subjects: MAIN,
                columns: STEP,
                measure: Measure::Turns { queue: None, collector: None },
                clock: Clock::Wall,
                base: Base::Instrument,
            }
        },)*]
    };
}

/// In the order of the page.
pub(crate) const ALL: &[Section] = sections! {
    "steps": Subject::ALL, STEP;
    "cpu": Subject::ALL, STEP, clock: Clock::Cpu;
    "handlers": Subject::ALL, Columns::Named(&[
        ("attributes from its argument", Handlers), ("attributes by `inherit`", InheritingHandlers),
    ]);
    "polls": Subject::ALL, Columns::Numbered("polls", &[1, 10, 100], Polled);
    "tracing": &[Sampled, Unsampled, Instrument, InstrumentLeanest, InstrumentUnsampled], Columns::Named(&[
        ("neither", Steps), ("`Span::current()` inside", Promoted), ("an event inside", WithEvent),
    ]);
    "depth": MAIN, Columns::Numbered("spans", &[1, 2, 3, 4, 5, 6, 7, 8, 9], Nested);
    "attributes": MAIN, Columns::Named(&[
        ("none more", Steps), ("`Uuid`", WithUuids), ("`&str`", WithStrs), ("`String`", WithStrings),
        ("`i32`", WithIntegers),
    ]);
    // With room for the spans of all threads in a turn.
    "threads": MAIN, Columns::Numbered("threads", &[1, 2, 4, 8, 16], Threads),
        measure: Measure::Turns { queue: Some(20_000), collector: None };
    "collector": &[Sampled, Instrument, InstrumentLeanest, OpenTelemetry, Fastrace], STEP,
        measure: Measure::Turns { queue: None, collector: Some(Wire::Grpc) }, clock: Clock::Cpu;
    "collector-http": &[Sampled, Instrument, InstrumentLeanest, OpenTelemetry, Fastrace], STEP,
        measure: Measure::Turns { queue: None, collector: Some(Wire::Http) }, clock: Clock::Cpu;
    "steps-per-task": &[Sampled, Unsampled, Instrument],
        Columns::Numbered("steps", &[10, 1_000, 100_000], StepsPerTask), base: Base::FirstColumn;
    "namespaces": &[SampledAmongRates, Unsampled, Instrument],
        Columns::Numbered("namespaces", &[1, 100, 10_000], Namespaces), base: Base::FirstColumn;
    "memory": Subject::ALL, Columns::Named(&[("allocations", Steps), ("bytes while open", Steps)]),
        measure: Measure::Sizes(sizes::heap);
    "futures": &[Plain, Sampled, Instrument, OpenTelemetry, Fastrace],
        Columns::Named(&[("references only", Steps), ("512 bytes by value", Steps)]),
        measure: Measure::Sizes(|subject| Ok(sizes::futures(subject)));
};
