//! The subjects of the comparison.

use serde::{Deserialize, Serialize};

macro_rules! subjects {
    ($($(#[$doc:meta])* $subject:ident $label:literal,)*) => {
        /// An instrumentation and the telemetry that it runs under: one process each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum Subject { $($(#[$doc])* $subject,)* }

        impl Subject {
            /// In the order of the tables.
            pub(crate) const ALL: &[Self] = &[$(Self::$subject,)*];

            /// The title of its rows, in Markdown.
            pub(crate) const fn label(self) -> &'static str {
                match self { $(Self::$subject => $label,)* }
            }
        }
    };
}

subjects! {
    /// Our spans at the default rates: all are sampled.
    Sampled "**ours**, sampled",
    /// Our spans, all sampled, while another namespace has a rate of 0.
    SampledAmongRates "**ours**, sampled among rates",
    /// Our spans at a rate of 0.
    Unsampled "**ours**, unsampled",
    /// Our macros in a process without a subscriber.
    NoSubscriber "**ours**, no subscriber",
    /// `#[instrument]` with the default layer of `tracing-opentelemetry`.
    Instrument "`#[instrument]`, default layer",
    /// `#[instrument]` with that layer and everything turned off that can be.
    InstrumentLeanest "`#[instrument]`, leanest layer",
    /// `#[instrument]` with the default layer, under the SDK's sampler `AlwaysOff`.
    InstrumentUnsampled "`#[instrument]`, default layer, `AlwaysOff`",
    /// `#[instrument]` with the leanest layer, under the same sampler.
    InstrumentLeanestUnsampled "`#[instrument]`, leanest layer, `AlwaysOff`",
    /// `#[instrument]` in a process without a subscriber.
    InstrumentNoSubscriber "`#[instrument]`, no subscriber",
    /// The API of the crate `opentelemetry`.
    OpenTelemetry "OpenTelemetry API",
    /// The crate `fastrace`.
    Fastrace "fastrace",
    /// Functions without instrumentation.
    Plain "a plain function",
}

impl Subject {
    pub(crate) fn is_ours(self) -> bool {
        use Subject::{NoSubscriber, Sampled, SampledAmongRates, Unsampled};
        matches!(self, Sampled | SampledAmongRates | Unsampled | NoSubscriber)
    }

    /// Whether each of its spans must be exported. Otherwise no span may be.
    pub(crate) fn is_exported(self) -> bool {
        use Subject::{Fastrace, Instrument, InstrumentLeanest, OpenTelemetry, Sampled, SampledAmongRates};
        matches!(
            self,
            Sampled | SampledAmongRates | Instrument | InstrumentLeanest | OpenTelemetry | Fastrace
        )
    }

    /// Whether it reads the ids of its calls. Otherwise making new ids would be most of its time.
    pub(crate) fn reads_ids(self) -> bool {
        !matches!(self, Self::Plain | Self::NoSubscriber | Self::InstrumentNoSubscriber)
    }
}
