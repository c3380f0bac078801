//! `Behaviour`: what a collector does with a request.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tonic::Code;

/// What a collector does with the requests of its clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Behaviour {
    /// Takes the spans and says so.
    #[default]
    Take,
    /// Takes them after a delay, unless the client has given up by then. A change of behaviour ends
    /// the delay.
    Slow(Duration),
    /// Takes them at once, and says so after a delay.
    Late(Duration),
    /// Reads the request and never answers.
    Hang,
    /// Answers that it does not take them.
    Refuse(Refusal),
    /// Takes all but so many spans of each request, and says so: a partial success.
    Reject(usize),
    /// Refuses requests of more bytes before it has read them.
    AtMost(usize),
    /// Takes the spans, and closes the connection after its answer: a limit on the age of connections.
    Close,
    /// Refuses, and repeats the request's `authorization` in its message.
    Repeat,
    /// Sends its clients to the same path at this port of the host, with this status.
    Redirect(u16, u16),
    /// Answers with a page for browsers and this status: it is another server, or a proxy.
    Page(u16),
    /// Answers with a success that is not OTLP.
    Nonsense,
    /// Takes the spans, and answers with this status of HTTP and nothing else.
    Empty(u16),
    /// The connections that are open now stay open and go silent. Later ones are served as by
    /// [`Take`](Self::Take).
    Silent,
}

/// An answer that is no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The status over gRPC.
    pub grpc: i32,
    /// The status over HTTP.
    pub http: u16,
    /// After how many seconds the client may try again: `RetryInfo` or `Retry-After`.
    pub retry_after: Option<u32>,
    /// Whether `Retry-After` is a date.
    pub is_date: bool,
}

impl Refusal {
    /// Over capacity, or restarting: `UNAVAILABLE` or 503.
    pub const UNAVAILABLE: Self = Self::new(Code::Unavailable, 503);
    /// Too much for now: `RESOURCE_EXHAUSTED` or 429.
    pub const THROTTLED: Self = Self::new(Code::ResourceExhausted, 429);
    /// What was sent makes no sense: `INVALID_ARGUMENT` or 400.
    pub const INVALID: Self = Self::new(Code::InvalidArgument, 400);
    /// Something broke inside: `INTERNAL` or 500.
    pub const BROKEN: Self = Self::new(Code::Internal, 500);
    /// The request is larger than the receiver's limit: `RESOURCE_EXHAUSTED` or 413.
    pub(super) const TOO_LARGE: Self = Self::new(Code::ResourceExhausted, 413);

    const fn new(grpc: Code, http: u16) -> Self {
        Self {
            grpc: grpc as i32,
            http,
            retry_after: None,
            is_date: false,
        }
    }

    /// The same, with the time after which the client may try again.
    #[must_use]
    pub const fn retry_after(self, seconds: u32) -> Self {
        Self {
            retry_after: Some(seconds),
            ..self
        }
    }

    /// The same, with the time as a date over HTTP.
    #[must_use]
    pub const fn retry_at(self, seconds: u32) -> Self {
        Self {
            is_date: true,
            ..self.retry_after(seconds)
        }
    }
}
