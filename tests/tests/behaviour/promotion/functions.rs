//! The functions that a program calls: annotated, in both shapes, and other code's.

use std::pin::Pin;
use std::sync::Arc;

use tasker_span_tests::prelude::*;
use tracing::Instrument;
use tracing::field::Empty;

#[derive(Debug)]
pub(super) struct Failed;

impl std::fmt::Display for Failed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("failed")
    }
}

impl std::error::Error for Failed {}

/// The correlation id of the call's task.
pub(super) type Outcome = Result<Uuid, Failed>;

pub(super) type Work = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// What a call is about.
#[derive(Debug, SpanFields)]
pub(super) struct Subject {
    #[span(nested(correlation_id, namespace))]
    pub(super) task: Task,
    #[span(nested(task_uuid, step_uuid, handler_name, attempt_number))]
    pub(super) step: Step,
    pub(super) message: Option<TraceContext>,
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// Tells the calls of a program apart.
    pub(super) call: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Orchestrate,
    Transition,
    Discover,
    Execute,
    ExecuteLinked,
    Handle,
    HandleTold,
    HandleLate,
    Submit,
    Finalize,
    Archive,
    Review,
    Instrumented,
    OtherCode,
}

impl Function {
    /// Each as often as programs call it. One that creates its task is none of them: promoted before, it stays with its caller.
    pub(super) const CALLED: &[Self] = &[
        Self::Orchestrate,
        Self::Orchestrate,
        Self::Transition,
        Self::Transition,
        Self::Discover,
        Self::Execute,
        Self::Execute,
        Self::Execute,
        Self::ExecuteLinked,
        Self::Handle,
        Self::Handle,
        Self::HandleTold,
        Self::HandleLate,
        Self::Submit,
        Self::Submit,
        Self::Finalize,
        Self::Archive,
        Self::Review,
        Self::Instrumented,
        Self::OtherCode,
    ];

    /// Records what the function declared late, inside of its span.
    pub(super) fn record(self, subject: &Subject) {
        let span = tracing::Span::current;
        match self {
            Self::HandleLate => span_record!(handler_name = "late"),
            Self::Finalize => span_record!(subject = subject.task),
            // This promotes the span by itself.
            Self::Archive => {
                span().record("namespace", subject.task.namespace_name.as_str());
                span().record("correlation_id", tracing::field::display(subject.task.correlation_id));
            }
            _ => {}
        }
    }
}

macro_rules! functions {
    ($subject:ident: $(#[$span:meta] $function:ident: $name:ident, $name_async:ident;)*) => {
        $(
            #[$span]
            fn $name($subject: &Subject, work: impl FnOnce() -> Outcome) -> Outcome {
                let _ = $subject;
                work()
            }

            #[$span]
            async fn $name_async($subject: &Subject, work: impl Future<Output = Outcome>) -> Outcome {
                let _ = $subject;
                work.await
            }
        )*

        pub(super) fn call(function: Function, subject: &Subject, work: impl FnOnce() -> Outcome) -> Outcome {
            match function {
                $(Function::$function => $name(subject, work),)*
                Function::OtherCode => tracing::info_span!("other code", rows = Empty).in_scope(work),
            }
        }

        pub(super) fn call_async(function: Function, subject: Arc<Subject>, work: Work) -> Work {
            match function {
                $(Function::$function => Box::pin(async move { $name_async(&subject, work).await }),)*
                // The span begins where the future is made.
                Function::OtherCode => Box::pin(work.instrument(tracing::info_span!("other code", rows = Empty))),
            }
        }
    };
}

functions! { subject:
    #[task_span("task.orchestration", task = subject.task)]
    Orchestrate: orchestrate, orchestrate_async;
    #[task_span("task.state_transition", task = subject.task, from = subject.from, to = subject.to, ret)]
    Transition: transition, transition_async;
    #[task_span("step.discovery", task = subject.task)]
    Discover: discover, discover_async;
    #[step_span("step.execution", task = subject.task, step = subject.step)]
    Execute: execute, execute_async;
    #[step_span("step.execution", task = subject.task, step = subject.step, link = subject.message, fields(rows = Empty))]
    ExecuteLinked: execute_linked, execute_linked_async;
    #[step_span("handler.execution", inherit)]
    Handle: handle, handle_async;
    #[step_span(
        "handler.execution",
        task = subject.task,
        step = subject.step,
        fields(call = subject.call, rows = Empty),
        err(Debug),
    )]
    HandleTold: handle_told, handle_told_async;
    #[step_span("handler.execution", inherit(task_uuid, step_uuid, correlation_id, namespace), late(handler_name))]
    HandleLate: handle_late, handle_late_async;
    #[step_span("result.submission", inherit, ret(Display))]
    Submit: submit, submit_async;
    #[task_span(
        "task.finalization",
        within = "task.orchestration",
        task_uuid = subject.task.task_uuid,
        late(correlation_id, namespace),
    )]
    Finalize: finalize, finalize_async;
    #[task_span(
        "task.archival",
        within = "task.orchestration",
        kind = client,
        task_uuid = subject.task.task_uuid,
        late(correlation_id, namespace),
    )]
    Archive: archive, archive_async;
    #[task_span(
        "task.review",
        within = "task.state_transition",
        task_uuid = subject.task.task_uuid,
        inherit(namespace),
        late(correlation_id = |id| *id),
        fields(call = subject.call),
    )]
    Review: review, review_async;
    #[tracing::instrument(skip_all, fields(call = subject.call, rows))]
    Instrumented: instrumented, instrumented_async;
}
