//! One complete OpenTelemetry trace per Tasker task.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[doc(hidden)]
#[path = "private.rs"]
#[allow(missing_docs, reason = "called by expansions only")]
pub mod __private;
mod attributes;
mod begin;
pub mod catalogue;
mod derived;
#[allow(missing_docs, reason = "called by expansions only")]
mod ending;
mod error;
#[allow(missing_docs, reason = "called by expansions only")]
mod field;
mod fields;
mod future;
mod hierarchy;
pub mod identity;
mod late;
mod layer;
mod macros;
mod memory;
mod outcome;
#[allow(missing_docs, reason = "called by expansions only")]
mod record;
mod recording;
mod resolve;
#[allow(missing_docs, reason = "called by expansions only")]
mod returned;
mod scope;
mod scoped_span;
mod setup;
#[allow(missing_docs, reason = "called by expansions only")]
mod site;
#[allow(missing_docs, reason = "called by expansions only")]
mod start;
mod state;
mod stats;
#[allow(missing_docs, reason = "called by expansions only")]
mod supplies;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod value;
mod violation;

pub use error::Error;
pub use fields::{
    HasAttemptNumber, HasCorrelationId, HasHandlerName, HasMaxAttempts, HasNamespace, HasParentCorrelationId,
    HasPriority, HasStartedAt, HasStepUuid, HasTaskName, HasTaskUuid, SpanFields,
};
pub use future::{FutureExt, InScope, in_current_scope};
pub use layer::ScopeLayer;
pub use macros::{step_scope, step_span, task_scope, task_span};
pub use outcome::{ErrorDescription, Failure, Outcome};
pub use recording::{IdGenerator, Sampler};
pub use scoped_span::{EnteredSpan, ScopedSpan};
pub use setup::{Console, ExportOptions, ExportReport, Protocol, Telemetry, TelemetryBuilder};
pub use stats::{Stats, stats};
pub use uuid::Uuid;
pub use value::{AsInteger, AsText, AsTimestamp, AsUuid};
