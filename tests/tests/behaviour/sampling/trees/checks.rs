//! Checks of the exported spans, by the notes of the workload and by the arithmetic of sampling done once more.

use std::collections::{BTreeMap, HashMap, HashSet};

use identity::{SpanId, TraceId};
use proptest::prelude::*;
use tasker_span_tests::prelude::*;
use tasker_span_tests::sampling::written;

use super::Rates;
use super::world::{Failure, NAMESPACES, World};

type Ids = (TraceId, SpanId);

struct Index<'a>(HashMap<Ids, &'a CapturedSpan>);

impl<'a> Index<'a> {
    fn new(spans: &'a Spans) -> Self {
        Self(
            spans
                .iter()
                .map(|span| ((span.trace_id(), span.span_id()), span))
                .collect(),
        )
    }

    fn parent(&self, span: &CapturedSpan) -> Option<&'a CapturedSpan> {
        self.0.get(&(span.trace_id(), span.parent_span_id()?)).copied()
    }

    /// The span and its ancestors.
    fn up(&self, span: &'a CapturedSpan) -> impl Iterator<Item = &'a CapturedSpan> {
        std::iter::successors(Some(span), |span| self.parent(span)).take(1000)
    }
}

fn is_sampled_by(span: &CapturedSpan, reason: &str) -> bool {
    span.text("tasker.sampled_by") == Some(reason)
}

fn is_sampled_at_end(span: &CapturedSpan) -> bool {
    span.text("tasker.sampled_by").is_some()
}

fn is_cancelled(span: &CapturedSpan) -> bool {
    span.attribute("tasker.cancelled").is_some()
}

fn has_failed(span: &CapturedSpan) -> bool {
    span.is_error() || is_cancelled(span)
}

/// What holds at any rates.
pub(super) fn all(world: &World) -> Result<(), TestCaseError> {
    let spans = world.spans();
    let index = Index::new(&spans);
    let tree = || spans.to_tree_text();
    let problems = world.problems.borrow();
    prop_assert!(problems.is_empty(), "{}", problems.join("\n"));
    let problems = spans.check_complete();
    let problems = problems.iter().map(ToString::to_string).collect::<Vec<_>>();
    prop_assert!(problems.is_empty(), "{}\n{}", problems.join("\n"), tree());
    for span in &spans {
        let has_parent = span.parent_span_id().is_none() || index.parent(span).is_some();
        prop_assert!(has_parent, "{span:?} has lost its parent:\n{}", tree());
    }
    every_error_is_exported(world, &spans, &index)?;
    every_slow_span_is_exported(world, &spans, &index)?;
    events_are_in_the_span_that_logged_them(&spans, &index)?;
    times_nest(&spans, &index)
}

fn every_error_is_exported(world: &World, spans: &Spans, index: &Index<'_>) -> Result<(), TestCaseError> {
    let mut exported = BTreeMap::<Failure, usize>::new();
    for span in spans
        .iter()
        .filter(|span| has_failed(span) && span.name() != "task.orchestration")
    {
        let how = match span.error_type() {
            Some("panic") => "panic",
            Some(_) => "error",
            None => "cancelled",
        };
        let attempt = index
            .up(span)
            .find_map(|span| span.integer("attempt_number"))
            .unwrap_or_default();
        let name = [
            "step.execution",
            "handler.execution",
            "handler.validation",
            "result.submission",
        ];
        let name = name.into_iter().find(|name| *name == span.name()).unwrap_or("other");
        let failure = (
            name,
            span.uuid("step_uuid").unwrap_or_default(),
            u32::try_from(attempt).unwrap(),
            how,
        );
        *exported.entry(failure).or_default() += 1;
    }
    prop_assert_eq!(&exported, &*world.failures.borrow(), "{}", spans.to_tree_text());
    let mut with_errors = HashSet::new();
    for failed in spans.iter().filter(|span| has_failed(span)) {
        with_errors.extend(index.up(failed).map(|span| (span.trace_id(), span.span_id())));
    }
    for span in spans.iter().filter(|span| is_sampled_by(span, "error")) {
        let is_due = with_errors.contains(&(span.trace_id(), span.span_id()));
        prop_assert!(is_due, "nothing failed in {span:?}");
    }
    for span in spans.iter().filter(|span| is_sampled_at_end(span)) {
        prop_assert_eq!(
            span.tracestate(),
            "",
            "a span sampled at its end represents only itself"
        );
        prop_assert!(span.events().is_empty());
    }
    Ok(())
}

