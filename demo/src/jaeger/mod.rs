//! Jaeger's query API, which its own pages use, and what it answers as spans of the test kit: one set of rules judges what
//! was captured and what arrived.

mod answer;
mod span_data;

use std::fmt::Display;

use opentelemetry_sdk::trace::SpanProcessor;
use reqwest::Url;
use reqwest::blocking::Client;
use serde::de::DeserializeOwned;
use tasker_span_runtime::identity::TraceId;
use tasker_span_runtime::testing::{SpanStore, Spans};

pub use answer::{Log, Process, RefType, Reference, Span, Tag, Trace};

/// A Jaeger that runs.
#[derive(Debug)]
pub struct Jaeger {
    url: String,
    http: Client,
}

impl Jaeger {
    /// The one at this address.
    ///
    /// # Errors
    ///
    /// If nobody answers there.
    pub fn connect(url: &str) -> reqwest::Result<Self> {
        let jaeger = Self::at(url);
        let answer = jaeger.http.get(format!("{url}/api/services")).send()?;
        answer.error_for_status().map(|_| jaeger)
    }

    fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            // Where a proxy is set, Jaeger is still on this host, or beside it.
            http: Client::builder().no_proxy().build().unwrap(),
        }
    }

    /// The names of the services of which it has spans.
    pub fn services(&self) -> Vec<String> {
        self.ask::<Vec<String>>("services", &[]).unwrap_or_default()
    }

    /// The traces in which some span of any service has this tag, as the search page finds them, each whole.
    ///
    /// The page searches one service at a time, and so does this.
    pub fn search(&self, tag: &str, value: impl Display) -> Vec<Trace> {
        let tags = serde_json::json!({ tag: format!("{value}") }).to_string();
        let mut found = Vec::<Trace>::new();
        for service in self.services() {
            let traces = self.ask::<Vec<Trace>>("traces", &[("service", &service), ("tags", &tags)]);
            for trace in traces.unwrap_or_default() {
                if found.iter().all(|other| other.id() != trace.id()) {
                    found.push(trace);
                }
            }
        }
        found
    }

    /// The trace of this id, if there is any span of it.
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        let traces = self.ask::<Vec<Trace>>(&format!("traces/{id}"), &[])?;
        traces.into_iter().next()
    }

    /// The data of an answer; `None` where Jaeger does not know the trace.
    fn ask<T: DeserializeOwned>(&self, path: &str, parameters: &[(&str, &str)]) -> Option<T> {
        let url = Url::parse_with_params(&format!("{}/api/{path}", self.url), parameters).unwrap();
        let response = self.http.get(url.clone()).send();
        let response = response.unwrap_or_else(|error| panic!("Jaeger does not answer: {error}"));
        let status = response.status();
        let body = response.text().unwrap();
        let answer: answer::Answer<T> =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{url} answers {status}: {error}\n{body}"));
        let errors = answer.errors.unwrap_or_default();
        assert!(
            errors.iter().all(|error| error.code == 404),
            "{url} answers {status}: {errors:?}"
        );
        answer.data
    }
}

/// The spans of these traces as the test kit has them. Jaeger's times are microseconds.
pub fn captured<'a>(traces: impl IntoIterator<Item = &'a Trace>) -> Spans {
    let store = SpanStore::new();
    for span in traces.into_iter().flat_map(|trace| &trace.spans) {
        store.on_end(span_data::of(span));
    }
    store.spans()
}
