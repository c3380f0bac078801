//! A collector that counts spans, in a process of its own so that receiving is not measured. It
//! speaks OTLP over gRPC on a port of this host, which it prints, and answers each line with the
//! number of spans until then.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use bytes::Bytes;
use h2::server::SendResponse;
use http::{HeaderMap, HeaderValue, Request, Response};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;
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
        // Fails only if the stream is gone.
        let _ = body.flow_control().release_capacity(chunk.len());
    }
    let Some(export) = message
        .get(PREFIX..)
        .and_then(|message| ExportTraceServiceRequest::decode(message).ok())
    else {
        return;
    };
    let scopes = export.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
    spans.fetch_add(scopes.map(|scope| scope.spans.len() as u64).sum(), Ordering::Release);
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
