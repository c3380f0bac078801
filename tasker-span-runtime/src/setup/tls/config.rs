//! The configuration of `rustls`, which both transports use: ring, and the roots and the identity of [`Tls`].

use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::error::Error;
use crate::setup::tls::{Identity, PemFile, Roots, Tls};

/// Checks the files. A transport adds the protocols that it offers (ALPN).
pub(in crate::setup) fn client_config(tls: &Tls) -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::exporter("no TLS for the exporter", error))?
        .with_root_certificates(roots(&tls.roots)?);
    let Some(identity) = &tls.identity else {
        return Ok(builder.with_no_client_auth());
    };
    builder
        .with_client_auth_cert(certificates(&identity.certificate)?, key(&identity.key)?)
        .map_err(|error| wrong_identity(identity, &error))
}

fn roots(roots: &Roots) -> Result<RootCertStore, Error> {
    match roots {
        Roots::Bundled => Ok(webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect()),
        Roots::System => system(),
        Roots::Pem(file) => {
            let mut store = RootCertStore::empty();
            for (certificate, number) in certificates(file)?.into_iter().zip(1..) {
                store
                    .add(certificate)
                    .map_err(|error| file.invalid(format_args!("its certificate {number} is wrong: {error}")))?;
            }
            Ok(store)
        }
    }
}

/// A root that `rustls` cannot parse is left out: some systems have such roots.
#[cfg(feature = "tls-system-roots")]
fn system() -> Result<RootCertStore, Error> {
    let loaded = rustls_native_certs::load_native_certs();
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(loaded.certs);
    if !store.is_empty() {
        return Ok(store);
    }
    let message = "the system has no root certificates for `.system_roots()`: install them, or name a file with \
                   `.certificate(…)`";
    Err(match loaded.errors.into_iter().next() {
        Some(error) => Error::exporter(message, error),
        None => Error::new(crate::error::Kind::Exporter, message),
    })
}

#[cfg(not(feature = "tls-system-roots"))]
fn system() -> Result<RootCertStore, Error> {
    let message = "the feature `tls-system-roots` is off";
    Err(Error::new(crate::error::Kind::Configuration, message))
}

fn certificates(file: &PemFile) -> Result<Vec<CertificateDer<'static>>, Error> {
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&file.pem).collect();
    match certificates {
        Ok(certificates) if certificates.is_empty() => {
            Err(file.invalid("expected a certificate in PEM (`-----BEGIN CERTIFICATE-----`)"))
        }
        Ok(certificates) => Ok(certificates),
        // The details may quote the file, which may be a key by mistake.
        Err(_) => Err(file.invalid("its PEM is broken: expected certificates")),
    }
}

fn key(file: &PemFile) -> Result<PrivateKeyDer<'static>, Error> {
    PrivateKeyDer::from_pem_slice(&file.pem)
        .map_err(|_| file.invalid("expected a private key in PEM (PKCS#8, PKCS#1 or SEC1) that is not encrypted"))
}

fn wrong_identity(identity: &Identity, error: &rustls::Error) -> Error {
    let Identity { certificate, key } = identity;
    match error {
        rustls::Error::InconsistentKeys(_) => {
            let certificate = certificate.file.value.display();
            key.invalid(format_args!("it is not the key of the certificate `{certificate}`"))
        }
        rustls::Error::InvalidCertificate(error) => {
            certificate.invalid(format_args!("its first certificate is wrong: {error}"))
        }
        _ => key.invalid("expected a key of RSA, ECDSA (P-256, P-384) or Ed25519"),
    }
}
