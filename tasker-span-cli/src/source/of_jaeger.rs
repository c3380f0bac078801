//! Traces from Jaeger.

use std::collections::{BTreeSet, HashSet};

use tasker_span_runtime::UnknownNamespace;
use tasker_span_runtime::identity::TraceId;
use tasker_span_runtime::testing::CapturedSpan;

use super::{Exported, Traces, derived};
use crate::jaeger::{Jaeger, Trace, span_data};
use crate::output::Result;
use crate::query::Query;

/// So many traces are asked for, of those that the found ones link to.
const MOST_LINKED: usize = 32;

pub(super) fn load(jaeger: &Jaeger, queries: &[Query], linked: bool, unknown: UnknownNamespace) -> Result<Traces> {
    let mut found = Vec::<Trace>::new();
    let mut cut = BTreeSet::new();
    let mut add = |trace: Trace| {
        if found.iter().all(|other| other.trace_id != trace.trace_id) {
            found.push(trace);
        }
    };
    for query in queries {
        match query {
            Query::Trace(id) => jaeger.trace(*id)?.into_iter().for_each(&mut add),
            Query::Attribute { name, value } => {
                // The trace of a task is known, whenever it was, and the search finds what else tells of the task.
                let of_task = derived(value).filter(|_| name == "task_uuid");
                if let Some(id) = of_task {
                    jaeger.trace(id)?.into_iter().for_each(&mut add);
                }
                let search = jaeger.search(name, value)?;
                search.traces.into_iter().for_each(&mut add);
                cut.extend(search.cut);
            }
            Query::File(_) => {}
        }
    }
    let mut exported: Vec<_> = found.iter().flat_map(exported).collect();
    let wanted: HashSet<_> = exported.iter().filter_map(trace_id).collect();
    if linked {
        let links = exported.iter().flat_map(|exported| exported.data.links.iter());
        let others = links.filter_map(|link| id(link.span_context.trace_id()));
        let others: BTreeSet<_> = others.filter(|id| !wanted.contains(id)).collect();
        for id in others.into_iter().take(MOST_LINKED) {
            exported.extend(jaeger.trace(id)?.iter().flat_map(self::exported));
        }
    }
    let traces = Traces::new(&exported, unknown, |span: &CapturedSpan| {
        wanted.contains(&span.trace_id())
    });
    Ok(Traces {
        cut: cut.into_iter().collect(),
        ..traces
    })
}

fn trace_id(exported: &Exported) -> Option<TraceId> {
    id(exported.data.span_context.trace_id())
}

fn id(id: opentelemetry::trace::TraceId) -> Option<TraceId> {
    TraceId::from_u128(u128::from_be_bytes(id.to_bytes()))
}

/// The spans of a trace.
pub(super) fn exported(trace: &Trace) -> impl Iterator<Item = Exported> {
    trace.spans.iter().map(|span| {
        let service = trace.service_of(span);
        Exported {
            data: span_data(span),
            service: (!service.is_empty()).then(|| service.into()),
        }
    })
}