fn every_slow_span_is_exported(world: &World, spans: &Spans, index: &Index<'_>) -> Result<(), TestCaseError> {
    let is_slow = |span: &CapturedSpan| span.text("namespace").is_some_and(|name| world.is_slow(name));
    let mut exported = BTreeMap::<(&str, Uuid), usize>::new();
    let mut with_slow = HashSet::new();
    for span in spans.iter().filter(|span| is_slow(span)) {
        with_slow.extend(index.up(span).map(|span| (span.trace_id(), span.span_id())));
        if let Some(step) = span.uuid("step_uuid") {
            *exported.entry((span.name(), step)).or_default() += 1;
        }
    }
    prop_assert_eq!(&exported, &*world.ended.borrow(), "{}", spans.to_tree_text());
    for span in spans.iter().filter(|span| is_sampled_by(span, "slow")) {
        let is_due = with_slow.contains(&(span.trace_id(), span.span_id()));
        prop_assert!(is_due, "nothing was slow in {span:?}");
        prop_assert!(!has_failed(span), "an error is the stronger reason: {span:?}");
    }
    Ok(())
}

fn events_are_in_the_span_that_logged_them(spans: &Spans, index: &Index<'_>) -> Result<(), TestCaseError> {
    for span in spans {
        for event in span.events() {
            let step = index.up(span).find_map(|span| span.text("step_uuid"));
            let logged = event.attribute("step_uuid").map(ToString::to_string);
            prop_assert_eq!(logged.as_deref(), step, "{:?}", span);
        }
    }
    Ok(())
}

/// The times of spans sampled at their ends nest, except of work that outlives its parent.
fn times_nest(spans: &Spans, index: &Index<'_>) -> Result<(), TestCaseError> {
    for span in spans.iter().filter(|span| is_sampled_at_end(span)) {
        let Some(parent) = index.parent(span).filter(|parent| is_sampled_at_end(parent)) else {
            continue;
        };
        prop_assert!(parent.start() <= span.start(), "{parent:?} {span:?}");
        prop_assert!(span.start() <= span.end());
        if span.start() <= parent.end() && has_failed(parent) && is_cancelled(parent) == is_cancelled(span) {
            prop_assert!(span.end() <= parent.end(), "{parent:?} {span:?}");
        }
    }
    Ok(())
}

/// The smallest randomness that this rate samples.
fn threshold(sixteenths: u64) -> u64 {
    (16 - sixteenths) << 52
}

fn is_task_sampled(task_uuid: Uuid, rates: &Rates) -> bool {
    let randomness = identity::trace_id(task_uuid).to_u128() & ((1 << 56) - 1);
    randomness >= u128::from(threshold(rates.tasks))
}

/// Which steps are sampled follows from the rates alone, and so does their `tracestate`.
pub(super) fn decisions(world: &World, rates: &Rates) -> Result<(), TestCaseError> {
    let spans = world.spans();
    let rate_of = |namespace: &str| {
        let index = NAMESPACES.iter().position(|name| *name == namespace).unwrap();
        rates.namespaces[index]
    };
    let is_sampled = |task: Uuid, step: Uuid, namespace: &str| {
        is_task_sampled(task, rates) && identity::step_randomness(step) >= threshold(rate_of(namespace))
    };
    let executed = world.executions.borrow();
    let expected = executed
        .iter()
        .filter(|(task, step, namespace)| is_sampled(*task, *step, namespace))
        .count();
    let executions = spans.named("step.execution");
    let sampled = executions.iter().filter(|span| !is_sampled_at_end(span));
    prop_assert_eq!(sampled.count(), expected, "of {:?}\n{}", executed, spans.to_tree_text());
    for span in spans.iter().filter(|span| !is_sampled_at_end(span)) {
        let Some(task_uuid) = span.uuid("task_uuid") else {
            continue;
        };
        let namespace = span.text("namespace").unwrap();
        let step = span.uuid("step_uuid");
        let is_due = step.map_or(is_task_sampled(task_uuid, rates), |step| {
            is_sampled(task_uuid, step, namespace)
        });
        prop_assert!(is_due, "{span:?}");
        let rate = rates.tasks * step.map_or(16, |_| rate_of(namespace));
        let (th, rv) = written(span);
        if rate == 256 {
            prop_assert_eq!(span.tracestate(), "");
            continue;
        }
        prop_assert_eq!(th, Some((256 - rate) << 48), "{} {:?}", span.tracestate(), span);
        let of_trace = u64::try_from(span.trace_id().to_u128() & ((1 << 56) - 1)).unwrap();
        prop_assert!(
            rv.unwrap_or(of_trace) >= (256 - rate) << 48,
            "{} {:?}",
            span.tracestate(),
            span
        );
        // If the step's rate has no part in it, the randomness is that of the trace.
        prop_assert_eq!(
            rv.is_some(),
            step.is_some() && rate_of(namespace) < 16,
            "{} {:?}",
            span.tracestate(),
            span
        );
    }
    Ok(())
}
