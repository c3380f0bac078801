//! Promotion: makes a local span a `tracing` span with the same ids. When a span is promoted is
//! decided in `span_subscriber` and at its start.

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId};
use tracing::span::Id;
use tracing::{Dispatch, Span};
use tracing_core::span::Current;
use tracing_opentelemetry::{OpenTelemetrySpanExt, get_otel_context};
use triomphe::Arc;

use super::values::with_values;
use super::{attach, kind, promoting};
use crate::identity;
use crate::outcome::caught;
use crate::record::{Demand, note_other_ids, with_demand};
use crate::span::stack::{Untold, UntoldSpan};
use crate::span::tell;
use crate::span::{LocalSpan, Promoted, context_of, pin, stack};

/// Promotes a span at its start, where the layers' filters decide whether it is in the trace.
pub(super) fn promote(span: &Arc<LocalSpan>, dispatch: &Dispatch) -> Option<Promoted> {
    // Filters that are reloaded later decide about later spans.
    caught(|| dispatch.enabled(span.site.callsite().metadata)).filter(|is_enabled| *is_enabled)?;
    let (promoted, is_in_trace) = open(span, None, dispatch)?;
    if !is_in_trace {
        span.note_filtered();
    }
    Some(promoted)
}

/// Promotes local spans at the top of the stack that the subscriber was not told of. Returns the innermost one if it cannot be
/// entered, because code inside of it has attached another context.
pub(super) fn promote_untold(untold: &Untold, dispatch: &Dispatch) -> Current {
    let Untold { spans, again } = untold;
    let again = again.filter(|(_, below)| *below > 0);
    let mut context = again.and_then(|(key, below)| Some((key, below, caught(Context::current)?)));
    let mut beneath = Current::none();
    for (index, UntoldSpan { span, is_beneath }) in spans.iter().enumerate() {
        // A span that was entered once more is OpenTelemetry's current one, inside of those below it.
        if let Some((key, _, context)) = context.take_if(|(_, below, _)| *below == index) {
            caught(|| stack::keep_context(key, context.attach()));
        }
        // A filter has decided about it already, at the start.
        if span.is_filtered() {
            continue;
        }
        let Some(promoted) = promoted(span, beneath.id(), dispatch) else {
            continue;
        };
        if *is_beneath {
            beneath = Current::new(promoted.id, span.site.callsite().metadata);
        } else {
            beneath = Current::none();
            // If a layer panics, the layers before it and the registry have entered the span
            // nevertheless.
            promoted.enter();
            stack::set_told(span, promoted);
        }
    }
    if let Some((key, _, context)) = context {
        caught(|| stack::keep_context(key, context.attach()));
    }
    beneath
}

/// The `tracing` side of the span, which is made if there is none. `tracing` tells its parent, unless it is given.
fn promoted(span: &Arc<LocalSpan>, parent: Option<&Id>, dispatch: &Dispatch) -> Option<Promoted> {
    span.promoted().or_else(|| {
        let (promoted, _) = open(span, parent, dispatch)?;
        if let Err(late) = span.set_promoted(promoted) {
            late.close();
        }
        span.promoted()
    })
}

/// Makes the `tracing` span, unless a filter or a panicking layer prevents it. The flag tells
/// whether it is in the trace.
fn open(span: &Arc<LocalSpan>, parent: Option<&Id>, dispatch: &Dispatch) -> Option<(Promoted, bool)> {
    pin(span);
    let (started, is_local) = promoting::run(span, || tell::telling(|| start(span, parent, dispatch)));
    let (id, context) = started?;
    if let Some(settings) = span.settings.as_ref().filter(|_| is_local) {
        settings.note_own_tracer();
    }
    Some(match context.filter(|_| !is_local) {
        None => (
            Promoted {
                dispatch: dispatch.clone(),
                id,
                sdk: None,
                other_ids: None,
            },
            is_local,
        ),
        Some(context) => {
            let started = context.span().span_context().clone();
            let is_in_trace = started.is_valid() && started.is_sampled();
            if is_in_trace {
                note_other_ids(&started, span.trace_id(), span.span_id());
            }
            let other_ids = ids(&started).filter(|ids| *ids != (span.trace_id(), span.span_id()));
            let sdk = started.is_valid().then_some(context);
            (
                Promoted {
                    dispatch: dispatch.clone(),
                    id,
                    sdk,
                    other_ids,
                },
                is_in_trace,
            )
        }
    })
}

