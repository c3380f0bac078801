//! `Service`: what a request is answered, over gRPC (a call of one message) and over HTTP.

use std::future::pending;
use std::io::Read;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, CONTENT_LENGTH, HeaderValue, RETRY_AFTER};
use hyper::{HeaderMap, Response, StatusCode};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use tasker_span_runtime::Protocol;
use tokio::sync::futures::Notified;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep_until};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::answer::{Answer, succeeded};
use super::behaviour::{Behaviour, Refusal};
use super::other_server;
use super::received::{Received, Request};

/// A message of gRPC begins with a flag and its length.
const PREFIX: usize = 5;

/// What a request leads to.
enum Decision {
    Accepted(ExportTraceServiceResponse),
    Refused(Refusal),
    /// An answer as no collector gives it.
    Other(Answer),
}

#[derive(Debug)]
pub(super) struct Service {
    behaviour: watch::Sender<Behaviour>,
    received: Mutex<Received>,
    closes: Notify,
}

impl Service {
    pub(super) fn new(received: Received) -> Self {
        Self {
            behaviour: watch::Sender::default(),
            received: Mutex::new(received),
            closes: Notify::new(),
        }
    }

    pub(super) fn behave(&self, behaviour: Behaviour) {
        self.behaviour.send_replace(behaviour);
    }

    pub(super) fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn answer(&self, protocol: Protocol, request: hyper::Request<Incoming>) -> Answer {
        match self.export(protocol, request).await {
            Decision::Accepted(response) => accepted(protocol, &response),
            Decision::Refused(refusal) => {
                self.received().counts.refused += 1;
                refused(protocol, refusal)
            }
            Decision::Other(answer) => answer,
        }
    }

    /// Is ready when the connections that are open now go silent.
    pub(super) async fn silence(&self) {
        let mut behaviour = self.behaviour.subscribe();
        while behaviour.changed().await.is_ok() {
            if *behaviour.borrow_and_update() == Behaviour::Silent {
                return;
            }
        }
        pending::<()>().await;
    }

    /// Is ready when the connections are to be closed after their answers.
    pub(super) fn close(&self) -> Notified<'_> {
        self.closes.notified()
    }

    async fn export(&self, protocol: Protocol, request: hyper::Request<Incoming>) -> Decision {
        let (head, mut body) = request.into_parts();
        let prefix = if protocol == Protocol::Grpc { PREFIX } else { 0 };
        let mut bytes = Vec::new();
        while let Some(frame) = body.frame().await {
            // A body that breaks off is an empty export.
            bytes.extend_from_slice(
                frame
                    .ok()
                    .and_then(|frame| frame.into_data().ok())
                    .as_deref()
                    .unwrap_or_default(),
            );
            let length = if protocol == Protocol::Grpc {
                message_length(&bytes)
            } else {
                content_length(&head.headers)
            };
            if let Behaviour::AtMost(limit) = *self.behaviour.borrow()
                && length.is_some_and(|length| length > limit)
            {
                return Decision::Refused(Refusal::TOO_LARGE);
            }
        }
        let is_compressed = if protocol == Protocol::Grpc {
            bytes.first() == Some(&1)
        } else {
            head.headers.contains_key(CONTENT_ENCODING)
        };
        let message = bytes.get(prefix..).unwrap_or_default();
        let length = message.len();
        let message = if is_compressed {
            uncompressed(message)
        } else {
            message.to_vec()
        };
        let headers = head.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
        let request = Request {
            path: head.uri.path().to_owned(),
            headers: headers.collect(),
            length,
            export: ExportTraceServiceRequest::decode(&*message).expect("an export"),
        };
        {
            let largest = &mut self.received().counts.largest;
            *largest = message.len().max(*largest);
        }
        self.decide(protocol, request).await
    }

    async fn decide(&self, protocol: Protocol, request: Request) -> Decision {
        let arrived = Instant::now();
        let mut behaviour = self.behaviour.subscribe();
        loop {
            let now = *behaviour.borrow_and_update();
            match now {
                Behaviour::Take | Behaviour::AtMost(_) | Behaviour::Silent => {
                    return Decision::Accepted(self.take(request, 0));
                }
                Behaviour::Reject(rejected) => return Decision::Accepted(self.take(request, rejected)),
                Behaviour::Slow(delay) => tokio::select! {
                    () = sleep_until(arrived + delay) => return Decision::Accepted(self.take(request, 0)),
                    _ = behaviour.changed() => {}
                },
                Behaviour::Late(delay) => {
                    let response = self.take(request, 0);
                    sleep_until(arrived + delay).await;
                    return Decision::Accepted(response);
                }
                Behaviour::Hang => {
                    self.received().counts.hung += 1;
                    return pending().await;
                }
                Behaviour::Close => {
                    self.closes.notify_waiters();
                    return Decision::Accepted(self.take(request, 0));
                }
                Behaviour::Refuse(refusal) => return Decision::Refused(refusal),
                Behaviour::Repeat => return Decision::Other(self.count(other_server::repeat(protocol, &request))),
                Behaviour::Redirect(status, port) => {
                    return Decision::Other(self.count(other_server::redirect(status, port, &request)));
                }
                Behaviour::Page(status) => return Decision::Other(self.count(other_server::page(status))),
                Behaviour::Nonsense => return Decision::Other(self.count(other_server::nonsense(protocol))),
                Behaviour::Empty(status) => {
                    self.take(request, 0);
                    return Decision::Other(other_server::empty(status));
                }
            }
        }
    }

    /// Counts a request that is not taken.
    fn count(&self, answer: Answer) -> Answer {
        self.received().counts.refused += 1;
        answer
    }

    fn take(&self, request: Request, rejected: usize) -> ExportTraceServiceResponse {
        let rejected = self.received().take(request, rejected);
        let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: rejected.try_into().unwrap_or(i64::MAX),
            error_message: "too many attributes".to_owned(),
        });
        ExportTraceServiceResponse { partial_success }
    }
}

fn uncompressed(message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut decoder = flate2::read::GzDecoder::new(message);
    decoder.read_to_end(&mut bytes).expect("a message of gzip");
    bytes
}

/// The length that a message of gRPC gives itself.
fn message_length(message: &[u8]) -> Option<usize> {
    let length = message.get(1..PREFIX)?.try_into().ok()?;
    u32::from_be_bytes(length).try_into().ok()
}

fn content_length(headers: &HeaderMap) -> Option<usize> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn accepted(protocol: Protocol, response: &ExportTraceServiceResponse) -> Answer {
    succeeded(protocol, &response.encode_to_vec())
}

fn refused(protocol: Protocol, refusal: Refusal) -> Answer {
    if protocol == Protocol::Grpc {
        let code = Code::from_i32(refusal.grpc);
        let status = match refusal.retry_after {
            Some(seconds) => {
                let delay = Duration::from_secs(seconds.into());
                Status::with_error_details(code, "refused", ErrorDetails::with_retry_info(Some(delay)))
            }
            None => Status::new(code, "refused"),
        };
        return status.into_http();
    }
    let mut answer = Response::new(BoxBody::default());
    *answer.status_mut() = StatusCode::from_u16(refusal.http).expect("a status of HTTP");
    if let Some(seconds) = refusal.retry_after {
        let value = if refusal.is_date {
            let date = SystemTime::now() + Duration::from_secs(seconds.into());
            HeaderValue::from_str(&httpdate::fmt_http_date(date)).expect("a date")
        } else {
            seconds.into()
        };
        answer.headers_mut().insert(RETRY_AFTER, value);
    }
    answer
}
