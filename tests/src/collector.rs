//! Collectors that live in the test: gRPC, HTTP, and one that accepts everything and never answers.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

/// A collector on a port of this host; its threads end with the process.
#[derive(Debug)]
pub struct Collector {
    address: SocketAddr,
    requests: Requests,
}

/// One export, as it came over the wire.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path of the URL.
    pub path: String,
    /// The headers, names in lower case.
    pub headers: HashMap<String, String>,
    /// What it carried.
    pub export: ExportTraceServiceRequest,
}

type Requests = Arc<Mutex<Vec<Request>>>;

impl Collector {
    /// Speaks OTLP over gRPC, on a thread and a runtime of its own.
    ///
    /// # Panics
    ///
    /// If the host refuses a socket or a thread.
    pub fn grpc() -> Self {
        Self::start(|listener, requests| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve_grpc(stream, Arc::clone(&requests)));
                }
            });
        })
    }

    /// Speaks OTLP over HTTP/1.1 with protobuf bodies.
    pub fn http() -> Self {
        Self::start(|listener, requests| {
            for stream in listener.incoming().flatten() {
                let requests = Arc::clone(&requests);
                thread::spawn(move || while serve_http(&stream, &requests).is_some() {});
            }
        })
    }

    /// Accepts connections and reads what comes, but never says a word.
    pub fn hanging() -> Self {
        Self::start(|listener, _| {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || std::io::copy(&mut &stream, &mut std::io::sink()));
            }
        })
    }

    fn start(serve: impl FnOnce(TcpListener, Requests) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Requests::default();
        let shared = Arc::clone(&requests);
        thread::spawn(move || serve(listener, shared));
        Self { address, requests }
    }

    /// `http://127.0.0.1:port`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Every export so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every span so far, in the order of arrival.
    pub fn spans(&self) -> Vec<Span> {
        let requests = self.requests();
        let resources = requests.into_iter().flat_map(|request| request.export.resource_spans);
        resources
            .flat_map(|resource| resource.scope_spans)
            .flat_map(|scope| scope.spans)
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

fn record(requests: &Requests, path: &str, headers: HashMap<String, String>, body: &[u8]) {
    let export = ExportTraceServiceRequest::decode(body).unwrap();
    let request = Request {
        path: path.to_owned(),
        headers,
        export,
    };
    requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
}

async fn serve_grpc(stream: tokio::net::TcpStream, requests: Requests) {
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let requests = Arc::clone(&requests);
        tokio::spawn(async move {
            let (head, mut body) = request.into_parts();
            let mut message = Vec::new();
            while let Some(Ok(chunk)) = body.data().await {
                let _ = body.flow_control().release_capacity(chunk.len());
                message.extend_from_slice(&chunk);
            }
            let headers = head.headers.iter();
            let headers =
                headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
            // A message of gRPC begins with a flag and its length: five bytes.
            record(&requests, head.uri.path(), headers.collect(), &message[5..]);

            let response = http::Response::builder()
                .header("content-type", "application/grpc")
                .body(())
                .unwrap();
            let mut answer = respond.send_response(response, false).unwrap();
            answer.send_data(Bytes::from_static(&[0; 5]), false).unwrap();
            let mut trailers = http::HeaderMap::new();
            trailers.insert("grpc-status", http::HeaderValue::from_static("0"));
            answer.send_trailers(trailers).unwrap();
        });
    }
}

/// One request of a connection; nothing at its end.
fn serve_http(mut stream: &TcpStream, requests: &Requests) -> Option<()> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let mut body = vec![0; headers.get("content-length")?.parse().ok()?];
    reader.read_exact(&mut body).ok()?;
    record(requests, &path, headers, &body);
    stream
        .write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n")
        .ok()
}
