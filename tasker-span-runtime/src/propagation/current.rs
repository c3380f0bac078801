//! `TraceContext::current`: the trace context of the running code; and what a received one tells it.

use uuid::Uuid;

use super::TraceContext;
use super::task_member::TaskMember;
use super::trace_context::Header;
use super::traceparent::TraceParent;
use crate::catalogue::Family;
use crate::catalogue::attributes::Attributes;
use crate::identity::intern::Interned;
use crate::identity::{self, SpanId, TraceId, cache};
use crate::outcome::caught;
use crate::sampling::{self, Rates};
use crate::span::{self, DetachedSpan, LocalSpan, Settings, stack};

impl TraceContext {
    /// The trace context of the active span, for a message that the code sends.
    ///
    /// In an unsampled span it says so. Its ids are those under which the span is exported if it
    /// fails. Without exported spans, the ids are the [derived ones](crate::identity) of the step's
    /// execution, or of the task's root. Outside of all spans it is [`EMPTY`](Self::EMPTY).
    ///
    /// It has the task's `correlation_id` and `namespace`, sampled or not, if this process knows them.
    ///
    /// ```
    /// use opentelemetry::propagation::Injector;
    /// use tasker_span_runtime::TraceContext;
    ///
    /// /// Publishes a message to any queue whose messages have headers.
    /// fn publish(headers: &mut dyn Injector) {
    ///     TraceContext::current().inject_over(headers);
    /// }
    /// # publish(&mut std::collections::HashMap::new());
    /// ```
    pub fn current() -> Self {
        // The thread-locals of the active span may be gone.
        if stack::is_thread_ending() {
            return Self::EMPTY;
        }
        let active = stack::enclosing();
        // OpenTelemetry's thread-locals may be gone before ours, and then it panics.
        let foreign = caught(span::foreign).flatten();
        let trace_context = match (&active, foreign) {
            // What other code starts in an unsampled span is unsampled with it: the span itself tells more.
            (Some(active), Some(foreign)) if foreign.is_sampled() || active.sampling.is_sampled => Self::of(&foreign),
            (Some(active), _) => Self::of_local(active),
            (None, Some(foreign)) => Self::of(&foreign),
            (None, None) => Self::EMPTY,
        };
        match active {
            Some(active) => trace_context.with_task_of(&active),
            None => trace_context,
        }
    }

    /// The trace context of a task's root, which follows from its UUID: to link to a task that is known by its UUID alone, such
    /// as the one that a request has created or waits for.
    ///
    /// Its sampling flag is what [the rate of tasks](crate::Sampling) says of the task here and now. It is
    /// [`EMPTY`](Self::EMPTY) for the nil UUID.
    ///
    /// ```
    /// use tasker_span_runtime::{TraceContext, Uuid, identity, task_span};
    ///
    /// #[task_span(
    ///     "task.follow_up",
    ///     within = "task.orchestration",
    ///     task_uuid = task_uuid,
    ///     inherit,
    ///     link = TraceContext::of_task(first),
    /// )]
    /// fn follow_up(task_uuid: Uuid, first: Uuid) {}
    ///
    /// let first = Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0001);
    /// follow_up(Uuid::max(), first);
    /// assert_eq!(TraceContext::of_task(first).trace_id(), Some(identity::trace_id(first)));
    /// ```
    pub fn of_task(task_uuid: Uuid) -> Self {
        if task_uuid.is_nil() {
            return Self::EMPTY;
        }
        let trace_id = identity::trace_id(task_uuid);
        let decide = |rates: &Rates| rates.decide_task(|| trace_id).sampled;
        let is_sampled = match Settings::current() {
            Some(settings) => settings.with_rates(decide),
            None => sampling::with_rates(decide),
        };
        let parent = TraceParent::new(trace_id, identity::root_span_id(task_uuid), is_sampled.into());
        Self::assemble(Header::Valid(parent), Header::Absent)
    }

