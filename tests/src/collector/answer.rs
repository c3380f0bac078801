//! What a request is answered, whichever protocol it came over.

use std::collections::HashMap;
use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;

use super::behaviour::{Behaviour, Refusal};
use super::received::{Received, Request, spans};

/// Where requests are handed in.
#[derive(Debug)]
pub(super) struct Desk {
    behaviour: Mutex<Behaviour>,
    received: Mutex<Received>,
}

/// The message of a success, or the refusal.
pub(super) type Answer = Result<Vec<u8>, Refusal>;

impl Desk {
    pub(super) fn new(received: Received) -> Self {
        Self {
            behaviour: Mutex::default(),
            received: Mutex::new(received),
        }
    }

    pub(super) fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    pub(super) fn received(&self) -> MutexGuard<'_, Received> {
        self.received.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn behaviour(&self) -> Behaviour {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a request of so many bytes is read at all.
    pub(super) fn admit(&self, bytes: usize) -> Result<(), Refusal> {
        match self.behaviour() {
            Behaviour::AtMost(limit) if bytes > limit => {
                self.received().counts.refused += 1;
                Err(Refusal::TOO_LARGE)
            }
            _ => Ok(()),
        }
    }

    /// What becomes of a request. `gone` ends when its client has given up; then there is nobody to answer.
    pub(super) async fn serve(
        &self,
        path: &str,
        headers: HashMap<String, String>,
        body: &[u8],
        gone: impl Future<Output = ()>,
    ) -> Option<Answer> {
        let request = Request {
            path: path.to_owned(),
            headers,
            export: ExportTraceServiceRequest::decode(body).unwrap(),
        };
        {
            let largest = &mut self.received().counts.largest;
            *largest = body.len().max(*largest);
        }
        match self.behaviour() {
            Behaviour::Take | Behaviour::AtMost(_) => Some(Ok(self.take(request, 0))),
            Behaviour::Reject(rejected) => Some(Ok(self.take(request, rejected))),
            Behaviour::Slow(delay) => after(delay, gone).await.map(|()| Ok(self.take(request, 0))),
            Behaviour::Late(delay) => {
                let answer = self.take(request, 0);
                after(delay, gone).await.map(|()| Ok(answer))
            }
            Behaviour::Hang => {
                self.received().counts.hung += 1;
                tokio::select! {
                    () = gone => None,
                    never = pending() => never,
                }
            }
            Behaviour::Refuse(refusal) => {
                self.received().counts.refused += 1;
                Some(Err(refusal))
            }
        }
    }

    fn take(&self, request: Request, rejected: usize) -> Vec<u8> {
        let rejected = rejected.min(spans(request.export.clone()).len());
        self.received().take(request, rejected);
        let partial_success = (rejected > 0).then(|| ExportTracePartialSuccess {
            rejected_spans: i64::try_from(rejected).unwrap(),
            error_message: "too many attributes".to_owned(),
        });
        ExportTraceServiceResponse { partial_success }.encode_to_vec()
    }
}

/// After that time, unless the client is gone by then.
async fn after(delay: Duration, gone: impl Future<Output = ()>) -> Option<()> {
    tokio::select! {
        biased;
        () = gone => None,
        () = tokio::time::sleep(delay) => Some(()),
    }
}
