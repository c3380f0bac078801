//! `PemFile`: the content of a file that a setting names. It is parsed in `config`.

use std::fmt;
use std::path::PathBuf;

use crate::error::{Error, Kind};
use crate::setup::config;
use crate::setup::env::Setting;

#[derive(Clone, PartialEq, Eq)]
pub(in crate::setup) struct PemFile {
    pub(in crate::setup) file: Setting<PathBuf>,
    pub(in crate::setup) pem: Vec<u8>,
}

impl PemFile {
    pub(super) fn read(file: Setting<PathBuf>) -> Result<Self, Error> {
        match config::read(&file.value) {
            Ok(pem) => Ok(Self { file, pem }),
            Err(problem) => Err(invalid(&file, format_args!("the file cannot be read: {problem}"))),
        }
    }

    #[cfg(feature = "tls")]
    pub(super) fn invalid(&self, problem: impl fmt::Display) -> Error {
        invalid(&self.file, problem)
    }
}

/// An error that names the file and the setting. It does not show a key that was given in place of its file.
pub(super) fn invalid(file: &Setting<PathBuf>, problem: impl fmt::Display) -> Error {
    // In PEM, and in base64 of PEM.
    const CONTENTS: [&str; 2] = ["-----BEGIN", "LS0tLS1CRUdJTi"];

    let (path, origin) = (file.value.display().to_string(), file.origin.clone());
    if CONTENTS.iter().any(|content| path.contains(content)) {
        let problem = "it is the content of a PEM file: expected the path of one";
        return Error::invalid(Kind::Configuration, origin, "…", problem);
    }
    Error::invalid(Kind::Configuration, origin, &path, problem)
}

/// Without the content, which may be a private key.
impl fmt::Debug for PemFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.file.value)
    }
}
