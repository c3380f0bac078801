//! A kit for tests of traces: capture, look-up, text trees, and a check against the catalogue. It
//! exports no span.
//!
//! ```
//! use tasker_span_runtime::testing::Capture;
//! use tasker_span_runtime::{Uuid, task_span};
//!
//! #[task_span("task.state_transition", task_uuid = id, correlation_id = id, namespace = "orders", from = from, to = to)]
//! fn transition(id: Uuid, from: &str, to: &str) {}
//!
//! let capture = Capture::strict();
//! let id = Uuid::from_u128(7);
//! transition(id, "pending", "initializing");
//! transition(id, "evaluating_results", "complete");
//!
//! // The catalogue's required attributes in their types, its parents and its ids.
//! capture.assert_complete();
//!
//! let spans = capture.spans();
//! assert_eq!(spans.to_tree_text(), "\
//! task.orchestration
//!   task.state_transition pending → initializing
//!   task.state_transition evaluating_results → complete
//! ");
//! let last = spans.named("task.state_transition").with("to_state", "complete").one();
//! assert_eq!(last.uuid("task_uuid"), Some(id));
//! ```

mod assertions;
mod capture;
mod capture_builder;
mod check;
mod columns;
mod event;
mod failure;
mod fold;
mod forest;
mod interested;
mod label;
mod link;
mod outline;
mod paint;
mod rows;
mod snapshot;
mod span;
mod spans;
mod status;
mod store;
mod terminal;
#[cfg(test)]
mod tests;
mod text;
mod tree;
mod value;

pub use crate::printable::printable;
pub use capture::Capture;
pub use capture_builder::CaptureBuilder;
pub use check::{Problem, ProblemKind};
pub use event::CapturedEvent;
pub use link::CapturedLink;
pub use outline::Outline;
pub use span::CapturedSpan;
pub use spans::Spans;
pub use status::{SpanKind, Status};
pub use store::SpanStore;
pub use text::TreeText;
pub use tree::Tree;
pub use value::Value;
