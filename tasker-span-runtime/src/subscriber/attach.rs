//! OpenTelemetry's context of a local span, attached while other code's span is created in it.
//! `Attach` and `Detach` enclose the OpenTelemetry layer.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use opentelemetry::trace::TraceContextExt;
use opentelemetry::{Context, ContextGuard};
use tracing::span::{Attributes, Id};
use tracing::{Dispatch, Event, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::Layer;
use tracing_subscriber::layer;
use tracing_subscriber::registry::LookupSpan;
use triomphe::Arc;

use super::tracer::OtelSpan;
use crate::identity::TraceId;
use crate::outcome::caught;
use crate::span::stack::{self, ContextId, Entered, Told};
use crate::span::tell;
use crate::span::{LocalSpan, hand_out};

/// The context in which the span is current, for the setting `activate_context`. `None` if it is
/// not in the trace.
pub(crate) fn context(span: &Arc<LocalSpan>) -> Option<Context> {
    if span.is_filtered() {
        return None;
    }
    if let Some(sdk) = span.promoted().and_then(|promoted| promoted.sdk) {
        return Some(sdk);
    }
    Some(Context::map_current(|context| {
        marked(context.with_span(OtelSpan::local(Arc::clone(span))), span)
    }))
}

/// In a context: it is that of an unsampled span in this trace, or of other code's span inside of it.
#[derive(Debug)]
struct InUnsampled(TraceId);

/// Marks the context of an unsampled span: spans of other code are unsampled with the span that they are created in, and not
/// with the one that they are entered in first, which is when the OpenTelemetry layer has the sampler decide.
pub(super) fn marked(context: Context, span: &LocalSpan) -> Context {
    if span.sampling.is_sampled {
        context
    } else {
        context.with_value(InUnsampled(span.trace_id()))
    }
}

/// The trace of the unsampled span that a context is inside of. The mark is inherited, by the contexts of sampled spans too.
fn mark_of(context: &Context) -> Option<TraceId> {
    let InUnsampled(trace_id) = context.get()?;
    is_unsampled_in(context, *trace_id).then_some(*trace_id)
}

fn is_unsampled_in(context: &Context, trace_id: TraceId) -> bool {
    let span = context.span();
    let span = span.span_context();
    !span.is_sampled() && span.trace_id().to_bytes() == trace_id.to_u128().to_be_bytes()
}

/// Attaches the context of the local span that the code is in, unless the subscriber knows it, or
/// code inside of it has attached another context.
pub(super) fn innermost() -> Option<ContextGuard> {
    if stack::is_context_of_other_code() {
        return None;
    }
    let span = stack::near_entries(|entries| {
        let mut untold = entries.iter().rev().map_while(|entry| match &entry.span {
            Entered::Local { span, told: Told::No } => Some(span),
            _ => None,
        });
        untold
            .find(|span| !span.is_filtered() || !span.sampling.is_sampled)
            .cloned()
    })??;
    let attached = |context: &Context| marked(context.with_remote_span_context(hand_out(&span)), &span);
    caught(|| Context::map_current(attached).attach())
}

thread_local! {
    static STARTING: Cell<Starting> = const { Cell::new(Starting::No) };
}

/// What is known of the span of other code that is starting.
#[derive(Clone, Copy)]
enum Starting {
    No,
    /// Not created in an unsampled span.
    Outside,
    /// Created in an unsampled span of this trace.
    Inside(TraceId),
}

/// Starts a span of other code with our tracer: its parent's context tells whether it is inside an unsampled span, or the mark
/// of a layer that comes before the OpenTelemetry layer.
pub(super) fn starting<R>(parent: &Context, start: impl FnOnce() -> R) -> R {
    let before = || match STARTING.try_with(Cell::get) {
        Ok(Starting::Inside(trace_id)) => Some(trace_id),
        _ => None,
    };
    match mark_of(parent).or_else(before).or_else(of_mark) {
        Some(trace_id) => while_starting(Starting::Inside(trace_id), start),
        None => while_starting(Starting::Outside, start),
    }
}

/// Starts a span of other code where it is created, inside an unsampled span, if the OpenTelemetry layer knows it already.
pub(super) fn start_unsampled(id: &Id, dispatch: &Dispatch, trace_id: TraceId) {
    caught(|| while_starting(Starting::Inside(trace_id), || get_otel_context(id, dispatch)));
}

fn while_starting<R>(starting: Starting, start: impl FnOnce() -> R) -> R {
    struct Reset(Starting);
    impl Drop for Reset {
        fn drop(&mut self) {
            let _ = STARTING.try_with(|starting| starting.set(self.0));
        }
    }
    let before = STARTING.try_with(|cell| cell.replace(starting));
    let _reset = Reset(before.unwrap_or(Starting::No));
    start()
}

/// The trace of the unsampled span in which other code's span was created that is starting. A tracer of the program's own
/// tells no context: its spans are created where they start.
pub(super) fn unsampled() -> Option<TraceId> {
    match STARTING.try_with(Cell::get).unwrap_or(Starting::No) {
        Starting::Inside(trace_id) => Some(trace_id),
        Starting::Outside => None,
        Starting::No => innermost_unsampled().or_else(|| caught(|| Context::map_current(mark_of)).flatten()),
    }
}

/// The trace of the unsampled span that the code is in, if OpenTelemetry's current context does not tell.
pub(super) fn innermost_unsampled() -> Option<TraceId> {
    let trace_id = stack::innermost(|entry| match &entry.span {
        Entered::Local { span, told: Told::No } if !span.sampling.is_sampled => Some(span.trace_id()),
        _ => None,
    });
    let trace_id = trace_id.flatten().filter(|_| !stack::is_context_of_other_code());
    trace_id.or_else(of_mark)
}

/// The trace of the unsampled span that other code's innermost span was created in. That span is starting, so that it is not
/// OpenTelemetry's current one yet, or it is unsampled.
fn of_mark() -> Option<TraceId> {
    let current = ContextId::current();
    let (trace_id, is_starting) = stack::innermost(|entry| match &entry.span {
        Entered::Foreign {
            enclosing: Some(span),
            is_unsampled: true,
            ..
        } => Some((span.trace_id(), entry.is_current(current))),
        _ => None,
    })??;
    let is_inside = is_starting || caught(|| Context::map_current(|context| is_unsampled_in(context, trace_id)))?;
    is_inside.then_some(trace_id)
}

thread_local! {
    /// The context of the span that is being created. Without a destructor: OpenTelemetry's stack
    /// may be gone by then.
    static ATTACHED: Cell<Option<ManuallyDrop<ContextGuard>>> = const { Cell::new(None) };
}

fn replace(attached: Option<ContextGuard>) {
    let before = ATTACHED.try_with(|cell| cell.replace(attached.map(ManuallyDrop::new)));
    if let Ok(Some(before)) = before {
        caught(|| drop(ManuallyDrop::into_inner(before)));
    }
}

/// Before the OpenTelemetry layer. That layer reads the context first of all, so a context may be
/// detached at any call that follows: `Detach` is not reached if the layer panics, e.g. in the
/// `Debug` of a field.
#[derive(Debug)]
pub(super) struct Attach;

impl<S> Layer<S> for Attach
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        replace(None);
        if attributes.is_contextual() && !tell::is_telling() {
            replace(innermost());
        }
    }

    fn on_event(&self, _: &Event<'_>, _: layer::Context<'_, S>) {
        replace(None);
    }

    fn on_enter(&self, _: &Id, _: layer::Context<'_, S>) {
        replace(None);
    }

    fn on_exit(&self, _: &Id, _: layer::Context<'_, S>) {
        replace(None);
    }

    fn on_close(&self, _: Id, _: layer::Context<'_, S>) {
        replace(None);
    }
}

/// After the OpenTelemetry layer.
#[derive(Debug)]
pub(super) struct Detach;

impl<S> Layer<S> for Detach
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: layer::Context<'_, S>) {
        replace(None);
    }
}
