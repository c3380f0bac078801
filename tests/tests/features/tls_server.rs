//! `TlsServer`: TLS in front of a collector, as a proxy that ends it.

use std::sync::{Arc, mpsc};
use std::thread;

use tasker_span_runtime::Protocol;
use tasker_span_tests::collector::Collector;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::certificates::{Authority, Identity};

/// Its thread runs until the process ends.
pub(crate) struct TlsServer {
    pub(crate) collector: Collector,
    port: u16,
}

impl TlsServer {
    /// With clients of this authority only, if there is one.
    pub(crate) fn start(protocol: Protocol, identity: Identity, clients: Option<&Authority>) -> Self {
        let collector = Collector::start(protocol);
        let acceptor = TlsAcceptor::from(Arc::new(config(protocol, identity, clients)));
        let (behind, (listens, listening)) = (collector.port(), mpsc::channel());
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                listens.send(listener.local_addr().unwrap().port()).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(serve(acceptor.clone(), stream, behind));
                }
            });
        });
        let port = listening.recv().unwrap();
        Self { collector, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }
}

async fn serve(acceptor: TlsAcceptor, stream: TcpStream, behind: u16) {
    // The client tells why it failed.
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    let mut collector = TcpStream::connect(("127.0.0.1", behind)).await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut collector).await;
}

fn config(protocol: Protocol, identity: Identity, clients: Option<&Authority>) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_safe_default_protocol_versions();
    let builder = builder.unwrap();
    let builder = match clients {
        Some(authority) => {
            let mut roots = RootCertStore::empty();
            roots.add(authority.certificate()).unwrap();
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            builder.with_client_cert_verifier(verifier.build().unwrap())
        }
        None => builder.with_no_client_auth(),
    };
    let mut config = builder
        .with_single_cert(vec![identity.certificate], identity.key)
        .unwrap();
    let name = if protocol == Protocol::Grpc { "h2" } else { "http/1.1" };
    config.alpn_protocols = vec![name.into()];
    config
}
