//! `Answer`: what a collector, or another server, sends back.

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Response};
use tasker_span_runtime::Protocol;

pub(super) type Answer = Response<BoxBody<Bytes, std::convert::Infallible>>;

/// A success with this message.
pub(super) fn succeeded(protocol: Protocol, message: &[u8]) -> Answer {
    if protocol != Protocol::Grpc {
        let mut answer = Response::new(Full::from(message.to_vec()).boxed());
        let content_type = HeaderValue::from_static("application/x-protobuf");
        answer.headers_mut().insert(CONTENT_TYPE, content_type);
        return answer;
    }
    let length = u32::try_from(message.len()).unwrap_or_default();
    let framed = [&[0][..], &length.to_be_bytes(), message].concat();
    let trailers = HeaderMap::from_iter([("grpc-status".parse().expect("a name"), HeaderValue::from_static("0"))]);
    let mut answer = Response::new(Full::from(framed).with_trailers(async { Some(Ok(trailers)) }).boxed());
    let content_type = HeaderValue::from_static("application/grpc");
    answer.headers_mut().insert(CONTENT_TYPE, content_type);
    answer
}
