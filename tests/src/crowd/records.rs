//! What is left of spans by the thousand when all one wants to know is how they stand.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

/// A span processor that keeps a few words of each span.
#[derive(Clone, Debug)]
pub struct Records(Arc<Mutex<Vec<Record>>>);

#[derive(Debug)]
struct Record {
    trace_id: TraceId,
    span_id: SpanId,
    parent: SpanId,
    name: Cow<'static, str>,
    is_cancelled: bool,
    is_violation: bool,
}

/// The spans of one trace that is whole: it has one root, and every other span has a parent in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tree {
    /// The spans' names, sorted.
    pub names: Vec<Cow<'static, str>>,
    /// How many of them are marked as cancelled.
    pub cancelled: usize,
}

impl Records {
    /// Has room for so many: none of it is allocated later.
    pub fn with_capacity(spans: usize) -> Self {
        Self(Arc::new(Mutex::new(Vec::with_capacity(spans))))
    }

    /// How many spans there are.
    pub fn count(&self) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// How many trees there are of each shape. Forgets them.
    ///
    /// # Errors
    ///
    /// With a message, if a trace is no tree, or a span has violated the catalogue.
    pub fn take_trees(&self) -> Result<HashMap<Tree, usize>, String> {
        let records = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut traces = HashMap::<_, Vec<_>>::new();
        for record in records {
            traces.entry(record.trace_id).or_default().push(record);
        }
        let mut trees = HashMap::new();
        for trace in traces.into_values() {
            *trees.entry(tree(trace)?).or_default() += 1;
        }
        Ok(trees)
    }
}

fn tree(trace: Vec<Record>) -> Result<Tree, String> {
    let parents = trace
        .iter()
        .map(|record| (record.span_id, record.parent))
        .collect::<HashMap<_, _>>();
    let leads_to_the_root = |record: &Record| {
        let mut ancestors = std::iter::successors(Some(record.span_id), |id| parents.get(id).copied());
        // As many steps as there are spans, if it is no circle.
        ancestors.by_ref().take(trace.len() + 1).any(|id| id == SpanId::INVALID)
    };
    let roots = trace.iter().filter(|record| record.parent == SpanId::INVALID).count();
    let is_tree = parents.len() == trace.len() && roots == 1 && trace.iter().all(leads_to_the_root);
    if !is_tree || trace.iter().any(|record| record.is_violation) {
        return Err(format!("no tree: {trace:#?}"));
    }
    let cancelled = trace.iter().filter(|record| record.is_cancelled).count();
    let mut names = trace.into_iter().map(|record| record.name).collect::<Vec<_>>();
    names.sort();
    Ok(Tree { names, cancelled })
}

impl SpanProcessor for Records {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let has = |key: &str| span.attributes.iter().any(|attribute| attribute.key.as_str() == key);
        let record = Record {
            trace_id: span.span_context.trace_id(),
            span_id: span.span_context.span_id(),
            parent: span.parent_span_id,
            is_cancelled: has("tasker.cancelled"),
            is_violation: has("tasker.violation"),
            name: span.name,
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
