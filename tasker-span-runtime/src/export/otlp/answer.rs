//! `ExportTraceServiceResponse`: what a collector answers.

/// A whole answer. Its absence of `partial_success` is the success of all spans.
#[derive(Clone, PartialEq, prost::Message)]
pub(crate) struct Answer {
    #[prost(message, optional, tag = "1")]
    pub(in crate::export) partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::export) struct PartialSuccess {
    #[prost(int64, tag = "1")]
    pub(in crate::export) rejected_spans: i64,
    /// Why they were rejected, or a warning.
    #[prost(string, tag = "2")]
    pub(in crate::export) error_message: String,
}

/// `google.rpc.Status`, with which a collector refuses a batch over HTTP.
#[cfg(feature = "otlp-http")]
#[derive(Clone, PartialEq, prost::Message)]
pub(in crate::export) struct Refusal {
    #[prost(string, tag = "2")]
    pub(in crate::export) message: String,
}
