//! What has come in.

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
    /// What it carried.
    pub export: ExportTraceServiceRequest,
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
    /// Requests whose spans it took.
    pub answered: u64,
    /// Requests that it refused.
    pub refused: u64,
    /// Requests that it read and left without an answer.
    pub hung: u64,
    /// The bytes of the largest request that it read, as protobuf.
    pub largest: usize,
}

impl Counts {
    /// Those of two collectors.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            taken: self.taken + other.taken,
            repeated: self.repeated + other.repeated,
            rejected: self.rejected + other.rejected,
            answered: self.answered + other.answered,
            refused: self.refused + other.refused,
            hung: self.hung + other.hung,
            largest: self.largest.max(other.largest),
        }
    }
}

/// Spans, or the ids by which they are told from those that come again.
#[derive(Debug)]
pub(super) struct Received {
    /// None where spans are only counted.
    pub(super) requests: Option<Vec<Request>>,
    pub(super) counts: Counts,
    ids: HashSet<[u8; 8]>,
}

impl Received {
    /// Keeps everything.
    pub(super) fn all() -> Self {
        Self {
            requests: Some(Vec::new()),
            ..Self::counts()
        }
    }

    /// Keeps eight bytes of a span.
    pub(super) fn counts() -> Self {
        Self {
            requests: None,
            counts: Counts::default(),
            ids: HashSet::new(),
        }
    }

    /// Takes a request without its last `rejected` spans.
    pub(super) fn take(&mut self, request: Request, rejected: usize) {
        self.counts.answered += 1;
        if let Some(requests) = &mut self.requests {
            requests.push(request.clone());
        }
        let spans = spans(request.export);
        let (taken, rejected) = spans.split_at(spans.len() - rejected);
        self.counts.rejected += rejected.len() as u64;
        for span in taken {
            // Eight bytes, or the SDK has made no span.
            let id = span.span_id.as_slice().try_into().unwrap();
            if self.ids.insert(id) {
                self.counts.taken += 1;
            } else {
                self.counts.repeated += 1;
            }
        }
    }
}

/// All that an export carries.
pub(super) fn spans(export: ExportTraceServiceRequest) -> Vec<Span> {
    let resources = export.resource_spans.into_iter();
    let scopes = resources.flat_map(|resource| resource.scope_spans);
    scopes.flat_map(|scope| scope.spans).collect()
}
