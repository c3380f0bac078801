//! TLS for both protocols: rustls with ring and the Mozilla roots.

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::error::Error;

pub(super) fn client_config() -> Result<ClientConfig, Error> {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::exporter("no TLS for the exporter", error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(config)
}
