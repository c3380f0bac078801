//! The sections, each of which answers one question with a table.

use super::{Base, Clock, Columns, Measure, Section, sizes};
use crate::scenario::Scenario::{
    Handlers, InheritingHandlers, Namespaces, Nested, Polled, Steps, StepsPerTask, Threads, WithIntegers, WithStrings,
    WithStrs, WithUuids,
};
use crate::subject::Subject::{
    self, Fastrace, Instrument, InstrumentLeanest, InstrumentUnsampled, OpenTelemetry, Plain, Sampled,
    SampledAmongRates, Unsampled,
};

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

/// The fields that most sections have in common.
const SECTION: Section = Section {
    name: "",
    title: "",
    subjects: MAIN,
    columns: Columns::Named(&[("a step", Steps)]),
    measure: Measure::Discarded(None),
    clock: Clock::Wall,
    base: Base::Instrument,
};

/// In the order of the page.
pub(crate) const ALL: &[Section] = &[
    Section {
        name: "steps",
        title: "A step: one span without an enclosing span",
        subjects: Subject::ALL,
        ..SECTION
    },
    Section {
        name: "cpu",
        title: "CPU time of the process per step",
        subjects: Subject::ALL,
        clock: Clock::Cpu,
        ..SECTION
    },
    Section {
        name: "handlers",
        title: "A handler: a span inside an open step",
        subjects: Subject::ALL,
        columns: Columns::Named(&[
            ("attributes from its argument", Handlers),
            ("attributes by `inherit`", InheritingHandlers),
        ]),
        ..SECTION
    },
    Section {
        name: "polls",
        title: "An asynchronous step, by its number of polls",
        subjects: Subject::ALL,
        columns: Columns::Numbered("polls", &[1, 10, 100], Polled),
        ..SECTION
    },
    Section {
        name: "depth",
        title: "A span, by the length of its chain",
        columns: Columns::Numbered("spans", &[1, 2, 3, 4, 5, 6, 7, 8, 9], Nested),
        ..SECTION
    },
    Section {
        name: "attributes",
        title: "A step with six more attributes, by their type",
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
        title: "A step, by the number of threads",
        columns: Columns::Numbered("threads", &[1, 2, 4, 8, 16], Threads),
        // Room for the spans of all threads in a turn.
        measure: Measure::Discarded(Some(20_000)),
        ..SECTION
    },
    Section {
        name: "collector",
        title: "CPU time of the process per span that a collector received",
        subjects: &[Sampled, Instrument, InstrumentLeanest, OpenTelemetry, Fastrace],
        measure: Measure::Collected,
        clock: Clock::Cpu,
        ..SECTION
    },
    Section {
        name: "steps-per-task",
        title: "A step, by the number of steps of its task",
        subjects: &[Sampled, Unsampled, Instrument],
        columns: Columns::Numbered("steps", &[10, 1_000, 100_000], StepsPerTask),
        base: Base::FirstColumn,
        ..SECTION
    },
    Section {
        name: "namespaces",
        title: "A step, by the number of namespaces",
        subjects: &[SampledAmongRates, Unsampled, Instrument],
        columns: Columns::Numbered("namespaces", &[1, 100, 10_000], Namespaces),
        base: Base::FirstColumn,
        ..SECTION
    },
    Section {
        name: "memory",
        title: "Allocations of a span, and the bytes of the heap that it holds while it is open",
        subjects: Subject::ALL,
        columns: Columns::Named(&[("allocations", Steps), ("bytes while open", Steps)]),
        measure: Measure::Sizes(sizes::heap),
        ..SECTION
    },
    Section {
        name: "futures",
        title: "The bytes of the future of an asynchronous function",
        subjects: &[Plain, Sampled, Instrument, OpenTelemetry, Fastrace],
        columns: Columns::Named(&[("references only", Steps), ("512 bytes by value", Steps)]),
        measure: Measure::Sizes(|subject| Ok(sizes::futures(subject))),
        ..SECTION
    },
];
