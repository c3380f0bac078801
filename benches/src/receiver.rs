//! A collector that counts spans. It speaks OTLP over gRPC on a port of this host, which it prints, and answers each line
//! on standard input with the number of spans until then.

use std::io::{BufRead, Write};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use prost::Message;
use tokio::net::{TcpListener, TcpStream};

use crate::failure::Failure;

/// What a counter of spans needs of an `ExportTraceServiceRequest`; fields that it does not name are skipped.
#[derive(Message)]
struct Export {
    #[prost(message, repeated, tag = "1")]
    resource_spans: Vec<ResourceSpans>,
}

#[derive(Message)]
struct ResourceSpans {
    #[prost(message, repeated, tag = "2")]
    scope_spans: Vec<ScopeSpans>,
}

#[derive(Message)]
struct ScopeSpans {
    /// Left as they are.
    #[prost(bytes = "bytes", repeated, tag = "2")]
    spans: Vec<Bytes>,
}

/// Before each message of gRPC: whether it is compressed, and how long it is.
const PREFIX: usize = 5;

/// Serves until standard input ends.
pub fn serve() -> Result<(), Failure> {
    let spans = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(Failure::of("starting a runtime"))?;
    let listener = runtime
        .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
        .map_err(Failure::of("listening"))?;
    let address = listener.local_addr().map_err(Failure::of("listening"))?;
    say(format_args!("http://{address}"))?;
    runtime.spawn(accept(listener, Arc::clone(&spans)));
    for line in std::io::stdin().lock().lines() {
        line.map_err(Failure::of("reading a question"))?;
        say(format_args!("{}", spans.load(Ordering::Acquire)))?;
    }
    Ok(())
}

fn say(line: std::fmt::Arguments<'_>) -> Result<(), Failure> {
    let mut output = std::io::stdout().lock();
    let written = writeln!(output, "{line}").and_then(|()| output.flush());
    written.map_err(Failure::of("answering"))
}

async fn accept(listener: TcpListener, spans: Arc<AtomicU64>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&spans)));
    }
}

/// A connection that breaks is its sender's to notice: spans that did not arrive are missing in the count.
async fn converse(stream: TcpStream, spans: Arc<AtomicU64>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(receive(request, respond, Arc::clone(&spans)));
    }
}

async fn receive(request: Request<h2::RecvStream>, respond: SendResponse<Bytes>, spans: Arc<AtomicU64>) {
    let mut body = request.into_body();
    let mut message = Vec::new();
    while let Some(Ok(chunk)) = body.data().await {
        message.extend_from_slice(&chunk);
        // Fails only where the stream is gone.
        let _ = body.flow_control().release_capacity(chunk.len());
    }
    let Some(export) = message.get(PREFIX..).and_then(|message| Export::decode(message).ok()) else {
        return;
    };
    let scopes = export.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    let count: usize = scopes.map(|scope| scope.spans.len()).sum();
    spans.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Release);
    // The sender that does not get its answer says so.
    let _ = accepted(respond);
}

fn accepted(mut respond: SendResponse<Bytes>) -> Result<(), h2::Error> {
    let mut response = Response::new(());
    let headers = response.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/grpc"));
    let mut answer = respond.send_response(response, false)?;
    answer.send_data(Bytes::from_static(&[0; PREFIX]), false)?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    answer.send_trailers(trailers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_without_knowing_the_rest() {
        let export = Export {
            resource_spans: vec![ResourceSpans {
                scope_spans: vec![ScopeSpans {
                    spans: vec![Bytes::from_static(b"\x0a\x01x"), Bytes::new()],
                }],
            }],
        };
        let mut message = export.encode_to_vec();
        // A field that nobody asked for.
        message.extend_from_slice(&[0x7a, 0x01, 0x00]);
        let decoded = Export::decode(&*message).unwrap();
        assert_eq!(decoded.resource_spans[0].scope_spans[0].spans.len(), 2);
    }
}
