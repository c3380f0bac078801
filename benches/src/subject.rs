//! The subjects of the comparison.

use serde::{Deserialize, Serialize};

macro_rules! subjects {
    ($($subject:ident $label:literal,)*) => {
        /// An instrumentation and the telemetry that it runs under: one process each.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub(crate) enum Subject { $($subject,)* }

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

// The leanest layer has everything turned off that can be. `AlwaysOff` is the SDK's sampler.
subjects! {
    Sampled "**ours**, sampled",
    // A namespace without steps has a rate of 0, so that each decision looks up a rate.
    SampledAmongRates "**ours**, sampled among rates",
    Visible "**ours**, sampled, `visible`",
    ActivatingContext "**ours**, sampled, `activate_context`",
    Unsampled "**ours**, unsampled",
    // `otel::register_metrics`: each step and handler is in a histogram.
    UnsampledMeasured "**ours**, unsampled, measured",
    NoSubscriber "**ours**, no subscriber",
    Instrument "`#[instrument]`, default layer",
    InstrumentLeanest "`#[instrument]`, leanest layer",
    InstrumentUnsampled "`#[instrument]`, default layer, `AlwaysOff`",
    InstrumentLeanestUnsampled "`#[instrument]`, leanest layer, `AlwaysOff`",
    InstrumentNoSubscriber "`#[instrument]`, no subscriber",
    OpenTelemetry "OpenTelemetry API",
    Fastrace "fastrace",
    Plain "a plain function",
}

impl Subject {
    pub(crate) fn is_ours(self) -> bool {
        self.is_ours_sampled() || self.is_ours_unsampled() || self == Self::NoSubscriber
    }

    pub(crate) fn is_ours_sampled(self) -> bool {
        use Subject::{ActivatingContext, Sampled, SampledAmongRates, Visible};
        matches!(self, Sampled | SampledAmongRates | Visible | ActivatingContext)
    }

    pub(crate) fn is_ours_unsampled(self) -> bool {
        matches!(self, Self::Unsampled | Self::UnsampledMeasured)
    }

    /// Whether each of its spans must be exported. Otherwise no span may be.
    pub(crate) fn is_exported(self) -> bool {
        use Subject::{Fastrace, Instrument, InstrumentLeanest, OpenTelemetry};
        self.is_ours_sampled() || matches!(self, Instrument | InstrumentLeanest | OpenTelemetry | Fastrace)
    }

    /// Whether it reads the ids of its calls. Otherwise making new ids would be most of its time.
    pub(crate) fn reads_ids(self) -> bool {
        !matches!(self, Self::Plain | Self::NoSubscriber | Self::InstrumentNoSubscriber)
    }
}
