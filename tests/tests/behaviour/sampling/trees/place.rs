//! The work of a node in a workload, with its task, step and process.

use std::panic::resume_unwind;
use std::rc::Rc;
use std::task::Poll;

use opentelemetry::Context;
use opentelemetry::trace::{Span as _, TraceContextExt, Tracer, TracerProvider};
use tasker_span_tests::prelude::*;
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::plan::{Call, End, Node};
use super::program::{self, Failed, Outcome, Work};
use super::truth::Truth;
use super::world::World;

/// Where the running code is.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) world: Rc<World>,
    pub(super) process: usize,
    pub(super) task: Rc<Task>,
    pub(super) step: Rc<Step>,
    /// Another task encloses it, whose spans may be sampled.
    pub(super) is_nested: bool,
}

impl Place {
    pub(super) async fn swallowed(self, node: Node) {
        let mut patience = if matches!(node.call, Call::Execution) { 100 } else { 10 };
        let mut work = Some(self.node(node));
        // A panic is told by the spans alone, and work that does not end is given up.
        std::future::poll_fn(|context| {
            let Some(running) = &mut work else {
                return Poll::Ready(());
            };
            patience -= 1;
            match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))) {
                Ok(Poll::Pending) if patience > 0 => return Poll::Pending,
                _ => work = None,
            }
            Poll::Ready(())
        })
        .await;
    }

    fn nodes(&self, nodes: Vec<Node>) -> impl Future<Output = Outcome> + use<> {
        let place = self.clone();
        async move {
            for node in nodes {
                if node.is_swallowed {
                    place.clone().swallowed(node).await;
                } else {
                    place.clone().node(node).await?;
                }
            }
            Ok(())
        }
    }

    fn node(&self, node: Node) -> Work {
        let name = match node.call {
            Call::Execution => "step.execution",
            Call::Handler | Call::LateHandler => "handler.execution",
            Call::Validation => "handler.validation",
            Call::Submission => "result.submission",
            _ => return self.other(node),
        };
        let work = self.clone().span(name, node.inside, node.end, node.is_async);
        program::call(&node.call, node.is_async, self.subjects(), work)
    }

    fn subjects(&self) -> (Rc<Task>, Rc<Step>) {
        (Rc::clone(&self.task), Rc::clone(&self.step))
    }

    /// A call that is no span of ours.
    fn other(&self, node: Node) -> Work {
        let place = self.clone();
        let id = self.task.task_uuid;
        match node.call {
            Call::Api => Box::pin(async move {
                let span = place.world.own.tracer("own").start("api");
                let context = Context::new().with_remote_span_context(span.span_context().clone());
                place.check(&context, "OpenTelemetry's own API");
                Ok(())
            }),
            Call::Log => Box::pin(async move {
                tracing::info!(step_uuid = %place.step.workflow_step_uuid, "logged");
                Ok(())
            }),
            Call::Yield => Box::pin(async {
                let mut polls = [Poll::Pending, Poll::Ready(Ok(()))].into_iter();
                std::future::poll_fn(|_| polls.next().unwrap_or(Poll::Pending)).await
            }),
            Call::Spawn { outlives } => Box::pin(async move {
                let work = Box::pin(place.nodes(node.inside).in_current_scope());
                if !outlives {
                    return work.await;
                }
                place.world.defer(id, place.process, work);
                Ok(())
            }),
            Call::Lost { later: true } => Box::pin(async move {
                let lost = place.clone();
                place
                    .world
                    .defer(id, place.process, Box::pin(async move { lost.lost(node.end) }));
                Ok(())
            }),
            Call::Lost { later: false } => Box::pin(async move { place.lost(node.end) }),
            Call::Child(plan) => Box::pin(async move {
                let id = place.world.child_of(id);
                try_finish(place.world.task(*plan, id, place.process, true));
                Ok(())
            }),
            call => program::call(&call, node.is_async, self.subjects(), async move {
                place.check(&tracing::Span::current().context(), "an instrumented function");
                place.nodes(node.inside).await
            }),
        }
    }

    /// Calls a handler on another thread, without the enclosing spans. Its error is ignored.
    #[allow(clippy::unnecessary_wraps, reason = "as all calls do")]
    fn lost(&self, end: End) -> Outcome {
        let capture = &self.world.captures[self.process];
        let (task, step) = (&*self.task, &*self.step);
        let work = || match end {
            End::Err => Err(Failed),
            End::Panic => resume_unwind(Box::new("broken")),
            End::Ok | End::Pending => Ok(()),
        };
        let run = || capture.run(|| program::handle_told(task, step, work));
        self.ends("handler.execution");
        match std::thread::scope(|threads| threads.spawn(run).join()) {
            Ok(Ok(())) => {}
            Ok(Err(Failed)) => self.fails("handler.execution", "error"),
            Err(_) => self.fails("handler.execution", "panic"),
        }
        Ok(())
    }

    /// The body of a span of ours.
    async fn span(self, name: &'static str, inside: Vec<Node>, end: End, is_async: bool) -> Outcome {
        let mut truth = Truth::new(self.clone(), name, is_async);
        self.check_trace_context();
        let mut outcome = self.nodes(inside).await;
        match end {
            End::Err => outcome = Err(Failed),
            End::Panic => resume_unwind(Box::new("broken")),
            End::Pending if is_async => std::future::pending().await,
            End::Ok | End::Pending => {}
        }
        truth.over(outcome.is_ok());
        outcome
    }

    pub(super) fn fails(&self, name: &'static str, how: &'static str) {
        let step = &self.step;
        self.world.fails((name, step.workflow_step_uuid, step.attempts, how));
    }

    pub(super) fn ends(&self, name: &'static str) {
        if self.world.is_slow(&self.task.namespace_name) {
            let span = (name, self.step.workflow_step_uuid);
            *self.world.ended.borrow_mut().entry(span).or_default() += 1;
        }
    }

    fn check(&self, context: &Context, what: &str) {
        let span = context.span();
        let context = span.span_context();
        let trace_id = identity::trace_id(self.task.task_uuid);
        let is_in_trace = context.trace_id().to_bytes() == trace_id.to_u128().to_be_bytes();
        if !context.is_valid() || (!is_in_trace && (context.is_sampled() || !self.is_nested)) {
            self.problem(format!(
                "{what} has the context {context:?} in task {}",
                self.task.task_uuid
            ));
        }
        if context.is_sampled() != TraceContext::current().is_sampled() {
            self.problem(format!(
                "{what} has the context {context:?}, and the trace context is {:?}",
                TraceContext::current()
            ));
        }
    }

    fn check_trace_context(&self) {
        let trace_context = TraceContext::current();
        if trace_context.trace_id() != Some(identity::trace_id(self.task.task_uuid))
            || trace_context.span_id().is_none()
        {
            self.problem(format!(
                "the trace context is {trace_context:?} in task {}",
                self.task.task_uuid
            ));
        }
    }

    fn problem(&self, problem: String) {
        self.world.problems.borrow_mut().push(problem);
    }
}
