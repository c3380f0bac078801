//! Merges the TLS settings of the program with the environment, and reads their files.

use std::path::PathBuf;

use crate::error::{Error, Kind, Origin};
use crate::setup::endpoint::Endpoint;
use crate::setup::env::{Environment, Setting};
use crate::setup::options::TlsOptions;
use crate::setup::tls::pem_file::invalid;
use crate::setup::tls::{Identity, PemFile, Roots, Tls};
use crate::setup::warnings::Warnings;

/// For an endpoint without TLS no file is read.
pub(in crate::setup) fn resolve(
    options: TlsOptions,
    endpoint: &Endpoint,
    env: Environment<'_>,
    warnings: &mut Warnings,
) -> Result<Tls, Error> {
    check_insecure(endpoint, env, warnings)?;
    let use_system_roots = options.system_roots;
    let files = Files::resolve(options, env)?;
    if !endpoint.is_secure() {
        files.warn_unused(warnings);
        return Ok(Tls::default());
    }
    let roots = match files.roots {
        Some(file) => Roots::Pem(PemFile::read(file)?),
        None if use_system_roots => system_roots()?,
        None => Roots::Bundled,
    };
    let identity = identity(files.certificate, files.key)?;
    let tls = Tls { roots, identity };
    // The system's roots are read once: when the transport is built, which checks them.
    #[cfg(feature = "tls")]
    if tls.roots != Roots::System {
        super::client_config(&tls)?;
    }
    Ok(tls)
}

fn system_roots() -> Result<Roots, Error> {
    if cfg!(feature = "tls-system-roots") {
        return Ok(Roots::System);
    }
    let message = "`.system_roots()` needs the feature `tls-system-roots` of `tasker-span-runtime`";
    Err(Error::new(Kind::Configuration, message))
}

fn identity(
    certificate: Option<Setting<PathBuf>>,
    key: Option<Setting<PathBuf>>,
) -> Result<Option<Box<Identity>>, Error> {
    match (certificate, key) {
        (Some(certificate), Some(key)) => Ok(Some(Box::new(Identity {
            certificate: PemFile::read(certificate)?,
            key: PemFile::read(key)?,
        }))),
        (Some(certificate), None) => {
            let problem = "its key is missing: expected `OTEL_EXPORTER_OTLP_CLIENT_KEY` too";
            Err(invalid(&certificate, problem))
        }
        (None, Some(key)) => {
            let problem = "its certificate is missing: expected `OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE` too";
            Err(invalid(&key, problem))
        }
        (None, None) => Ok(None),
    }
}

/// The files that are named, each by the environment or else by the program.
struct Files {
    roots: Option<Setting<PathBuf>>,
    certificate: Option<Setting<PathBuf>>,
    key: Option<Setting<PathBuf>>,
}

impl Files {
    fn resolve(options: TlsOptions, env: Environment<'_>) -> Result<Self, Error> {
        let (certificate, key) = options.client_certificate.unzip();
        let first = |names: [&'static str; 2], method, from_builder: Option<PathBuf>| {
            let variable = env.first(&names)?.map(|setting| Setting {
                value: PathBuf::from(setting.value),
                origin: setting.origin,
            });
            Ok(variable.or(from_builder.map(|path| Setting::method(method, path))))
        };
        Ok(Self {
            roots: first(
                [
                    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
                    "OTEL_EXPORTER_OTLP_CERTIFICATE",
                ],
                "certificate",
                options.certificate,
            )?,
            certificate: first(
                [
                    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
                    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
                ],
                "client_certificate",
                certificate,
            )?,
            key: first(
                ["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"],
                "client_certificate",
                key,
            )?,
        })
    }

    fn warn_unused(self, warnings: &mut Warnings) {
        let mut origins: Vec<Origin> = Vec::new();
        for file in [self.roots, self.certificate, self.key].into_iter().flatten() {
            // The method of a certificate and its key is one.
            if !origins.contains(&file.origin) {
                warnings.without_effect(&file.origin, "the endpoint is `http`");
                origins.push(file.origin);
            }
        }
    }
}

/// The scheme of the endpoint decides. The variable is for endpoints without a scheme, which are errors.
fn check_insecure(endpoint: &Endpoint, env: Environment<'_>, warnings: &mut Warnings) -> Result<(), Error> {
    for name in ["OTEL_EXPORTER_OTLP_TRACES_INSECURE", "OTEL_EXPORTER_OTLP_INSECURE"] {
        let Some(is_insecure) = env.flag(name)? else {
            continue;
        };
        if is_insecure == endpoint.is_secure() {
            let scheme = if is_insecure { "https" } else { "http" };
            let why = format_args!("the endpoint is `{scheme}`");
            warnings.without_effect(&Origin::Variable(name), why);
        }
        break;
    }
    Ok(())
}
