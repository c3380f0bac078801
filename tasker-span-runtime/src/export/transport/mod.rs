//! `OtlpSender`: sends requests of OTLP over one connection. Each protocol is a file; when a request is sent again is in `retry`.

#[cfg(feature = "otlp-grpc")]
mod checked;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod hint;
#[cfg(feature = "otlp-http")]
mod http;
mod problem;
mod retry;

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_sdk::trace::SpanData;

#[cfg(feature = "otlp-grpc")]
pub(crate) use grpc::GrpcClient;
#[cfg(feature = "otlp-http")]
pub(crate) use http::HttpClient;
pub(super) use problem::Problem;

use super::otlp::{Answer, Request, Template};
use super::outbox::{Accepted, Sender, Sending, Sent};
use crate::clock::Wall;
use crate::outcome::caught;
use crate::printable::printable;
use crate::record::SpanRecord;
use crate::secret::Secret;

/// How a collector is reached.
pub(crate) struct Connection {
    pub(crate) url: String,
    /// Valid for HTTP.
    pub(crate) headers: Vec<(String, Secret<String>)>,
    /// How long a batch may take, with all attempts.
    pub(crate) timeout: Duration,
    #[cfg(feature = "gzip")]
    pub(crate) compresses: bool,
    #[cfg(feature = "tls")]
    pub(crate) tls: rustls::ClientConfig,
}

/// The client of a protocol.
pub(crate) trait Client: Send + Sync + 'static {
    /// The request as the protocol sends it, at every attempt.
    fn prepare(&self, request: Bytes) -> Bytes {
        request
    }

    fn attempt(&self, request: Bytes) -> impl Future<Output = Result<Answer, Problem>> + Send;

    /// The collector has not answered in time: the next attempt uses another connection.
    fn disconnect(&self) {}
}

pub(crate) struct OtlpSender<C> {
    client: Arc<C>,
    template: Template,
    timeout: Duration,
    destination: Arc<str>,
    /// Since the last success.
    has_told_retry: Arc<AtomicBool>,
    /// A collector may repeat them in its messages.
    secrets: Arc<[String]>,
}

/// A collector's message is cut, in characters.
const LONGEST_MESSAGE: usize = 500;

const USER_AGENT: &str = concat!("OTel-OTLP-Exporter-Rust/tasker-span-", env!("CARGO_PKG_VERSION"));

/// Collectors accept 4 MiB by default. A batch of this size has room for another span.
const FULL: usize = 3 * 1024 * 1024;

impl<C: Client> OtlpSender<C> {
    pub(crate) fn new(client: C, connection: &Connection, template: Template) -> Self {
        Self {
            client: Arc::new(client),
            template,
            timeout: connection.timeout,
            destination: connection.url.as_str().into(),
            has_told_retry: Arc::default(),
            secrets: secrets(&connection.headers),
        }
    }
}

impl<C: Client> Sender for OtlpSender<C> {
    type Batch = Request;

    const TAKES_RECORDS: bool = true;

    fn add_record(&self, batch: &mut Request, record: &mut SpanRecord, wall: &Wall) {
        batch.add_record(&self.template, record, wall);
    }

    fn add_span(&self, batch: &mut Request, span: SpanData) {
        batch.add_span(&span);
    }

    fn is_full(&self, batch: &Request) -> bool {
        batch.length() >= FULL
    }

    fn send(&self, batch: Request) -> Sending<Request> {
        let request = batch.finish(&self.template);
        let body = self.client.prepare(request.clone());
        let (client, timeout, secrets) = (Arc::clone(&self.client), self.timeout, Arc::clone(&self.secrets));
        let (destination, has_told_retry) = (Arc::clone(&self.destination), Arc::clone(&self.has_told_retry));
        Box::pin(async move {
            let retried = AtomicBool::new(false);
            let on_retry = |problem: &str| {
                retried.store(true, Ordering::Relaxed);
                if !has_told_retry.swap(true, Ordering::Relaxed) {
                    caught(|| log_retry(&destination, &shown(problem.to_owned(), &secrets)));
                }
            };
            let result = retry::export(&*client, body, timeout, on_retry).await;
            if result.is_ok() {
                has_told_retry.store(false, Ordering::Relaxed);
            }
            Sent {
                result: result
                    .map(|answer| accepted(answer, &secrets))
                    .map_err(|message| shown(message, &secrets)),
                was_retried: retried.into_inner(),
                reusable: Some(Request::reusing(request)),
            }
        })
    }

    fn shutdown(&self) -> Result<(), String> {
        Ok(())
    }

    fn destination(&self) -> &str {
        &self.destination
    }
}

/// A program may end before its batch is lost, and its log should say why.
fn log_retry(destination: &str, error: &str) {
    tracing::warn!(
        target: "tasker_span", destination, error,
        "an export failed and is tried again; check the collector, and its address and protocol"
    );
}

/// The values, and then their words: a collector may repeat a token without its `Bearer`.
fn secrets(headers: &[(String, Secret<String>)]) -> Arc<[String]> {
    let values = headers.iter().map(|(_, value)| value.expose().as_str());
    let words = values.clone().flat_map(str::split_whitespace);
    // Shorter words are no secrets, and are part of many messages.
    let secrets = values
        .filter(|value| value.len() > 3)
        .chain(words.filter(|word| word.len() > 7));
    let mut secrets: Vec<_> = secrets.map(str::to_owned).collect();
    // A longer one may begin with a shorter one.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets.into()
}

fn accepted(answer: Answer, secrets: &[String]) -> Accepted {
    let Some(partial) = answer.partial_success else {
        return Accepted::default();
    };
    Accepted {
        rejected: u64::try_from(partial.rejected_spans).unwrap_or_default(),
        message: shown(partial.error_message, secrets),
    }
}

/// A text from outside, as a log may show it.
fn shown(mut message: String, secrets: &[String]) -> String {
    for secret in secrets {
        if message.contains(&**secret) {
            message = message.replace(&**secret, "…");
        }
    }
    let end = message
        .char_indices()
        .nth(LONGEST_MESSAGE)
        .map_or(message.len(), |(end, _)| end);
    printable(&message[..end]).into_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_message_of_a_collector_is_one_line_without_secrets(
            parts in prop::collection::vec(prop_oneof![any::<String>(), Just("Bearer s3cret-token".to_owned()), "\\PC{0,600}"], 0..6),
        ) {
            let headers = [("authorization".to_owned(), Secret::new("Bearer s3cret-token".to_owned()))];
            let text = shown(parts.concat(), &secrets(&headers));
            prop_assert!(!text.contains("s3cret-token"));
            prop_assert_eq!(&*printable(&text), &*text);
            prop_assert!(text.chars().count() <= 10 * LONGEST_MESSAGE);
        }

        #[test]
        fn any_number_of_rejected_spans_is_one(rejected_spans: i64, error_message: String) {
            let partial_success = Some(super::super::otlp::PartialSuccess { rejected_spans, error_message });
            let accepted = accepted(Answer { partial_success }, &[]);
            prop_assert_eq!(accepted.rejected, u64::try_from(rejected_spans).unwrap_or(0));
        }
    }
}
