//! `Received`: the exports that a collector took, and counts of what it did.

use std::collections::{HashMap, HashSet};

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde::{Deserialize, Serialize};

/// One export, as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path of the URL.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// The bytes of its message, compressed if it was.
    pub length: usize,
    /// What it carried.
    pub export: ExportTraceServiceRequest,
}

impl Request {
    /// All spans of the export.
    pub fn spans(self) -> impl Iterator<Item = Span> {
        let resources = self.export.resource_spans.into_iter();
        let scopes = resources.flat_map(|resource| resource.scope_spans);
        scopes.flat_map(|scope| scope.spans)
    }
}

/// What a collector has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Spans that it took, each counted once.
    pub taken: u64,
    /// Spans that it took although it had them.
    pub repeated: u64,
    /// Spans that it rejected out of requests that it took.
    pub rejected: u64,
    /// Requests that it refused.
    pub refused: u64,
    /// Requests that it read and left without an answer.
    pub hung: u64,
    /// The bytes of the largest request that it read, as protobuf.
    pub largest: usize,
}

impl Counts {
    /// The sum of the counts of two collectors.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            taken: self.taken + other.taken,
            repeated: self.repeated + other.repeated,
            rejected: self.rejected + other.rejected,
            refused: self.refused + other.refused,
            hung: self.hung + other.hung,
            largest: self.largest.max(other.largest),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Received {
    /// `None` if requests are only counted.
    requests: Option<Vec<Request>>,
    pub(super) counts: Counts,
    span_ids: HashSet<Vec<u8>>,
}

impl Received {
    pub(super) fn keeping_requests() -> Self {
        Self {
            requests: Some(Vec::new()),
            ..Self::default()
        }
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        self.requests.clone().unwrap_or_default()
    }

    /// Takes a request without its last spans; returns how many it left out.
    pub(super) fn take(&mut self, request: Request, rejected: usize) -> usize {
        if let Some(requests) = &mut self.requests {
            requests.push(request.clone());
        }
        let spans: Vec<_> = request.spans().collect();
        let rejected = rejected.min(spans.len());
        self.counts.rejected += rejected as u64;
        for span in &spans[..spans.len() - rejected] {
            let is_new = self.span_ids.insert(span.span_id.clone());
            self.counts.taken += u64::from(is_new);
            self.counts.repeated += u64::from(!is_new);
        }
        rejected
    }
}