    /// Inserts the task's `correlation_id` and `namespace`, which the sender sent along, into this process's identity cache:
    /// spans that know the task's UUID alone then find them. What the process knows by itself stays.
    ///
    /// `tasker_span_pgmq::read` and `link = …` do it. It is for messages of other brokers that no span links to. Parsing alone
    /// inserts nothing, and neither does a thread whose subscriber has no layer of this crate.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use tasker_span_runtime::{TraceContext, Uuid, task_span};
    ///
    /// #[task_span("task.result", within = "task.orchestration", task_uuid = task_uuid, inherit(correlation_id, namespace))]
    /// fn process_result(task_uuid: Uuid) {}
    ///
    /// fn receive(headers: &HashMap<String, String>, task_uuid: Uuid) {
    ///     TraceContext::extract(headers).insert_identity();
    ///     process_result(task_uuid);
    /// }
    /// # receive(&HashMap::new(), Uuid::max());
    /// ```
    pub fn insert_identity(&self) {
        if self.has_identity()
            && let Some(settings) = Settings::current()
        {
            self.insert_identity_into(settings.realm);
        }
    }

    fn of_local(span: &LocalSpan) -> Self {
        if span.is_filtered() {
            Self::unsampled(derived_ids(span))
        } else {
            Self::of(&span::hand_out(span))
        }
    }

    /// Adds what is known of the span's task, if the context is of that task's trace.
    fn with_task_of(mut self, span: &LocalSpan) -> Self {
        if let Some(headers) = &mut self.0
            && let Some(member) = span.with_known(|known| member(span, known, headers.parent.trace_id))
        {
            headers.state = member.add_to(&headers.state);
        }
        self
    }

    fn unsampled(ids: Option<(TraceId, SpanId)>) -> Self {
        ids.map_or(Self::EMPTY, |(trace_id, span_id)| {
            Self::assemble(Header::Valid(TraceParent::new(trace_id, span_id, 0)), Header::Absent)
        })
    }
}

impl DetachedSpan {
    /// The trace context of the span, for the program that does the work: the parent of that program's spans, or the sender that
    /// they link to. In an unsampled span it says so. Empty only if no subscriber wants the span.
    ///
    /// ```
    /// # use tasker_span_runtime::{Uuid, step_scope};
    /// # let span = step_scope!("handler.execution", step_uuid = Uuid::from_u128(7), inherit).detach();
    /// let context = span.trace_context();
    /// let variables = [("TRACEPARENT", context.traceparent()), ("TRACESTATE", context.tracestate().map(str::to_owned))];
    /// # drop(variables);
    /// # span.end();
    /// ```
    pub fn trace_context(&self) -> TraceContext {
        match self.local() {
            Some(span) => TraceContext::of_local(span).with_task_of(span),
            None => TraceContext::EMPTY,
        }
    }
}

/// What the span, or else this process, knows of the task. `None` if there is nothing to tell.
fn member(span: &LocalSpan, known: &Attributes, trace_id: TraceId) -> Option<TaskMember> {
    let task_uuid = known
        .task_uuid
        .filter(|task_uuid| identity::trace_id(*task_uuid) == trace_id)?;
    // The namespace of a step's span may be the step's own.
    let is_whole = span.site.family() == Family::Task && known.correlation_id.is_some() && known.namespace.is_some();
    let task = if is_whole {
        None
    } else {
        cache::task(span.realm(), task_uuid)
    };
    let correlation_id = known
        .correlation_id
        .or_else(|| task.and_then(|task| task.correlation_id()));
    let of_task = task.and_then(|task| task.namespace).map(Interned::text);
    let namespace = match span.site.family() {
        Family::Task => known.namespace.clone().or(of_task),
        Family::Step => of_task.or_else(|| known.namespace.clone()),
    };
    (correlation_id.is_some() || namespace.is_some()).then(|| TaskMember {
        task_uuid,
        correlation_id,
        namespace: namespace.map(|namespace| namespace.to_string()),
    })
}

/// The derived ids of the step's execution, or else of the task's root.
fn derived_ids(span: &LocalSpan) -> Option<(TraceId, SpanId)> {
    let known = span.known();
    let task = known.task_uuid?;
    let latest = |step| cache::step(span.realm(), step)?.execution;
    let execution = known.execution_id().or_else(|| latest(known.step_uuid?));
    Some((
        identity::trace_id(task),
        execution.unwrap_or_else(|| identity::root_span_id(task)),
    ))
}