fn ids(context: &SpanContext) -> Option<(identity::TraceId, identity::SpanId)> {
    let trace_id = u128::from_be_bytes(context.trace_id().to_bytes());
    let span_id = u64::from_be_bytes(context.span_id().to_bytes());
    Some((
        identity::TraceId::from_u128(trace_id)?,
        identity::SpanId::from_u64(span_id)?,
    ))
}

/// Opens the `tracing` span and starts its exported side, while the promotion holds.
fn start(span: &Arc<LocalSpan>, parent: Option<&Id>, dispatch: &Dispatch) -> Option<(Id, Option<Context>)> {
    let metadata = span.site.callsite().metadata;
    let opened = caught(|| {
        // Filters of single layers keep their last answer, which may be about another span.
        dispatch.enabled(metadata);
        new_span(span, parent, dispatch)
    })?;
    let context = caught(|| {
        // It fails without an OpenTelemetry layer.
        let is_set = opened.set_parent(parent_context(span)).is_ok();
        let id = opened.id()?;
        if is_set && !promoting::has_own_tracer() {
            kind::tell(span.site.kind(), &id, dispatch);
        }
        // A layer with the program's own tracer starts a span of the SDK, from this demand. A layer that opens
        // spans of its own has done so by now.
        with_demand(demand(span), || get_otel_context(&id, dispatch))
    });
    // The promotion keeps a reference of its own: the span's end needs no `tracing::Span`.
    let id = opened.id().filter(|_| context.is_some());
    let id = id.and_then(|id| caught(|| dispatch.clone_span(&id)));
    caught(|| drop(opened));
    // A layer has panicked. Later calls about the span would panic as well.
    Some((id?, context.flatten()))
}

/// A root in `tracing`, if the enclosing span has ended: work that spawns its own successor would
/// keep all of them open.
fn is_root(span: &LocalSpan) -> bool {
    span.enclosing.as_ref().is_some_and(|enclosing| enclosing.has_ended())
}

fn parent_context(span: &LocalSpan) -> Context {
    let (trace_id, parent_id) = (
        span.trace_id().to_u128(),
        span.record.parent_id.map_or(0, identity::SpanId::to_u64),
    );
    let flags = if span.sampling.is_sampled {
        TraceFlags::SAMPLED
    } else {
        TraceFlags::default()
    };
    // Without a parent's id it is not valid, and the SDK starts a new trace, with the id of the
    // demand.
    let parent = SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(parent_id),
        flags,
        span.record.parent_is_remote,
        context_of(span).trace_state().clone(),
    );
    Context::map_current(|current| attach::marked(current.with_remote_span_context(parent), span))
}

fn new_span(span: &LocalSpan, parent: Option<&Id>, dispatch: &Dispatch) -> Span {
    let metadata = span.site.callsite().metadata;
    with_values(span, |values| match parent {
        _ if is_root(span) => Span::new_root_with(metadata, values, dispatch),
        Some(parent) => Span::child_of_with(parent.clone(), metadata, values, dispatch),
        None => Span::new_with(metadata, values, dispatch),
    })
}

fn demand(span: &LocalSpan) -> Demand {
    Demand {
        trace_id: span.trace_id(),
        span_id: span.span_id(),
        is_sampled: span.sampling.is_sampled,
        trace_state: context_of(span).trace_state().clone(),
        site: Some(span.site),
    }
}
