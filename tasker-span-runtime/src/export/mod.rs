//! From finished spans to the collector, on one thread: `tasker-span-export`. Settings are read in `setup`.
//!
//! ```text
//! function ends → record::Queue → Worker ─→ span processors
//!                                        └→ Outbox: open batch → waiting batches → Sender: one batch at a time
//! ```
//!
//! Each span has one fate, counted in `outbox` or where it is refused.

mod outbox;
mod pipeline;
mod processor;
mod sdk;
mod shared_processor;
mod stage;
mod stdout;
#[cfg(test)]
mod tests;
mod worker;

#[cfg(feature = "_otlp")]
mod otlp;
#[cfg(feature = "_otlp")]
mod transport;

#[cfg(feature = "_otlp")]
pub(crate) use otlp::Template;
pub(crate) use outbox::{Batching, Outbox};
pub(crate) use pipeline::Pipeline;
pub(crate) use processor::Processor;
pub(crate) use sdk::SdkSender;
pub(crate) use shared_processor::SharedProcessor;
pub(crate) use stage::Exporter;
pub(crate) use stdout::StandardOutput;
#[cfg(feature = "otlp-grpc")]
pub(crate) use transport::GrpcClient;
#[cfg(feature = "otlp-http")]
pub(crate) use transport::HttpClient;
#[cfg(feature = "_otlp")]
pub(crate) use transport::{Client, Connection, OtlpSender};
