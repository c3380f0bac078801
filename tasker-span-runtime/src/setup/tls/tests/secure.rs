//! Settings for `https` endpoints.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs, process};

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

use super::*;

/// A directory with a certificate, its key, and files that are neither. It is removed at the end.
struct Files(PathBuf);

impl Files {
    fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let files = Self(env::temp_dir().join(format!("tasker-span-tls-{}-{number}", process::id())));
        fs::create_dir_all(&files.0).unwrap();
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        files.write("certificate.pem", &cert.pem());
        files.write("key.pem", &signing_key.serialize_pem());
        files.write("other.key", &KeyPair::generate().unwrap().serialize_pem());
        files.write("both.pem", &format!("{}{}", cert.pem(), signing_key.serialize_pem()));
        files.write("text.pem", "no PEM at all");
        files.write("cut.pem", &cert.pem()[..200]);
        let wrong = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        files.write("wrong.pem", wrong);
        let encrypted = signing_key
            .serialize_pem()
            .replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY");
        files.write("encrypted.key", &encrypted);
        files
    }

    fn write(&self, name: &str, content: &str) {
        fs::write(self.0.join(name), content).unwrap();
    }

    fn path(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn resolve(options: ExportOptions, variables: &[(&str, &str)]) -> Result<Tls, Error> {
    resolve_for("https://localhost", options, variables).0
}

fn message(options: ExportOptions, variables: &[(&str, &str)]) -> String {
    let error = resolve(options, variables).unwrap_err();
    assert!(error.is_invalid_configuration(), "{error}");
    error.to_string()
}

fn roots(tls: &Tls) -> Option<&Path> {
    match &tls.roots {
        Roots::Pem(file) => Some(&file.file.value),
        _ => None,
    }
}

#[test]
fn mozillas_roots_are_the_default() {
    let tls = resolve(ExportOptions::new(), &[]).unwrap();
    assert_eq!(tls, Tls::default());
    assert!(client_config(&tls).unwrap().alpn_protocols.is_empty());
}

#[test]
fn the_environment_wins_over_the_program_and_traces_over_all_signals() {
    let files = Files::new();
    let [own, all, traces] = ["certificate.pem", "both.pem", "traces.pem"].map(|name| files.path(name));
    fs::copy(&own, &traces).unwrap();
    let options = || ExportOptions::new().certificate(&own).system_roots();
    let general = ("OTEL_EXPORTER_OTLP_CERTIFICATE", &*all);
    let signal = ("OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", &*traces);
    for (variables, expected) in [(&[][..], &own), (&[general], &all), (&[general, signal], &traces)] {
        let tls = resolve(options(), variables).unwrap();
        assert_eq!(roots(&tls), Some(Path::new(expected)));
    }
}

#[test]
fn a_certificate_and_its_key_identify_the_program() {
    let files = Files::new();
    let [certificate, key, both] = ["certificate.pem", "key.pem", "both.pem"].map(|name| files.path(name));
    let builder = ExportOptions::new().client_certificate(&certificate, &key);
    let tls = resolve(builder, &[]).unwrap();
    assert!(client_config(&tls).unwrap().client_auth_cert_resolver.has_certs());
    let variables = [
        ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*both),
        ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", &*both),
    ];
    let one_file = resolve(ExportOptions::new(), &variables).unwrap();
    assert!(one_file.identity.is_some());
    let shown = format!("{tls:?}{one_file:?}");
    assert!(shown.contains(&key) && shown.contains(&both), "{shown}");
    let secret = fs::read_to_string(&key).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert!(!shown.contains(secret) && !shown.contains(&format!("{:?}", secret.as_bytes())));
}

#[test]
fn wrong_roots_name_the_file_and_the_setting() {
    let files = Files::new();
    for (name, problem) in [
        ("missing.pem", "the file cannot be read: No such file"),
        ("", "the file cannot be read: it is not a regular file"),
        ("text.pem", "expected a certificate in PEM"),
        ("key.pem", "expected a certificate in PEM"),
        ("cut.pem", "its PEM is broken"),
        ("wrong.pem", "its certificate 1 is wrong"),
    ] {
        let path = files.path(name);
        let variable = "OTEL_EXPORTER_OTLP_CERTIFICATE";
        let begin = format!("invalid value {path:?} for the environment variable `{variable}`: {problem}");
        let text = message(ExportOptions::new(), &[(variable, &path)]);
        assert!(text.starts_with(&begin), "{text}");
        let text = message(ExportOptions::new().certificate(&path), &[]);
        assert!(
            text.contains("for `.certificate(…)`: ") && text.contains(problem),
            "{text}"
        );
    }
}

#[test]
fn a_wrong_identity_names_the_file_and_the_setting() {
    let files = Files::new();
    for (certificate, key, wrong, problem) in [
        ("certificate.pem", "missing.key", "_KEY", "the file cannot be read"),
        ("certificate.pem", "text.pem", "_KEY", "expected a private key in PEM"),
        (
            "certificate.pem",
            "certificate.pem",
            "_KEY",
            "expected a private key in PEM",
        ),
        ("certificate.pem", "encrypted.key", "_KEY", "that is not encrypted"),
        (
            "certificate.pem",
            "other.key",
            "_KEY",
            "it is not the key of the certificate",
        ),
        ("key.pem", "key.pem", "_CERTIFICATE", "expected a certificate in PEM"),
        ("wrong.pem", "key.pem", "_CERTIFICATE", "its first certificate is wrong"),
        (
            "certificate.pem",
            "",
            "_CERTIFICATE",
            "its key is missing: expected `OTEL_EXPORTER_OTLP_CLIENT_KEY`",
        ),
        ("", "key.pem", "_KEY", "its certificate is missing"),
    ] {
        let path = |name: &str| {
            if name.is_empty() {
                String::new()
            } else {
                files.path(name)
            }
        };
        let variables = [
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", &*path(certificate)),
            ("OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", &*path(key)),
        ];
        let text = message(ExportOptions::new(), &variables);
        let file = if wrong == "_KEY" { path(key) } else { path(certificate) };
        assert!(text.contains(&file) && text.contains(&format!("{wrong}`: ")), "{text}");
        assert!(text.contains(problem), "{text}");
    }
}

#[cfg(feature = "tls-system-roots")]
#[test]
fn the_roots_of_the_system_are_read_for_the_transport() {
    let tls = resolve(ExportOptions::new().system_roots(), &[]).unwrap();
    assert_eq!(tls.roots, Roots::System);
    // A system without roots is an error that says what to do.
    if let Err(error) = client_config(&tls) {
        assert!(error.to_string().contains("install them"), "{error}");
    }
}

#[cfg(not(feature = "tls-system-roots"))]
#[test]
fn the_roots_of_the_system_need_their_feature() {
    let text = message(ExportOptions::new().system_roots(), &[]);
    assert!(text.contains("needs the feature `tls-system-roots`"), "{text}");
}
