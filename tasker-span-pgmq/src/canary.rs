//! Test: no text of this crate shows the content of a message.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Debug;
use std::time::Duration;

use pgmq::PgmqError;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use tasker_span_runtime::TraceContext;

use crate::{Message, read, send, send_batch};

/// Stands in every body and header, behind the characters that forge a line of a log.
const CANARY: &str = "CANARY";
const FORGED: &str = "\u{1b}[2K\n2024-01-01 ERROR CANARY";

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Charge {
    card: Card,
}

#[derive(Debug, Deserialize, Serialize)]
enum Card {
    Credit,
}

/// A type whose own errors quote its value.
#[derive(Clone, Debug)]
struct Quoting(#[expect(dead_code, reason = "for `Debug`")] String);

impl<'de> Deserialize<'de> for Quoting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Value::deserialize(deserializer)?.to_string();
        Err(serde::de::Error::custom(format!("not wanted: {text}")))
    }
}

impl Serialize for Quoting {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom(format!("not wanted: {self:?}")))
    }
}

fn headers() -> Map<String, Value> {
    Map::from_iter([("authorization".to_owned(), json!(CANARY))])
}

fn message(body: &str) -> Message<Box<RawValue>> {
    let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    Message {
        inner: pgmq::Message {
            msg_id: 7,
            vt: "2024-01-01T00:00:00Z".parse().unwrap(),
            enqueued_at: "2024-01-01T00:00:00Z".parse().unwrap(),
            read_ct: 1,
            message: RawValue::from_string(body.to_owned()).unwrap(),
        },
        // A name that no queue of PGMQ has.
        queue: "steps\n\u{1b}[2K".to_owned(),
        headers: Some(headers().into()),
        trace_context: TraceContext::from_headers(Some(traceparent), Some("vendor=CANARY")),
    }
}

/// All that a reporter of errors prints.
fn texts(error: &(dyn Error + 'static)) -> Vec<String> {
    let chain = std::iter::successors(Some(error), |&error| error.source());
    chain
        .flat_map(|error| [error.to_string(), format!("{error:?}"), format!("{error:#?}")])
        .collect()
}

fn texts_of_decoding<M: DeserializeOwned + Debug>(body: &str) -> Vec<String> {
    let message = message(body);
    let mut collected = vec![format!("{message:?}"), format!("{message:#?}")];
    match message.decode::<M>() {
        Ok(message) => collected.extend([format!("{message:?}"), format!("{message:#?}")]),
        Err(unreadable) => {
            assert!(!unreadable.to_string().contains(char::is_control), "{unreadable}");
            collected.extend(texts(&unreadable));
            collected.extend(texts(&PgmqError::from(unreadable)));
        }
    }
    collected
}

#[test]
fn no_text_shows_the_content_of_a_message() {
    let bodies = [
        json!(FORGED),
        json!([FORGED]),
        json!({ FORGED: FORGED }),
        json!({ "card": FORGED }),
        json!({ "card": { FORGED: 1 } }),
        json!({ "card": "Credit", FORGED: 1 }),
    ];
    let mut collected = Vec::new();
    for body in bodies {
        let body = body.to_string();
        collected.extend(texts_of_decoding::<u32>(&body));
        collected.extend(texts_of_decoding::<String>(&body));
        collected.extend(texts_of_decoding::<Charge>(&body));
        collected.extend(texts_of_decoding::<Card>(&body));
        collected.extend(texts_of_decoding::<Quoting>(&body));
        collected.extend(texts_of_decoding::<BTreeMap<String, f64>>(&body));
        collected.extend(texts_of_decoding::<Value>(&body));
    }
    let (own, quoting) = (headers(), Quoting(CANARY.to_owned()));
    let sent = [FORGED, CANARY];
    collected.push(format!("{:?}", send("steps", FORGED).headers(&own)));
    collected.push(format!("{:?}", send_batch("steps", &sent).headers(&own)));
    collected.push(format!(
        "{:?}",
        send_batch("steps", &sent).headers_each(&[own.clone(), own])
    ));
    collected.push(format!("{:?}", read::<Charge>("steps", Duration::ZERO)));
    collected.extend(texts(&crate::body::encode(&quoting).unwrap_err()));
    assert!(collected.len() > 100);
    for text in &collected {
        assert!(!text.contains(CANARY), "{text}");
    }
}

#[test]
fn an_unreadable_message_names_the_type_and_the_position() {
    let unreadable = message(r#"{ "card": "SECRET" }"#).decode::<Charge>().unwrap_err();
    let expected = "message 7 of the queue `steps\\n\\u{1b}[2K` is unreadable: the body is JSON of another type, \
         at line 1, column 18: expected `tasker_span_pgmq::canary::Charge`";
    assert_eq!(unreadable.to_string(), expected);
    // For code that wants it.
    assert!(unreadable.error().to_string().contains("SECRET"));
    assert!(unreadable.message().message.get().contains("SECRET"));
}

#[test]
fn serdes_own_words_stay() {
    let error = crate::body::encode(&BTreeMap::from([(vec![1], 1)])).unwrap_err();
    assert!(error.to_string().contains("key must be a string"), "{error}");
}
