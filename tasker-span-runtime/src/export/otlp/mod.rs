//! OTLP's bytes, written straight from finished spans: `ExportTraceServiceRequest` and its answer, by the
//! [protocol's definitions](https://github.com/open-telemetry/opentelemetry-proto). How they are sent is in `transport`.

mod answer;
mod request;
mod span;
#[cfg(test)]
mod tests;
mod value;
mod wire;

pub(super) use answer::Answer;
#[cfg(test)]
pub(super) use answer::PartialSuccess;
#[cfg(feature = "otlp-http")]
pub(super) use answer::Refusal;
pub(super) use request::Request;
pub(crate) use request::Template;
