//! `Jaeger`: a client of Jaeger's query API (v1), whose answers become spans of the test kit.
//!
//! Version 1 is in every Jaeger, and its search by a tag needs no time of the trace. Its times are whole microseconds, and its
//! links have no attributes.

mod address;
mod answer;
mod http;
mod span_data;

use std::fmt;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::UnknownNamespace;
use tasker_span_runtime::identity::TraceId;
use tasker_span_runtime::testing::Spans;

use self::http::Http;
pub(crate) use address::{Address, Search};
pub use answer::{Log, Process, RefType, Reference, Span, Tag, Trace};
pub(crate) use span_data::span_data;

/// The address of Jaeger's pages and API: `TASKER_SPAN_JAEGER_URL`, or Jaeger's default.
pub fn jaeger_url() -> String {
    let url = std::env::var("TASKER_SPAN_JAEGER_URL").unwrap_or_default();
    let url = if url.is_empty() { address::DEFAULT } else { &url };
    url.trim_end_matches('/').to_owned()
}

/// Why Jaeger gave no answer that can be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// A running Jaeger.
#[derive(Debug)]
pub struct Jaeger {
    http: Http,
    lookback: Duration,
    limit: usize,
}

/// The traces of a search.
#[derive(Clone, Debug)]
pub struct Found {
    /// Each once, with all of its spans.
    pub traces: Vec<Trace>,
    /// The services of which Jaeger may have more traces than the limit.
    pub cut: Vec<String>,
}

impl Jaeger {
    /// The Jaeger at this address. A search looks back 7 days, and finds up to 100 traces of each service.
    ///
    /// # Errors
    ///
    /// If nothing answers there, or something else than Jaeger.
    pub fn connect(url: &str) -> Result<Self, Error> {
        let search = Search::default();
        let jaeger = Self {
            http: Http::new(url)?,
            lookback: search.lookback,
            limit: search.limit,
        };
        jaeger.services()?;
        Ok(jaeger)
    }

    /// As [`connect`](Self::connect), with the limits of a search.
    pub(crate) fn with(address: &Address, search: &Search) -> Result<Self, Error> {
        Ok(Self {
            http: Http::new(&address.url())?,
            lookback: search.lookback,
            limit: search.limit,
        })
    }

    /// The names of all services with spans.
    ///
    /// # Errors
    ///
    /// If Jaeger does not answer.
    pub fn services(&self) -> Result<Vec<String>, Error> {
        Ok(self.http.ask("services", &[])?.unwrap_or_default())
    }

    /// The traces that have a span with this tag. Jaeger searches one service at a time, so each is asked.
    ///
    /// # Errors
    ///
    /// If Jaeger does not answer.
    pub fn search(&self, tag: &str, value: impl fmt::Display) -> Result<Found, Error> {
        let tags = serde_json::json!({ tag: value.to_string() }).to_string();
        let start = SystemTime::now()
            .checked_sub(self.lookback)
            .and_then(|start| start.duration_since(SystemTime::UNIX_EPOCH).ok());
        let start = start.unwrap_or_default().as_micros().to_string();
        let limit = self.limit.to_string();
        let mut found = Found {
            traces: Vec::new(),
            cut: Vec::new(),
        };
        for service in self.services()? {
            let parameters = [
                ("service", &*service),
                ("tags", &*tags),
                ("start", &*start),
                ("limit", &*limit),
            ];
            let traces: Vec<Trace> = self.http.ask("traces", &parameters)?.unwrap_or_default();
            if traces.len() >= self.limit {
                found.cut.push(service);
            }
            for trace in traces {
                if found.traces.iter().all(|other| other.trace_id != trace.trace_id) {
                    found.traces.push(trace);
                }
            }
        }
        Ok(found)
    }

    /// The trace with this id, if Jaeger has a span of it.
    ///
    /// # Errors
    ///
    /// If Jaeger does not answer.
    pub fn trace(&self, id: TraceId) -> Result<Option<Trace>, Error> {
        let traces: Option<Vec<Trace>> = self.http.ask(&format!("traces/{id}"), &[])?;
        Ok(traces.unwrap_or_default().into_iter().next())
    }

    /// The address of the page of a trace.
    pub(crate) fn page(&self, id: TraceId) -> String {
        format!("{}/trace/{id}", self.http.shown())
    }
}

/// Reads an answer with traces, as of a server.
#[cfg(fuzzing)]
pub(crate) fn read(status: u16, body: &str) -> Result<Option<Vec<Trace>>, Error> {
    let status = ureq::http::StatusCode::from_u16(status).map_err(|error| Error(error.to_string()))?;
    Http::new("http://jaeger:16686")?.read("traces", status, body)
}

/// The spans of these traces, in the test kit's form. Jaeger's times are whole microseconds.
pub fn captured<'a>(traces: impl IntoIterator<Item = &'a Trace>) -> Spans {
    let spans = traces.into_iter().flat_map(|trace| &trace.spans);
    Spans::from_exported(spans.map(span_data), UnknownNamespace::default())
}
