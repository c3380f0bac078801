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

use crate::setup::settings::{EffectiveSetting, Key, SettingSource, text};

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

impl Tls {
    /// The files and roots, with their sources. Endpoints without TLS have neither.
    pub(super) fn settings(&self) -> impl Iterator<Item = EffectiveSetting> {
        let setting = |name, file: &PemFile| {
            let path = text(file.file.value.display().to_string());
            EffectiveSetting::new(Key::new("telemetry.export", name), path, (&file.file.origin).into())
        };
        let roots = match &self.roots {
            Roots::Bundled => None,
            Roots::System => Some(EffectiveSetting::new(
                Key::new("telemetry.export", "certificate"),
                text("system"),
                SettingSource::Builder("system_roots"),
            )),
            Roots::Pem(file) => Some(setting("certificate", file)),
        };
        let identity = self.identity.as_deref();
        let certificate = identity.map(|identity| setting("client_certificate", &identity.certificate));
        roots.into_iter().chain(certificate)
    }
}

#[cfg(test)]
mod tests;
