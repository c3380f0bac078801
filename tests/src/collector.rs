//! Collectors that live in the test: over gRPC, over HTTP, and in every way in which a collector can fail.

mod answer;
mod behaviour;
mod grpc;
mod http;
mod port;
mod received;
mod server;

use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tasker_span_runtime::Protocol;

pub use behaviour::{Behaviour, Refusal};
pub use received::{Counts, Request};

use answer::Desk;
use port::Port;
use received::Received;
use server::{Server, Speaks};

/// A collector on a port of this host; its thread ends with it.
#[derive(Debug)]
pub struct Collector {
    speaks: Speaks,
    port: Port,
    desk: Arc<Desk>,
    server: Option<Server>,
}

impl Collector {
    /// Speaks OTLP over gRPC, on a thread and a runtime of its own.
    ///
    /// # Panics
    ///
    /// If the host refuses a socket or a thread.
    pub fn grpc() -> Self {
        Self::new(Speaks::Grpc, Port::reserve(), Received::all()).started()
    }

    /// Speaks OTLP over HTTP/1.1 with protobuf bodies.
    pub fn http() -> Self {
        Self::new(Speaks::Http, Port::reserve(), Received::all()).started()
    }

    /// Accepts connections and reads what comes, but never says a word.
    pub fn hanging() -> Self {
        Self::new(Speaks::Nothing, Port::reserve(), Received::all()).started()
    }

    /// Is not there until it is [started](Self::start), and then counts spans instead of keeping them.
    pub fn absent(protocol: Protocol) -> Self {
        Self::new(Speaks::from(protocol), Port::reserve(), Received::counts())
    }

    /// [`absent`](Self::absent), on the port of another one: of a process, of which another takes the place.
    pub fn absent_at(port: u16, protocol: Protocol) -> Self {
        Self::new(Speaks::from(protocol), Port::shared(port), Received::counts())
    }

    fn new(speaks: Speaks, port: Port, received: Received) -> Self {
        Self {
            speaks,
            port,
            desk: Arc::new(Desk::new(received)),
            server: None,
        }
    }

    fn started(mut self) -> Self {
        self.start();
        self
    }

    /// Listens, if it does not.
    pub fn start(&mut self) {
        let (speaks, port, desk) = (self.speaks, &self.port, &self.desk);
        self.server
            .get_or_insert_with(|| Server::start(speaks, port, Arc::clone(desk)));
    }

    /// Closes every connection as it stands and listens no more, as if its process had been killed.
    pub fn stop(&mut self) {
        self.server = None;
    }

    /// What it does with requests from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.desk.behave(behaviour);
    }

    /// What it has done.
    pub fn counts(&self) -> Counts {
        self.desk.received().counts
    }

    /// The port that it listens on, or will.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        self.port.url()
    }

    /// Every export so far.
    pub fn requests(&self) -> Vec<Request> {
        self.desk.received().requests.clone().unwrap_or_default()
    }

    /// Every span so far, in the order of arrival.
    pub fn spans(&self) -> Vec<Span> {
        self.requests()
            .into_iter()
            .flat_map(|request| received::spans(request.export))
            .collect()
    }

    /// The names of every span so far, sorted.
    pub fn span_names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.spans().into_iter().map(|span| span.name).collect();
        names.sort();
        names
    }

    /// An attribute of the resource of the first export.
    pub fn resource(&self, key: &str) -> Option<String> {
        let export = self.requests().into_iter().next()?.export;
        text(&export.resource_spans.first()?.resource.as_ref()?.attributes, key)
    }
}

/// The text of an attribute.
pub fn text(attributes: &[KeyValue], key: &str) -> Option<String> {
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.as_ref()?.value.as_ref()? {
        Value::StringValue(text) => Some(text.clone()),
        _ => None,
    }
}
