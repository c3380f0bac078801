//! What almost every test of behaviour uses; nothing that starts a server.

pub use std::future::Future;
pub use std::panic::{AssertUnwindSafe, catch_unwind};

pub use tasker_span_runtime::testing::{Capture, CapturedSpan, Outline, SpanKind, SpanStore, Spans, Status};
pub use tasker_span_runtime::{
    AsLink, FutureExt, Links, Sampling, SpanFields, TraceContext, Uuid, identity, in_current_scope,
    record_lost_attempt, record_transition, span_record, stats, step_scope, step_span, task_scope, task_span,
};

pub use crate::calls::*;
pub use crate::fixture::{Step, Task, remote};
pub use crate::poll::{cancel, finish, poll, try_finish};
pub use crate::sampling::{self, no_steps, no_tasks};
