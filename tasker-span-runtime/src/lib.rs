//! One complete OpenTelemetry trace per Tasker task.
//!
//! A task is a run of a workflow and is made of steps. Each task is one trace, whichever processes write its spans. A fixed
//! [`catalogue`] defines the spans, their allowed parents and their attributes. `#[task_span]` and `#[step_span]` write them,
//! and the compiler checks that each span gets its required attributes.
//!
//! ```
//! use tasker_span_runtime::{SpanFields, Uuid, step_span, task_span};
//!
//! #[derive(SpanFields)]
//! struct Task {
//!     task_uuid: Uuid,
//!     correlation_id: Uuid,
//!     namespace: String,
//! }
//!
//! /// The parameter `task` supplies the ids.
//! #[task_span("task.state_transition", from = from, to = to)]
//! fn transition(task: &Task, from: &str, to: &str) -> Result<(), String> {
//!     Ok(())
//! }
//!
//! /// An `Err` makes the span an error. `inherit` takes attributes from the enclosing span.
//! #[step_span("step.execution", step_uuid = step, handler_name = "charge_payment", attempt_number = 1, task = task)]
//! async fn execute(task: &Task, step: Uuid) -> Result<u64, String> {
//!     charge(4200)
//! }
//!
//! #[step_span("handler.execution", inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace))]
//! fn charge(amount: u64) -> Result<u64, String> {
//!     Ok(amount)
//! }
//! # let id = Uuid::from_u128(7);
//! # let task = Task { task_uuid: id, correlation_id: id, namespace: "payments".to_owned() };
//! # transition(&task, "pending", "initializing").unwrap();
//! # drop(execute(&task, id));
//! ```
//!
//! # Where to find what
//!
//! | to | see |
//! | --- | --- |
//! | describe the types that spans read attributes from | [`SpanFields`](derive@SpanFields) |
//! | annotate functions | [`task_span`], [`step_span`] |
//! | cover a block | [`task_scope!`], [`step_scope!`] |
//! | begin a span here and end it elsewhere | [`DetachedSpan`] |
//! | record an attribute late | [`span_record!`] |
//! | say what a failure is | [`Outcome`], [`Failure`] |
//! | carry the active span into a spawned future or a thread | [`FutureExt::in_current_scope`], [`in_current_scope`] |
//! | send the trace context with a message | [`TraceContext`] |
//! | link to the sender of a message | [`AsLink`] |
//! | record the sending of a message | [`record_sent_message`]; for PGMQ the crate `tasker-span-pgmq` |
//! | record an attempt whose worker died | [`record_lost_attempt`], [`LostAttempt`] |
//! | record a transition that the database made | [`record_transition`] |
//! | set a program up | [`Telemetry`] |
//! | sample a part of the spans | [`Sampling`], [`TelemetryBuilder::config_file`], [`SamplingHandle`] |
//! | add to a subscriber of your own | [`Telemetry::layer`]; with your own tracer provider [`otel`] |
//! | read the effective settings, and where each comes from | [`Telemetry::settings`] |
//! | format log lines | [`LogFormat`] |
//! | have log lines follow the sampling | [`SamplingFilter`] |
//! | export logs beside spans | [`otel::ExporterFilter`]; `otel::LogIds`, with the feature `logs` |
//! | keep values out of the trace | [`redact`] |
//! | test traces | `testing::Capture`, with the feature `testing` |
//! | print a program's traces as trees | `testing::SpanStore`, `testing::TreeText`, with the same feature |
//! | read the counts | [`stats`]; as metrics `otel::register_metrics`, with the feature `metrics` |
//! | measure all steps and tasks, sampled or not | `otel::register_metrics`, with the feature `metrics` |
//! | compute a task's trace id, and the address of its trace | [`identity`], [`identity::trace_url`] |
//! | see work that runs | [`TelemetryBuilder::running_after`], [`Telemetry::open_work`] |
//! | export names that say what a span is about | [`TelemetryBuilder::span_names`] |
//!
//! The [guide](https://github.com/tasker-systems/tasker-span/blob/main/docs/guide.md) explains all of it.
//!
//! # Features
//!
//! | feature | default | adds |
//! | --- | --- | --- |
//! | `otlp-grpc` | yes | export by OTLP over gRPC |
//! | `otlp-http` | | export by OTLP over HTTP |
//! | `tls` | | `https://` collectors |
//! | `tls-system-roots` | | the roots of the operating system: [`ExportOptions::system_roots`] |
//! | `gzip` | | compressed requests: [`Compression::Gzip`] |
//! | `chrono`, `time` | | `#[span(started_at)]` on these crates' types |
//! | `serde` | | `TraceContext` as a serde type, [`Settings`] and [`OpenWork`] for endpoints |
//! | `json` | | log lines as JSON: `LogFormat::json` |
//! | `logs` | | the ids of spans on exported logs: `otel::LogIds` |
//! | `metrics` | | durations of all spans, and the counts, as OpenTelemetry metrics |
//! | `tracing-log` | yes | records of the `log` crate as events |
//! | `testing` | | the test kit |
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "call/mod.rs"]
#[allow(missing_docs, reason = "called by expansions only")]
pub mod __private;
pub mod catalogue;
mod clock;
mod counter;
mod durations;
mod error;
mod export;
mod fork;
pub mod identity;
mod lock;
mod macros;
mod notice;
pub mod otel;
mod outcome;
mod prefetch;
mod printable;
mod propagation;
mod record;
pub mod redact;
mod sampled_by;
mod sampling;
mod secret;
mod setup;
mod span;
mod stats;
mod subject;
mod subscriber;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;

pub use error::Error;
pub use macros::{step_scope, step_span, task_scope, task_span};
pub use outcome::{ErrorDescription, Failure, Outcome};
pub use propagation::{AsLink, Links, TraceContext};
pub use record::SpanNames;
pub use sampling::{NamespaceStats, Sampling};
#[cfg(fuzzing)]
#[doc(hidden)]
pub use setup::fuzzing;
#[doc(hidden)]
pub use setup::ignore_environment;
pub use setup::{
    Compression, Console, EffectiveSetting, ExportOptions, LogFormat, Protocol, SamplingFilter, SamplingHandle,
    SettingSource, Settings, Telemetry, TelemetryBuilder,
};
#[doc(hidden)]
pub use span::InScope;
pub use span::{
    DetachedSpan, EnteredSpan, FutureExt, LostAttempt, OpenWork, OpenWorkKind, ScopedSpan, UnknownNamespace,
    in_current_scope, record_lost_attempt, record_sent_message, record_transition,
};
pub use stats::{Stats, stats};
pub use subject::*;
pub use subscriber::SpanSubscriber;
pub use uuid::Uuid;
