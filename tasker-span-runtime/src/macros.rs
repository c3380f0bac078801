//! The macros, with the examples that their own crate could not run.

#[doc = include_str!("docs/step_scope.md")]
pub use tasker_span_macros::step_scope;
#[doc = include_str!("docs/step_span.md")]
pub use tasker_span_macros::step_span;
#[doc = include_str!("docs/task_scope.md")]
pub use tasker_span_macros::task_scope;
#[doc = include_str!("docs/task_span.md")]
pub use tasker_span_macros::task_span;
