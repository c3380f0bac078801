//! `Collector`: an OTLP collector inside a test, over gRPC or HTTP, that fails in every way in
//! which a collector can.

mod answer;
mod behaviour;
mod other_server;
mod received;
mod server;
mod service;

use std::sync::Arc;

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use tasker_span_runtime::Protocol;

pub use behaviour::{Behaviour, Refusal};
pub use received::{Counts, Request};

use received::Received;
use server::{Port, Server};
use service::Service;

/// A collector on a port of this host. Its thread ends with it.
#[derive(Debug)]
pub struct Collector {
    protocol: Protocol,
    port: Port,
    service: Arc<Service>,
    server: Option<Server>,
}

impl Collector {
    /// A collector that listens, and takes what comes.
    ///
    /// # Panics
    ///
    /// If the host refuses a socket or a thread.
    pub fn start(protocol: Protocol) -> Self {
        let mut collector = Self::absent(protocol);
        collector.resume();
        collector
    }

    /// OTLP over gRPC.
    pub fn grpc() -> Self {
        Self::start(Protocol::Grpc)
    }

    /// OTLP over HTTP/1.1 with protobuf bodies.
    pub fn http() -> Self {
        Self::start(Protocol::HttpProtobuf)
    }

    /// A collector that does not listen until it [resumes](Self::resume).
    pub fn absent(protocol: Protocol) -> Self {
        Self::at(0, protocol, Received::keeping_requests())
    }

    /// A collector that counts spans and does not keep them, on a port that another process has
    /// reserved.
    pub(crate) fn counting_at(port: u16, protocol: Protocol) -> Self {
        let mut collector = Self::at(port, protocol, Received::default());
        collector.resume();
        collector
    }

    fn at(port: u16, protocol: Protocol, received: Received) -> Self {
        Self {
            protocol,
            port: Port::reserve(port),
            service: Arc::new(Service::new(received)),
            server: None,
        }
    }

    /// Listens, if it does not yet.
    pub fn resume(&mut self) {
        let (protocol, port, service) = (self.protocol, &self.port, &self.service);
        self.server
            .get_or_insert_with(|| Server::start(protocol, port, Arc::clone(service)));
    }

    /// What it does with requests from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        self.service.behave(behaviour);
    }

    /// What it has done.
    pub fn counts(&self) -> Counts {
        self.service.received().counts
    }

    /// The port that it listens on, or will.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port())
    }

    /// Every export so far.
    pub fn requests(&self) -> Vec<Request> {
        self.service.received().requests()
    }

    /// Every span so far, in the order of arrival.
    pub fn spans(&self) -> Vec<Span> {
        self.requests().into_iter().flat_map(Request::spans).collect()
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
