//! `Tls`: the trusted roots, and the certificate of this program, from the files that settings name. Which endpoints are
//! secure is decided in `endpoint`.
//!
//! `resolve` reads the files, `config` makes a configuration of `rustls` of them.

#[cfg(feature = "tls")]
mod config;
mod pem_file;
mod resolve;

#[cfg(feature = "tls")]
pub(super) use config::client_config;
pub(super) use pem_file::PemFile;
pub(super) use resolve::resolve;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tls {
    pub(super) roots: Roots,
    /// For collectors that ask for a certificate.
    pub(super) identity: Option<Box<Identity>>,
}

/// The certificates that a collector's certificate may descend from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Roots {
    /// Mozilla's, compiled in.
    #[default]
    Bundled,
    /// Those of the operating system.
    System,
    /// Those of a file, and no others.
    Pem(PemFile),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) certificate: PemFile,
    pub(super) key: PemFile,
}

#[cfg(test)]
mod tests;
