//! TLS for HTTP, with the crypto library and roots that gRPC has.

use std::sync::Arc;

use reqwest::blocking::ClientBuilder;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::error::Error;

pub(super) fn client(builder: ClientBuilder) -> Result<ClientBuilder, Error> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::exporter("no TLS for the HTTP exporter", error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(builder.tls_backend_preconfigured(config))
}
