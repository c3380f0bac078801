//! Files of spans: OTLP JSON, as a collector's file exporter writes it, and Jaeger JSON, as its pages and its API give it.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Exported, of_jaeger, otlp};
use crate::jaeger::Trace;
use crate::json;
use crate::output::Result;

/// Reads a file, or the standard input, which is `-`.
pub(super) fn read(path: &Path) -> Result<Vec<Exported>> {
    let (name, bytes) = if path == Path::new("-") {
        let mut bytes = Vec::new();
        let read = io::stdin().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (path.display().to_string(), fs::read(path))
    };
    let bytes = bytes.map_err(|error| format!("{name}: {error}"))?;
    parse(&bytes).map_err(|error| format!("{name}: {error}").into())
}

/// One document, or several after each other, such as one a line.
pub(super) fn parse(bytes: &[u8]) -> std::result::Result<Vec<Exported>, String> {
    // Some shells write a byte order mark.
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    let mut exported = Vec::new();
    let mut documents = 0;
    for document in serde_json::Deserializer::from_slice(bytes).into_iter::<Value>() {
        let document = document.map_err(|error| format!("it is not JSON: {}", json::problem(&error)))?;
        documents += 1;
        add(document, &mut exported)?;
    }
    if documents == 0 {
        return Err("it is empty".to_owned());
    }
    Ok(exported)
}

fn add(document: Value, exported: &mut Vec<Exported>) -> std::result::Result<(), String> {
    let has = |key| document.get(key).is_some();
    match document {
        Value::Array(documents) => documents.into_iter().try_for_each(|document| add(document, exported)),
        _ if has("resourceSpans") => {
            exported.extend(otlp::exported(typed("OTLP JSON", document)?));
            Ok(())
        }
        // Other signals, which a collector may write to the same file.
        _ if ["resourceLogs", "resourceMetrics", "resourceProfiles"]
            .into_iter()
            .any(has) =>
        {
            Ok(())
        }
        _ if has("traceID") && has("spans") => {
            let trace: Trace = typed("Jaeger JSON", document)?;
            exported.extend(of_jaeger::exported(&trace));
            Ok(())
        }
        // The envelopes of Jaeger's two APIs.
        Value::Object(mut envelope) if envelope.contains_key("data") || envelope.contains_key("result") => {
            let content = envelope.remove("data").or_else(|| envelope.remove("result"));
            match content {
                Some(content @ (Value::Array(_) | Value::Object(_))) => add(content, exported),
                _ => Err("it has no trace".to_owned()),
            }
        }
        _ => Err(
            "it is neither OTLP JSON (`resourceSpans`) nor Jaeger JSON (`data`, or `traceID` and `spans`)".to_owned(),
        ),
    }
}

fn typed<T: DeserializeOwned>(format: &str, document: Value) -> std::result::Result<T, String> {
    serde_json::from_value(document).map_err(|error| format!("it is not valid {format}: {}", json::problem(&error)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_file_of_another_kind_is_an_error() {
        for (text, part) in [
            ("", "it is empty"),
            ("  \n", "it is empty"),
            ("trace", "it is not JSON"),
            ("{\"a\": 1}", "neither OTLP JSON"),
            ("7", "neither OTLP JSON"),
            ("{\"data\": null}", "it has no trace"),
            ("{\"resourceSpans\": 7}", "it is not valid OTLP JSON"),
            (
                "{\"data\": [{\"traceID\": 7, \"spans\": []}]}",
                "it is not valid Jaeger JSON",
            ),
        ] {
            let message = parse(text.as_bytes()).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
        assert!(parse(b"[]").unwrap().is_empty());
        assert!(parse("\u{feff}[]".as_bytes()).unwrap().is_empty());
        assert!(
            parse(b"{\"resourceLogs\": []}\n{\"resourceSpans\": []}")
                .unwrap()
                .is_empty()
        );
        assert!(parse(b"{\"resourceSpans\": null}").unwrap().is_empty());
        assert!(parse(&[0xff]).is_err());
        assert!(parse("[".repeat(100_000).as_bytes()).is_err());
    }

    /// Any JSON, with the keys of both formats.
    fn json() -> impl Strategy<Value = Value> {
        let keys = [
            "resourceSpans",
            "resource",
            "attributes",
            "scopeSpans",
            "scope",
            "spans",
            "traceId",
            "spanId",
            "parentSpanId",
            "traceState",
            "name",
            "kind",
            "startTimeUnixNano",
            "endTimeUnixNano",
            "events",
            "links",
            "status",
            "key",
            "value",
            "stringValue",
            "intValue",
            "doubleValue",
            "arrayValue",
            "values",
            "data",
            "result",
            "traceID",
            "spanID",
            "operationName",
            "references",
            "refType",
            "startTime",
            "duration",
            "tags",
            "logs",
            "processes",
            "processID",
            "serviceName",
            "code",
            "message",
            "timestamp",
            "fields",
            "type",
        ];
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<u64>().prop_map(|number| number.to_string().into()),
            any::<u128>().prop_map(|number| format!("{number:032x}").into()),
            ".{0,12}".prop_map(Value::from),
            prop_oneof![Just("CHILD_OF"), Just("FOLLOWS_FROM"), Just("ERROR"), Just("int64")].prop_map(Value::from),
        ];
        leaf.prop_recursive(8, 96, 8, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((prop::sample::select(keys.to_vec()), inner), 0..8)
                    .prop_map(|pairs| pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let _ = parse(&bytes);
        }

        #[test]
        fn no_json_panics(document in json()) {
            let _ = parse(document.to_string().as_bytes());
        }
    }
}
