//! Answers that no collector gives: of a proxy, of a server for browsers, of a broken one.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue, LOCATION};
use hyper::{Response, StatusCode};
use prost::Message;
use tasker_span_runtime::Protocol;
use tonic::Status;

use super::answer::{Answer, succeeded};
use super::received::Request;

fn answer(status: u16, name: HeaderName, value: &str, body: impl Into<Bytes>) -> Answer {
    let mut answer = Response::new(Full::from(body.into()).boxed());
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status of HTTP");
    let value = HeaderValue::from_str(value).expect("a value of HTTP");
    answer.headers_mut().insert(name, value);
    answer
}

pub(super) fn redirect(status: u16, port: u16, request: &Request) -> Answer {
    let location = format!("http://127.0.0.1:{port}{}", request.path);
    answer(status, LOCATION, &location, "moved")
}

pub(super) fn page(status: u16) -> Answer {
    answer(
        status,
        CONTENT_TYPE,
        "text/html; charset=utf-8",
        "<html>Welcome!</html>",
    )
}

/// A field of the type group, which has no end.
pub(super) fn nonsense(protocol: Protocol) -> Answer {
    succeeded(protocol, b"\x0b\xff\xff")
}

pub(super) fn empty(status: u16) -> Answer {
    let mut answer = Answer::default();
    *answer.status_mut() = StatusCode::from_u16(status).expect("a status of HTTP");
    answer
}

/// The `google.rpc.Status` of a refusal over HTTP.
#[derive(Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

pub(super) fn repeat(protocol: Protocol, request: &Request) -> Answer {
    let value = request.headers.get("authorization").map_or("none", String::as_str);
    let message = format!("{value} is not known");
    if protocol == Protocol::Grpc {
        return Status::unauthenticated(message).into_http();
    }
    let status = RpcStatus { code: 16, message };
    answer(401, CONTENT_TYPE, "application/x-protobuf", status.encode_to_vec())
}
