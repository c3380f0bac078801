//! OTLP over gRPC.

use std::error::Error;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use http::uri::PathAndQuery;
use prost::Message;
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::{MetadataKey, MetadataMap, MetadataValue};
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, ConnectError, Status};
use tonic_types::StatusExt;

use super::checked::Checked;
use super::hint::Hint;
use super::problem::{causes, chain};
use super::{Client, Connection, Problem};
use crate::error::{self, Kind, Origin};
use crate::export::otlp::Answer;
use crate::secret::Secret;

pub(crate) struct GrpcClient {
    endpoint: Endpoint,
    metadata: MetadataMap,
    channel: Mutex<Option<Channel>>,
    hint: Arc<Hint>,
    #[cfg(feature = "gzip")]
    compresses: bool,
    #[cfg(feature = "tls")]
    connector: hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector>,
}

const PATH: &str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";

const PORT: &str = " (is it a port for OTLP over gRPC? 4317 is gRPC, 4318 HTTP)";

impl GrpcClient {
    pub(crate) fn new(connection: &Connection) -> Result<Self, error::Error> {
        let url = connection.url.as_str();
        let wrong = |error: tonic::transport::Error| {
            error::Error::invalid(Kind::Endpoint, Origin::Method("endpoint"), url, error)
        };
        // A connection that has gone silent is noticed in half of the time, so that the batch is sent again over another one.
        // Not sooner: servers close a connection at the fourth ping without an answer of theirs in between.
        let quarter = connection.timeout / 4;
        let endpoint = Endpoint::from_shared(url.to_owned())
            .and_then(|endpoint| endpoint.user_agent(super::USER_AGENT))
            .map_err(wrong)?
            .connect_timeout(connection.timeout)
            .tcp_nodelay(true)
            .http2_keep_alive_interval(quarter)
            .keep_alive_timeout(quarter);
        Ok(Self {
            endpoint,
            metadata: metadata(&connection.headers)?,
            channel: Mutex::default(),
            hint: Arc::new(Hint::new(connection, PORT)),
            #[cfg(feature = "gzip")]
            compresses: connection.compresses,
            #[cfg(feature = "tls")]
            connector: connector(connection.tls.clone()),
        })
    }

    /// The channel, which connects when it is used. It is made in the runtime that drives it.
    fn channel(&self) -> Checked {
        let mut channel = self.channel.lock().unwrap_or_else(PoisonError::into_inner);
        Checked {
            channel: channel.get_or_insert_with(|| self.connect()).clone(),
            hint: Arc::clone(&self.hint),
        }
    }

    /// What may be wrong with a server that closes connections, or whose answers are not HTTP/2.
    fn hint(&self, error: &(dyn Error + 'static)) -> &'static str {
        let is_connected = !chain(error).any(<dyn Error>::is::<ConnectError>);
        if is_connected { self.hint.text() } else { "" }
    }

    #[cfg(feature = "tls")]
    fn connect(&self) -> Channel {
        self.endpoint.connect_with_connector_lazy(self.connector.clone())
    }

    #[cfg(not(feature = "tls"))]
    fn connect(&self) -> Channel {
        self.endpoint.connect_lazy()
    }
}

#[cfg(feature = "tls")]
fn connector(
    tls: rustls::ClientConfig,
) -> hyper_rustls::HttpsConnector<hyper_util::client::legacy::connect::HttpConnector> {
    let mut http = hyper_util::client::legacy::connect::HttpConnector::new();
    http.enforce_http(false);
    http.set_nodelay(true);
    hyper_rustls::HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http2()
        .wrap_connector(http)
}

impl Client for GrpcClient {
    async fn attempt(&self, request: Bytes) -> Result<Answer, Problem> {
        let mut grpc = Grpc::new(self.channel());
        #[cfg(feature = "gzip")]
        if self.compresses {
            grpc = grpc.send_compressed(tonic::codec::CompressionEncoding::Gzip);
        }
        let ready = grpc.ready().await;
        ready.map_err(|error| {
            // A channel whose task has ended never gets ready again.
            self.disconnect();
            Problem::passing(causes(&*error) + self.hint(&*error))
        })?;
        let mut request = tonic::Request::new(request);
        *request.metadata_mut() = self.metadata.clone();
        let response = grpc.unary(request, PathAndQuery::from_static(PATH), Otlp).await;
        response.map(tonic::Response::into_inner).map_err(|status| {
            let hint = status.source().map_or("", |error| self.hint(error));
            problem(&status, hint)
        })
    }

    fn disconnect(&self) {
        *self.channel.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

fn metadata(headers: &[(String, Secret<String>)]) -> Result<MetadataMap, error::Error> {
    let mut metadata = MetadataMap::new();
    for (name, value) in headers {
        let key = MetadataKey::from_bytes(name.to_ascii_lowercase().as_bytes());
        let (Ok(key), Ok(mut value)) = (key, MetadataValue::try_from(value.expose())) else {
            let (origin, problem) = (Origin::Method("header"), "gRPC does not allow this header");
            return Err(error::Error::invalid(Kind::Configuration, origin, name, problem));
        };
        value.set_sensitive(true);
        metadata.insert(key, value);
    }
    Ok(metadata)
}

fn problem(status: &Status, hint: &str) -> Problem {
    let text = match status.source() {
        Some(error) => causes(error) + hint,
        None if status.message().is_empty() => format!("{:?}", status.code()),
        None => format!("{:?}: {}", status.code(), status.message()),
    };
    let delay = status.get_details_retry_info().and_then(|info| info.retry_delay);
    let may_succeed = match status.code() {
        Code::Cancelled
        | Code::DeadlineExceeded
        | Code::Aborted
        | Code::OutOfRange
        | Code::Unavailable
        | Code::DataLoss => true,
        // It is not the collector's answer, but a broken connection.
        Code::Unknown | Code::Internal => status.source().is_some(),
        // The collector recovers only if it says so.
        Code::ResourceExhausted => delay.is_some(),
        _ => false,
    };
    if may_succeed {
        Problem::passing(text).after(delay.filter(|delay| *delay > Duration::ZERO))
    } else {
        Problem::permanent(text)
    }
}

/// Sends the bytes of a request as they are.
struct Otlp;

impl Codec for Otlp {
    type Encode = Bytes;
    type Decode = Answer;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Otlp {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, request: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.reserve(request.len());
        buffer.put(request);
        Ok(())
    }
}

impl Decoder for Otlp {
    type Item = Answer;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Answer>, Status> {
        let answer = buffer.copy_to_bytes(buffer.remaining());
        let decoded = Answer::decode(answer);
        decoded
            .map(Some)
            .map_err(|_| Status::failed_precondition("the answer is not one of OTLP"))
    }
}
