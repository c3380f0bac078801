//! The corpus of hostile trace contexts. For each file, `expected` has the trace context and the counts. Texts too large
//! for a file are made here.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use opentelemetry::propagation::Extractor;
use serde::Deserialize;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

use super::PARENT;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/trace_context")
}

/// Reads one trace context, and describes it as `expected` does. The counts are of the process, so tests run alone.
fn outcome<E>(read: impl FnOnce() -> Result<TraceContext, E>) -> String {
    let before = stats();
    let read = read();
    let counts = stats().since(&before);
    let mut outcome = read.map_or_else(
        |_| "error".to_owned(),
        |trace_context| serde_json::to_string(&trace_context).unwrap(),
    );
    for (count, counted) in [
        (" trace_context", counts.trace_contexts_ignored),
        (" tracestate", counts.tracestates_ignored),
    ] {
        outcome.push_str(&count.repeat(usize::try_from(counted).unwrap()));
    }
    outcome
}

/// The same for two headers.
fn of_headers(parent: &str, state: Option<&str>) -> String {
    outcome(|| Ok::<_, ()>(TraceContext::from_headers(Some(parent), state)))
}

/// The same for a JSON document.
fn of_json(document: &str) -> String {
    outcome(|| serde_json::from_str(document))
}

fn parent_alone() -> String {
    format!("{{\"traceparent\":\"{PARENT}\"}}")
}

/// Headers as they came over a wire: in any case, and one name more than once.
struct Headers<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Headers<'a> {
    fn parse(text: &'a str) -> Self {
        let lines = text.split_terminator('\n');
        Self(lines.map(|line| line.split_once(": ").expect(line)).collect())
    }
}

impl Extractor for Headers<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.get_all(key)?.first().copied()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| *name).collect()
    }

    fn get_all(&self, key: &str) -> Option<Vec<&str>> {
        let of_key = self.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case(key));
        let values = of_key.map(|(_, value)| *value).collect::<Vec<_>>();
        (!values.is_empty()).then_some(values)
    }
}

#[derive(Debug, Deserialize)]
struct Body {
    trace_context: TraceContext,
}

#[derive(Debug, Deserialize)]
struct FlatBody {
    #[serde(flatten)]
    trace_context: TraceContext,
}

/// The outcomes of a document, in each of the ways in which it is read.
fn outcomes_of_json(document: &[u8]) -> Vec<(&'static str, String)> {
    let mut outcomes = vec![
        ("slice", outcome(|| serde_json::from_slice(document))),
        ("reader", outcome(|| serde_json::from_reader(document))),
    ];
    // Inside another document, its mistake would be that document's.
    if outcomes[0].1 != "error" {
        let body = [b"{\"trace_context\":".as_slice(), document, b"}"].concat();
        let body = || serde_json::from_slice::<Body>(&body).map(|body| body.trace_context);
        outcomes.push(("member", outcome(body)));
    }
    if document.trim_ascii_start().starts_with(b"{") {
        let flat = || serde_json::from_slice::<FlatBody>(document).map(|body| body.trace_context);
        outcomes.push(("flatten", outcome(flat)));
    }
    outcomes
}

#[test]
fn each_file_is_read_as_expected() {
    process::alone(|| {
        let expected = fs::read_to_string(corpus().join("expected")).unwrap();
        let lines = expected
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        let expected = lines.map(|line| line.split_once(' ').expect(line)).collect::<Vec<_>>();
        let mut wrong = Vec::new();
        for (name, expected) in &expected {
            let bytes = fs::read(corpus().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
            let (_, kind) = name.rsplit_once('.').expect(name);
            let outcomes = if kind == "json" {
                outcomes_of_json(&bytes)
            } else {
                let text = String::from_utf8(bytes).expect(name);
                let headers = Headers::parse(&text);
                vec![("extract", outcome(|| Ok::<_, ()>(TraceContext::extract(&headers))))]
            };
            let unexpected = outcomes.into_iter().filter(|(_, outcome)| outcome != expected);
            wrong.extend(unexpected.map(|(way, outcome)| format!("{name} by {way}: {outcome}, expected {expected}")));
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));

        let names = expected
            .iter()
            .map(|(name, _)| (*name).to_owned())
            .collect::<BTreeSet<_>>();
        let files = fs::read_dir(corpus()).unwrap();
        let files = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let files = files.filter(|name| name != "expected" && !name.starts_with('.'));
        assert_eq!(files.collect::<BTreeSet<_>>(), names, "each file is listed");
    });
}

#[test]
fn a_megabyte_in_a_header_costs_that_header() {
    process::alone(|| {
        let megabyte = 1 << 20;
        for text in ["a=1,", ",", " ", "a", "k=vvvvvvvvvvvvvv\t,", "\0", "\u{1f9f5}"] {
            let text = text.repeat(megabyte / text.len());
            let expected = format!("{} tracestate", parent_alone());
            assert_eq!(of_headers(PARENT, Some(&text)), expected);
            let document = serde_json::json!({ "traceparent": PARENT, "tracestate": text }).to_string();
            for (way, outcome) in outcomes_of_json(document.as_bytes()) {
                assert_eq!(outcome, expected, "{way}");
            }
            assert_eq!(of_headers(&text, None), "{} trace_context");
            // Blanks around it are none of it.
            let is_blank = text.trim().is_empty();
            let expected = if is_blank {
                parent_alone()
            } else {
                "{} trace_context".to_owned()
            };
            for parent in [format!("{PARENT}{text}"), format!("{text}{PARENT}")] {
                assert_eq!(of_headers(&parent, None), expected);
            }
        }
        let later = format!("01{}-{}", &PARENT[2..], "x".repeat(megabyte));
        assert_eq!(of_headers(&later, None), parent_alone());
    });
}

#[test]
fn large_documents_are_read_to_their_end() {
    process::alone(|| {
        let deep = 100_000;
        let arrays = "[".repeat(deep) + &"]".repeat(deep);
        let objects = "{\"traceparent\":".repeat(deep) + "0" + &"}".repeat(deep);
        for value in [&arrays, &objects] {
            assert_eq!(of_json(&format!("{{\"traceparent\":{value}}}")), "{} trace_context");
            let document = format!("{{\"x\":{value},\"traceparent\":\"{PARENT}\"}}");
            assert_eq!(of_json(&document), parent_alone());
        }
        assert_eq!(of_json(&arrays), "{} trace_context");

        let members = (0..100_000).map(|index| format!("\"{index}\":[{index}],"));
        let many = format!("{{{}\"traceparent\":\"{PARENT}\"}}", members.collect::<String>());
        let twice = format!("\"traceparent\":\"{PARENT}\",").repeat(10_000);
        let twice = format!("{{{twice}\"x\":0}}");
        for (document, expected) in [(many, parent_alone()), (twice, "{} trace_context".to_owned())] {
            for (way, outcome) in outcomes_of_json(document.as_bytes()) {
                assert_eq!(outcome, expected, "{way}");
            }
        }
    });
}
