//! OTLP over HTTP, with protobuf bodies.

use std::time::{Duration, SystemTime};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use prost::Message;
use reqwest::{Response, StatusCode, redirect};

use super::hint::Hint;
use super::problem::causes;
use super::{Client, Connection, Problem};
use crate::error::{Error, Kind, Origin};
use crate::export::otlp::{Answer, Refusal};

pub(crate) struct HttpClient {
    client: reqwest::Client,
    url: String,
    hint: Hint,
    #[cfg(feature = "gzip")]
    compresses: bool,
}

const PROTOBUF: HeaderValue = HeaderValue::from_static("application/x-protobuf");

const PORT: &str = " (is it a port for OTLP over HTTP? 4317 is gRPC, 4318 HTTP)";

/// No answer of a collector is longer.
const LONGEST_ANSWER: usize = 64 * 1024;

impl HttpClient {
    pub(crate) fn new(connection: &Connection) -> Result<Self, Error> {
        let builder = reqwest::Client::builder()
            .user_agent(super::USER_AGENT)
            .default_headers(headers(connection)?)
            // The other host would get the spans, and the secrets of the headers.
            .redirect(redirect::Policy::none())
            // What may be sent again is decided in one place.
            .retry(reqwest::retry::never())
            .connect_timeout(connection.timeout)
            .tcp_nodelay(true);
        #[cfg(target_os = "linux")]
        let builder = builder.tcp_user_timeout(connection.timeout / 2);
        #[cfg(feature = "tls")]
        let builder = builder.tls_backend_preconfigured(connection.tls.clone());
        let client = builder
            .build()
            .map_err(|error| Error::exporter("no HTTP client", error.without_url()))?;
        Ok(Self {
            client,
            url: connection.url.clone(),
            hint: Hint::new(connection, PORT),
            #[cfg(feature = "gzip")]
            compresses: connection.compresses,
        })
    }
}

impl Client for HttpClient {
    #[cfg(feature = "gzip")]
    fn prepare(&self, request: Bytes) -> Bytes {
        use std::io::Write as _;

        if !self.compresses {
            return request;
        }
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        // A vector takes everything.
        let _ = encoder.write_all(&request);
        encoder.finish().map_or(request, Bytes::from)
    }

    async fn attempt(&self, request: Bytes) -> Result<Answer, Problem> {
        let sent = self.client.post(&self.url).body(request).send().await;
        let response = sent.map_err(|error| {
            let hint = if error.is_connect() { "" } else { self.hint.text() };
            Problem::passing(causes(&error.without_url()) + hint)
        })?;
        self.hint.set_answered();
        let status = response.status();
        let delay = retry_after(response.headers(), SystemTime::now());
        let is_protobuf = response.headers().get(CONTENT_TYPE).map(media_type) == Some(media_type(&PROTOBUF));
        let shown_type = response.headers().get(CONTENT_TYPE).cloned();
        let location = response.headers().get(LOCATION).and_then(place);
        // An answer that breaks off says no more than its status.
        let body = body(response).await;
        if status.is_success() {
            return answer(body.as_deref(), is_protobuf, shown_type.as_ref());
        }
        let reason = body.and_then(|body| reason(&body, is_protobuf, shown_type.as_ref()));
        let text = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let text = format!("the collector answers {status}{text}");
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Problem::passing(text).after(delay),
            _ if status.is_redirection() => {
                let to = location.map(|place| format!(" to {place}")).unwrap_or_default();
                Problem::permanent(format!(
                    "{text}: no redirect{to} is followed; set the endpoint to the last place"
                ))
            }
            _ => Problem::permanent(text),
        })
    }
}

