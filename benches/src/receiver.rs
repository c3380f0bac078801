//! A collector that counts spans, in a process of its own so that receiving is not measured. It
//! speaks OTLP over gRPC and over HTTP on a port of this host, which it prints, and answers each line
//! with the number of spans until then.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::process;

/// A message of gRPC begins with its compression and length.
const PREFIX: usize = 5;

/// Serves until standard input ends.
pub(crate) fn serve() -> Result<()> {
    let spans = Arc::new(AtomicU64::new(0));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    process::say(&Ok(format!("http://{}", listener.local_addr()?)))?;
    runtime.spawn(accept(listener, Arc::clone(&spans)));
    process::serve(|()| Ok(spans.load(Ordering::Acquire)))
}

async fn accept(listener: TcpListener, spans: Arc<AtomicU64>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, Arc::clone(&spans)));
    }
}

/// Ends with its connection. Spans that did not arrive are missing in the count.
async fn converse(stream: TcpStream, spans: Arc<AtomicU64>) {
    // As collectors do. Otherwise each answer would wait for 40 ms.
    let _ = stream.set_nodelay(true);
    // HTTP/2 begins with `PRI`, a request of HTTP/1 with `POST`.
    let mut first = [0; 2];
    if matches!(stream.peek(&mut first).await, Ok(2)) && first == *b"PO" {
        // What ends the connection early leaves spans out.
        let _ = converse_http(stream, &spans).await;
        return;
    }
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        tokio::spawn(receive(request, respond, Arc::clone(&spans)));
    }
}

async fn converse_http(mut stream: TcpStream, spans: &AtomicU64) -> Result<()> {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
    let mut read = Vec::new();
    while stream.read_buf(&mut read).await? > 0 {
        let Some(head) = read.windows(4).position(|end| end == b"\r\n\r\n") else {
            continue;
        };
        let body = head + 4;
        let length = content_length(&read[..head])?;
        read.reserve(length);
        while read.len() < body + length {
            ensure!(stream.read_buf(&mut read).await? > 0, "the request has no end");
        }
        count(&read[body..body + length], spans)?;
        read.drain(..body + length);
        stream.write_all(ANSWER).await?;
    }
    Ok(())
}

fn content_length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    let mut lines = head.lines();
    let length = lines.find_map(|line| line.strip_prefix("content-length:"));
    Ok(length.context("a request without a length")?.trim().parse()?)
}

fn count(request: &[u8], spans: &AtomicU64) -> Result<()> {
    let export = ExportTraceServiceRequest::decode(request)?;
    let scopes = export.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    spans.fetch_add(scopes.map(|scope| scope.spans.len() as u64).sum(), Ordering::Release);
    Ok(())
}

async fn receive(request: Request<h2::RecvStream>, respond: SendResponse<Bytes>, spans: Arc<AtomicU64>) {
    let mut body = request.into_body();
    let mut message = Vec::new();
    while let Some(Ok(chunk)) = body.data().await {
        message.extend_from_slice(&chunk);
        // Fails only if the stream is gone.
        let _ = body.flow_control().release_capacity(chunk.len());
    }
    let counted = message.get(PREFIX..).map(|message| count(message, &spans));
    if !matches!(counted, Some(Ok(()))) {
        return;
    }
    // An exporter without an answer reports an error.
    let _ = accepted(respond);
}

fn accepted(mut respond: SendResponse<Bytes>) -> Result<(), h2::Error> {
    let mut response = Response::new(());
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    let mut answer = respond.send_response(response, false)?;
    answer.send_data(Bytes::from_static(&[0; PREFIX]), false)?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    answer.send_trailers(trailers)
}
