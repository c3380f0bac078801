//! `Checked`: a channel whose answers are of gRPC. Proxies and other servers answer with pages, which `tonic` would read as
//! messages.

use std::error::Error;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, Request, Response, StatusCode};
use tonic::body::Body;
use tonic::client::GrpcService;
use tonic::transport::Channel;
use tonic::{Code, Status};

use super::hint::Hint;

pub(super) struct Checked {
    pub(super) channel: Channel,
    pub(super) hint: Arc<Hint>,
}

impl GrpcService<Body> for Checked {
    type ResponseBody = Body;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        GrpcService::poll_ready(&mut self.channel, context).map_err(Into::into)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let response = GrpcService::call(&mut self.channel, request);
        let hint = Arc::clone(&self.hint);
        Box::pin(async move {
            let response = response.await?;
            hint.set_answered();
            check(response.status(), response.headers())?;
            Ok(response)
        })
    }
}

/// By gRPC's mapping of [HTTP statuses](https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md).
fn check(status: StatusCode, headers: &HeaderMap) -> Result<(), Status> {
    const GRPC: &str = "application/grpc";
    if headers.contains_key("grpc-status") {
        return Ok(());
    }
    let media_type = headers
        .get(CONTENT_TYPE)
        .map(|value| value.to_str().unwrap_or("an unreadable type"));
    let text = format!("the answer is not one of gRPC: its status is {status}");
    match (status, media_type) {
        (StatusCode::OK, None) => Ok(()),
        (StatusCode::OK, Some(media_type)) if media_type.starts_with(GRPC) => Ok(()),
        (StatusCode::OK, Some(media_type)) => {
            let text = format!("the answer is not one of OTLP: it has {media_type}, expected {GRPC}");
            Err(Status::failed_precondition(text))
        }
        (
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT,
            _,
        ) => Err(Status::unavailable(text)),
        (status, _) if status.is_redirection() => Err(Status::failed_precondition(format!(
            "{text}, and no redirect is followed"
        ))),
        (StatusCode::UNAUTHORIZED, _) => Err(Status::unauthenticated(text)),
        (StatusCode::FORBIDDEN, _) => Err(Status::permission_denied(text)),
        (StatusCode::NOT_FOUND, _) => Err(Status::unimplemented(text)),
        _ => Err(Status::new(Code::Internal, text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(status: u16, headers: &[(&'static str, &'static str)]) -> Option<Code> {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let status = StatusCode::from_u16(status).unwrap();
        check(status, &headers.collect()).err().map(|status| status.code())
    }

    #[test]
    fn an_answer_of_grpc_has_its_type_or_its_status() {
        assert_eq!(code(200, &[("content-type", "application/grpc+proto")]), None);
        assert_eq!(code(200, &[]), None);
        assert_eq!(code(503, &[("grpc-status", "14")]), None);
        assert_eq!(
            code(200, &[("content-type", "text/html")]),
            Some(Code::FailedPrecondition)
        );
    }

    #[test]
    fn a_proxy_s_page_for_an_absent_collector_is_tried_again() {
        let page = [("content-type", "text/html")];
        for status in [429, 502, 503, 504] {
            assert_eq!(code(status, &page), Some(Code::Unavailable));
        }
        assert_eq!(code(404, &page), Some(Code::Unimplemented));
        assert_eq!(code(302, &page), Some(Code::FailedPrecondition));
        assert_eq!(code(500, &page), Some(Code::Internal));
    }
}
