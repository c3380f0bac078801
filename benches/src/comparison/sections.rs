//! The sections, each of which answers one question with a table.

use super::{Base, Clock, Columns, Measure, Section, sizes};
use crate::scenario::Scenario::*;
use crate::subject::Subject::{self, *};

/// The subjects of most sections.
#[rustfmt::skip]
const MAIN: &[Subject] =
    &[Sampled, Unsampled, Instrument, InstrumentLeanest, InstrumentUnsampled, OpenTelemetry, Fastrace];

/// The fields that most sections have in common.
const SECTION: Section = Section {
    name: "",
    subjects: MAIN,
    columns: Columns::Named(&[("a step", Steps)]),
    measure: Measure::Turns {
        queue: None,
        has_collector: false,
    },
    clock: Clock::Wall,
    base: Base::Instrument,
};

/// In the order of the page.
pub(crate) const ALL: &[Section] = &[
    Section {
        name: "steps",
        subjects: Subject::ALL,
        ..SECTION
    },
    Section {
        name: "cpu",
        subjects: Subject::ALL,
        clock: Clock::Cpu,
        ..SECTION
    },
    Section {
        name: "handlers",
        subjects: Subject::ALL,
        columns: Columns::Named(&[
            ("attributes from its argument", Handlers),
            ("attributes by `inherit`", InheritingHandlers),
        ]),
        ..SECTION
    },
    Section {
        name: "polls",
        subjects: Subject::ALL,
        columns: Columns::Numbered("polls", &[1, 10, 100], Polled),
        ..SECTION
    },
    Section {
        name: "tracing",
        subjects: &[Sampled, Unsampled, Instrument, InstrumentLeanest, InstrumentUnsampled],
        columns: Columns::Named(&[
            ("neither", Steps),
            ("`Span::current()` inside", Promoted),
            ("an event inside", WithEvent),
        ]),
        ..SECTION
    },
    Section {
        name: "depth",
        columns: Columns::Numbered("spans", &[1, 2, 3, 4, 5, 6, 7, 8, 9], Nested),
        ..SECTION
    },
    Section {
        name: "attributes",
        columns: Columns::Named(&[
            ("none more", Steps),
            ("`Uuid`", WithUuids),
            ("`&str`", WithStrs),
            ("`String`", WithStrings),
            ("`i32`", WithIntegers),
        ]),
        ..SECTION
    },
    Section {
        name: "threads",
        columns: Columns::Numbered("threads", &[1, 2, 4, 8, 16], Threads),
        // Room for the spans of all threads in a turn.
        measure: Measure::Turns {
            queue: Some(20_000),
            has_collector: false,
        },
        ..SECTION
    },
    Section {
        name: "collector",
        subjects: &[Sampled, Instrument, InstrumentLeanest, OpenTelemetry, Fastrace],
        measure: Measure::Turns {
            queue: None,
            has_collector: true,
        },
        clock: Clock::Cpu,
        ..SECTION
    },
    Section {
        name: "steps-per-task",
        subjects: &[Sampled, Unsampled, Instrument],
        columns: Columns::Numbered("steps", &[10, 1_000, 100_000], StepsPerTask),
        base: Base::FirstColumn,
        ..SECTION
    },
    Section {
        name: "namespaces",
        subjects: &[SampledAmongRates, Unsampled, Instrument],
        columns: Columns::Numbered("namespaces", &[1, 100, 10_000], Namespaces),
        base: Base::FirstColumn,
        ..SECTION
    },
    Section {
        name: "memory",
        subjects: Subject::ALL,
        columns: Columns::Named(&[("allocations", Steps), ("bytes while open", Steps)]),
        measure: Measure::Sizes(sizes::heap),
        ..SECTION
    },
    Section {
        name: "futures",
        subjects: &[Plain, Sampled, Instrument, OpenTelemetry, Fastrace],
        columns: Columns::Named(&[("references only", Steps), ("512 bytes by value", Steps)]),
        measure: Measure::Sizes(|subject| Ok(sizes::futures(subject))),
        ..SECTION
    },
];
