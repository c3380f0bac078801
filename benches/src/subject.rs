//! What is compared.

use std::str::FromStr;

/// An instrumentation with the telemetry that it runs under: what one worker process is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Functions without instrumentation.
    Plain,
    /// Our spans, all kept.
    Kept,
    /// Our spans, kept by a rate of 1 while another namespace is dropped.
    SampledAmongRates,
    /// Our spans, dropped by a rate of 0.
    Dropped,
    /// Our macros in a process without a subscriber.
    Off,
    /// `#[instrument]` with the layer of `tracing-opentelemetry` as it comes.
    Instrument,
    /// `#[instrument]` with that layer, and all of it turned off that can be.
    LeanInstrument,
    /// `#[instrument]` with the layer as it comes, where the SDK's sampler drops everything.
    DroppedInstrument,
    /// The same with the leanest layer.
    DroppedLeanInstrument,
    /// `#[instrument]` in a process without a subscriber.
    OffInstrument,
    /// OpenTelemetry's own API.
    OpenTelemetry,
    /// fastrace.
    Fastrace,
}

/// Name, and what tables call it.
const NAMES: [(Subject, &str, &str); 12] = [
    (Subject::Plain, "plain", "a plain function"),
    (Subject::Kept, "kept", "**ours**, kept"),
    (
        Subject::SampledAmongRates,
        "kept-by-sampling",
        "**ours**, kept while sampling drops others",
    ),
    (Subject::Dropped, "dropped", "**ours**, dropped"),
    (Subject::Off, "off", "**ours**, no subscriber"),
    (Subject::Instrument, "instrument", "`#[instrument]`, default layer"),
    (
        Subject::LeanInstrument,
        "lean-instrument",
        "`#[instrument]`, leanest layer",
    ),
    (
        Subject::DroppedInstrument,
        "dropped-instrument",
        "`#[instrument]`, default layer, `AlwaysOff`",
    ),
    (
        Subject::DroppedLeanInstrument,
        "dropped-lean-instrument",
        "`#[instrument]`, leanest layer, `AlwaysOff`",
    ),
    (
        Subject::OffInstrument,
        "off-instrument",
        "`#[instrument]`, no subscriber",
    ),
    (Subject::OpenTelemetry, "opentelemetry", "OpenTelemetry API"),
    (Subject::Fastrace, "fastrace", "fastrace"),
];

impl Subject {
    /// Every subject.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.iter().map(|(subject, ..)| *subject)
    }

    /// One word, for a worker's command line.
    pub fn name(self) -> &'static str {
        self.names().0
    }

    /// What tables call it, in Markdown.
    pub fn label(self) -> &'static str {
        self.names().1
    }

    /// Whether this project's macros are what is measured.
    pub fn is_ours(self) -> bool {
        matches!(self, Self::Kept | Self::SampledAmongRates | Self::Dropped | Self::Off)
    }

    fn names(self) -> (&'static str, &'static str) {
        let found = NAMES.iter().find(|(subject, ..)| *subject == self);
        found.map_or(("", ""), |(_, name, label)| (name, label))
    }

    /// Whether each span must arrive at the exporter; otherwise none may.
    pub fn is_exported(self) -> bool {
        match self {
            Self::Kept
            | Self::SampledAmongRates
            | Self::Instrument
            | Self::LeanInstrument
            | Self::OpenTelemetry
            | Self::Fastrace => true,
            Self::Plain
            | Self::Dropped
            | Self::Off
            | Self::DroppedInstrument
            | Self::DroppedLeanInstrument
            | Self::OffInstrument => false,
        }
    }
}

impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = NAMES.iter().find(|(_, name, _)| *name == text);
        found
            .map(|(subject, ..)| *subject)
            .ok_or_else(|| format!("`{text}` is no subject"))
    }
}