fn headers(connection: &Connection) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in &connection.headers {
        let (Ok(name), Ok(mut value)) = (
            HeaderName::from_bytes(name.as_bytes()),
            HeaderValue::from_str(value.expose()),
        ) else {
            let (origin, problem) = (Origin::Method("header"), "HTTP does not allow this header");
            return Err(Error::invalid(Kind::Configuration, origin, name, problem));
        };
        value.set_sensitive(true);
        headers.insert(name, value);
    }
    headers.insert(CONTENT_TYPE, PROTOBUF);
    #[cfg(feature = "gzip")]
    if connection.compresses {
        headers.insert(http::header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    Ok(headers)
}

/// A success must be an answer of OTLP: another server has taken no spans.
fn answer(body: Option<&[u8]>, is_protobuf: bool, shown_type: Option<&HeaderValue>) -> Result<Answer, Problem> {
    match body {
        Some([]) => Ok(Answer::default()),
        Some(body) if is_protobuf => {
            Answer::decode(body).map_err(|_| Problem::permanent("the answer is not one of OTLP"))
        }
        // The collector has accepted the batch, and sending it again would double it.
        None if is_protobuf => Ok(Answer::default()),
        Some(_) | None => {
            let shown = shown_type.map_or("no type", |value| value.to_str().unwrap_or("an unreadable type"));
            let text = format!("the answer is not one of OTLP: it has {shown}, expected application/x-protobuf");
            Err(Problem::permanent(text))
        }
    }
}

/// What the collector says in OTLP, in text or in JSON. A page is for browsers.
fn reason(body: &[u8], is_protobuf: bool, shown_type: Option<&HeaderValue>) -> Option<String> {
    let is_text = || {
        matches!(
            media_type(shown_type?).as_deref(),
            Some("text/plain" | "application/json")
        )
        .then_some(())
    };
    let reason = if is_protobuf {
        Refusal::decode(body).ok()?.message
    } else {
        is_text()?;
        String::from_utf8_lossy(body).trim().to_owned()
    };
    Some(reason).filter(|reason| !reason.is_empty())
}

/// Where a redirect leads, without a query or credentials.
fn place(location: &HeaderValue) -> Option<String> {
    let location = location.to_str().ok()?;
    let place = location.split(['?', '#']).next()?;
    (!place.contains('@')).then(|| place.to_owned())
}

/// The type without its parameters.
fn media_type(value: &HeaderValue) -> Option<String> {
    let (media_type, _) = value
        .to_str()
        .ok()?
        .split_once(';')
        .unwrap_or((value.to_str().ok()?, ""));
    Some(media_type.trim().to_ascii_lowercase())
}

/// The body. `None` if it breaks off or is too long.
async fn body(mut response: Response) -> Option<BytesMut> {
    let mut body = BytesMut::new();
    while let Some(part) = response.chunk().await.ok()? {
        if body.len() + part.len() > LONGEST_ANSWER {
            return None;
        }
        body.extend_from_slice(&part);
    }
    Some(body)
}

/// Seconds, or a date.
fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = text.parse().ok().map(Duration::from_secs);
    seconds.or_else(|| {
        let date = httpdate::parse_http_date(text).ok()?;
        Some(date.duration_since(now).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Of one byte or more, so that the type matters.
    fn body() -> impl Strategy<Value = Vec<u8>> {
        let message = "\\PC{0,20}".prop_map(|message| Refusal { message }.encode_to_vec());
        prop_oneof![prop::collection::vec(any::<u8>(), 1..200), message]
    }

    proptest! {
        #[test]
        fn any_answer_is_an_answer_or_a_problem(body in body(), shown_type in "[ -~]{0,40}|application/(json|x-protobuf)", is_protobuf: bool) {
            let shown_type = HeaderValue::from_str(&shown_type).unwrap();
            let read = answer(Some(&body), is_protobuf, Some(&shown_type));
            prop_assert!(is_protobuf || body.is_empty() || read.is_err());
            if let Some(reason) = reason(&body, is_protobuf, Some(&shown_type)) {
                prop_assert!(!reason.is_empty() && reason.len() <= 3 * body.len());
            }
            let _ = media_type(&shown_type);
        }

        #[test]
        fn any_delay_is_a_time_or_no_delay(text in "[ -~]{0,40}|-?[0-9]{1,25}|(Mon|Sun), [0-9]{1,2} Jan [0-9]{1,6} 00:00:00 GMT") {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(&text).unwrap());
            let delay = retry_after(&headers, SystemTime::now());
            prop_assert_eq!(delay.is_some_and(|delay| delay.subsec_nanos() == 0), text.trim().parse::<u64>().is_ok() || delay == Some(Duration::ZERO));
        }

        #[test]
        fn a_redirect_shows_neither_query_nor_credentials(text in "[ -~]{0,40}") {
            let place = place(&HeaderValue::from_str(&text).unwrap());
            prop_assert!(place.is_none_or(|place| !place.contains(['?', '#', '@'])));
        }
    }

    #[test]
    fn the_delay_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let delay = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            retry_after(&headers, now)
        };
        assert_eq!(delay("119"), Some(Duration::from_secs(119)));
        assert_eq!(delay("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(delay("Sun, 06 Nov 1994 08:49:27 GMT"), Some(Duration::ZERO));
        assert_eq!((delay("soon"), delay("-1")), (None, None));
    }

    #[test]
    fn only_an_answer_of_otlp_is_a_success() {
        let html = HeaderValue::from_static("text/html");
        let problem = answer(Some(b"<html>"), false, Some(&html)).unwrap_err();
        assert!(problem.message.contains("text/html"), "{problem:?}");
        assert!(answer(Some(b"<html>"), true, None).is_err());
        assert!(answer(Some(b""), false, Some(&html)).is_ok() && answer(None, true, None).is_ok());
        let partial = Answer {
            partial_success: Some(super::super::super::otlp::PartialSuccess {
                rejected_spans: 3,
                error_message: "three".to_owned(),
            }),
        };
        assert_eq!(answer(Some(&partial.encode_to_vec()), true, None), Ok(partial));
    }

    #[test]
    fn a_type_has_parameters_and_any_case() {
        let typed = |text| media_type(&HeaderValue::from_static(text));
        assert_eq!(typed("Application/X-Protobuf; charset=x"), media_type(&PROTOBUF));
        assert_ne!(typed("application/json"), media_type(&PROTOBUF));
    }
}
