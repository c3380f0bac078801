//! `Traces`: the spans that queries ask for, from Jaeger or from files, in the test kit's form.

mod exported;
mod file;
mod of_jaeger;
mod otlp;

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use tasker_span_runtime::UnknownNamespace;
use tasker_span_runtime::identity::{self, SpanId, TraceId};
use tasker_span_runtime::testing::{CapturedSpan, Spans};

pub(crate) use self::exported::Exported;
use crate::jaeger::Jaeger;
use crate::output::Result;
use crate::query::{Queries, Query};

/// Where the traces are.
#[derive(Debug)]
pub(crate) enum Source {
    Jaeger(Jaeger),
    /// The content of the files.
    Files(Vec<Exported>),
}

/// The spans of the traces that were asked for.
#[derive(Debug)]
pub(crate) struct Traces {
    pub(crate) spans: Spans,
    /// More spans of the source, to which these may link.
    all: HashMap<(TraceId, SpanId), CapturedSpan>,
    services: HashMap<(TraceId, SpanId), Arc<str>>,
    /// The services of which there may be more traces.
    pub(crate) cut: Vec<String>,
}

impl Source {
    /// Files are read now, and Jaeger is asked at each [`load`](Self::load).
    pub(crate) fn open(queries: &Queries) -> Result<Self> {
        let files = queries.list.iter().filter_map(|query| match query {
            Query::File(path) => Some(path),
            _ => None,
        });
        let mut exported = Vec::new();
        let mut is_of_files = false;
        for path in files {
            is_of_files = true;
            exported.extend(file::read(path)?);
        }
        if is_of_files {
            return Ok(Self::Files(exported));
        }
        Ok(Self::Jaeger(Jaeger::with(&queries.jaeger, &queries.search)?))
    }

    /// The content of a file.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of_text(text: &[u8]) -> std::result::Result<Self, String> {
        file::parse(text).map(Self::Files)
    }

    /// The traces of the queries. `linked`: with the spans of other traces that they link to, as far as the source has them.
    pub(crate) fn load(&self, queries: &[Query], linked: bool, unknown: UnknownNamespace) -> Result<Traces> {
        match self {
            Self::Jaeger(jaeger) => of_jaeger::load(jaeger, queries, linked, unknown),
            Self::Files(exported) => {
                let queries: Vec<_> = queries
                    .iter()
                    .filter(|query| !matches!(query, Query::File(_)))
                    .collect();
                let is_wanted =
                    |span: &CapturedSpan| queries.is_empty() || queries.iter().any(|query| fits(query, span));
                Ok(Traces::new(exported, unknown, is_wanted))
            }
        }
    }

    /// The address of the page of a trace, if there is one.
    pub(crate) fn page(&self, id: TraceId) -> Option<String> {
        match self {
            Self::Jaeger(jaeger) => Some(jaeger.page(id)),
            Self::Files(_) => None,
        }
    }
}

/// Whether the trace of the span is asked for.
fn fits(query: &Query, span: &CapturedSpan) -> bool {
    match query {
        Query::Trace(id) => span.trace_id() == *id,
        Query::Attribute { name, value } => {
            let is_of_task = || name == "task_uuid" && derived(value) == Some(span.trace_id());
            span.attribute(name).is_some_and(|own| own.to_string() == *value) || is_of_task()
        }
        Query::File(_) => false,
    }
}

/// The trace of a task.
fn derived(task_uuid: &str) -> Option<TraceId> {
    let task_uuid = tasker_span_runtime::Uuid::try_parse(task_uuid).ok()?;
    Some(identity::trace_id(task_uuid))
}

impl Traces {
    /// The traces of which a span is wanted.
    fn new(exported: &[Exported], unknown: UnknownNamespace, is_wanted: impl Fn(&CapturedSpan) -> bool) -> Self {
        let all = exported::captured(exported, unknown);
        let wanted: HashSet<_> = all
            .iter()
            .filter(|span| is_wanted(span))
            .map(CapturedSpan::trace_id)
            .collect();
        Self {
            spans: all.filter(|span| wanted.contains(&span.trace_id())),
            all: all
                .into_iter()
                .map(|span| ((span.trace_id(), span.span_id()), span))
                .collect(),
            services: exported::services(exported),
            cut: Vec::new(),
        }
    }

    /// A span that another one links to.
    pub(crate) fn find(&self, trace_id: TraceId, span_id: SpanId) -> Option<&CapturedSpan> {
        self.all.get(&(trace_id, span_id))
    }

    /// The name of the service that exported the span.
    pub(crate) fn service(&self, span: &CapturedSpan) -> Option<&str> {
        self.services
            .get(&(span.trace_id(), span.span_id()))
            .map(|name| &**name)
    }

    /// The names of the services of these spans.
    pub(crate) fn services<'a>(&'a self, spans: impl IntoIterator<Item = &'a CapturedSpan>) -> BTreeSet<&'a str> {
        spans.into_iter().filter_map(|span| self.service(span)).collect()
    }
}
