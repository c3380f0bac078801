//! `Jaeger`: a client of Jaeger's query API, whose answers become spans of the test kit.

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

/// The address of Jaeger's pages and API: `TASKER_SPAN_JAEGER_URL`, or Jaeger's default.
pub fn jaeger_url() -> String {
    let url = std::env::var("TASKER_SPAN_JAEGER_URL").unwrap_or_default();
    let url = if url.is_empty() { "http://localhost:16686" } else { &url };
    url.trim_end_matches('/').to_owned()
}

/// A running Jaeger.
#[derive(Debug)]
pub struct Jaeger {
    url: String,
    http: Client,
}

impl Jaeger {
    /// The Jaeger at this address.
    pub fn connect(url: &str) -> reqwest::Result<Self> {
        // Jaeger is in the local network, so behind no proxy.
        let http = Client::builder().no_proxy().build()?;
        http.get(format!("{url}/api/services")).send()?.error_for_status()?;
        let url = url.to_owned();
        Ok(Self { url, http })
    }

    /// The names of all services with spans.
    pub fn services(&self) -> Vec<String> {
        self.ask::<Vec<String>>("services", &[]).unwrap_or_default()
    }

    /// The traces that have a span with this tag. Like the search page, it searches each service.
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

    /// The trace with this id, if Jaeger has a span of it.
    pub fn trace(&self, id: TraceId) -> Option<Trace> {
        let traces = self.ask::<Vec<Trace>>(&format!("traces/{id}"), &[])?;
        traces.into_iter().next()
    }

    /// The data of an answer. `None` if Jaeger does not have the trace.
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

/// The spans of these traces, in the test kit's form. Jaeger's times are whole microseconds.
pub fn captured<'a>(traces: impl IntoIterator<Item = &'a Trace>) -> Spans {
    let store = SpanStore::new();
    for span in traces.into_iter().flat_map(|trace| &trace.spans) {
        store.on_end(span_data::of(span));
    }
    store.spans()
}
