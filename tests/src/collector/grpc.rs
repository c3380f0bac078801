//! OTLP over gRPC: one call, of one message.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{RecvStream, SendStream};
use http::{HeaderMap, HeaderValue, Response};
use tokio::net::TcpStream;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt};

use super::answer::Desk;
use super::behaviour::Refusal;

/// A message begins with a flag and its length.
const PREFIX: usize = 5;

/// A connection, to its end.
pub(super) async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, respond))) = connection.accept().await {
        let desk = Arc::clone(&desk);
        // A client that has given up hears nothing.
        tokio::spawn(async move { call(request, respond, &desk).await });
    }
}

async fn call(
    request: http::Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    desk: &Desk,
) -> Result<(), h2::Error> {
    let (head, mut body) = request.into_parts();
    let mut message = Vec::new();
    while let Some(chunk) = body.data().await {
        let chunk = chunk?;
        body.flow_control().release_capacity(chunk.len())?;
        message.extend_from_slice(&chunk);
        if let Some(Err(refusal)) = length(&message).map(|bytes| desk.admit(bytes)) {
            return refuse(&mut respond, refusal);
        }
    }
    let answer = {
        let gone = async {
            // Any reason is one.
            let _ = std::future::poll_fn(|context| respond.poll_reset(context)).await;
        };
        desk.serve(head.uri.path(), headers(&head.headers), &message[PREFIX..], gone)
            .await
    };
    match answer {
        None => Ok(()),
        Some(Err(refusal)) => refuse(&mut respond, refusal),
        Some(Ok(message)) => {
            let mut stream = respond.send_response(response(HeaderMap::new()), false)?;
            send(&mut stream, &message)
        }
    }
}

/// What the message says of itself, once that is there.
fn length(message: &[u8]) -> Option<usize> {
    let length = message.get(1..PREFIX)?;
    Some(u32::from_be_bytes(length.try_into().ok()?) as usize)
}

fn headers(headers: &HeaderMap) -> HashMap<String, String> {
    headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()))
        .collect()
}

fn send(stream: &mut SendStream<Bytes>, message: &[u8]) -> Result<(), h2::Error> {
    let mut framed = vec![0];
    framed.extend_from_slice(&u32::try_from(message.len()).unwrap_or_default().to_be_bytes());
    framed.extend_from_slice(message);
    stream.send_data(framed.into(), false)?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_static("0"));
    stream.send_trailers(trailers)
}

/// An answer of headers only, as servers send it.
fn refuse(respond: &mut SendResponse<Bytes>, refusal: Refusal) -> Result<(), h2::Error> {
    let details = refusal.retry_after.map_or_else(ErrorDetails::new, |seconds| {
        ErrorDetails::with_retry_info(Some(Duration::from_secs(seconds.into())))
    });
    let code = Code::from_i32(refusal.grpc);
    let status = if details.retry_info().is_some() {
        Status::with_error_details(code, "refused", details)
    } else {
        Status::new(code, "refused")
    };
    let mut headers = HeaderMap::new();
    // It fails for messages that no header can hold.
    let _ = status.add_header(&mut headers);
    respond.send_response(response(headers), true).map(drop)
}

fn response(headers: HeaderMap) -> Response<()> {
    let mut response = Response::new(());
    *response.headers_mut() = headers;
    response
        .headers_mut()
        .insert("content-type", HeaderValue::from_static("application/grpc"));
    response
}
