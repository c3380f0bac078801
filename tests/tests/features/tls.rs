//! `https` endpoints: roots, identities, and why a connection is not secure.

use tasker_span_runtime::Protocol;
use tasker_span_tests::collector::Collector;

use super::certificates::Authority;
use super::tls_server::TlsServer;
use super::{PROTOCOLS, run_at};

const ROOTS: &str = "OTEL_EXPORTER_OTLP_CERTIFICATE";
const TIMEOUT: (&str, &str) = ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");

fn server(protocol: Protocol, authority: &Authority) -> TlsServer {
    TlsServer::start(protocol, authority.identity("localhost"), None)
}

#[test]
fn the_roots_of_a_file_are_trusted() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = server(protocol, &authority);
        let run = run_at(&server.url(), protocol, &[(ROOTS, &authority.roots())]);
        run.assert_arrived();
        assert_eq!(server.collector.counts().taken, run.exported);
    }
}

#[test]
fn the_roots_of_the_system_are_trusted() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = server(protocol, &authority);
        let variables = [("SYSTEM_ROOTS", ""), ("SSL_CERT_FILE", &*authority.roots())];
        let run = run_at(&server.url(), protocol, &variables);
        run.assert_arrived();
        assert_eq!(server.collector.counts().taken, run.exported);
    }
}

#[test]
fn a_collector_may_ask_for_a_certificate() {
    let authority = Authority::new();
    let client = authority.identity("client");
    for protocol in PROTOCOLS {
        let server = TlsServer::start(protocol, authority.identity("localhost"), Some(&authority));
        let [certificate, key] = &client.files;
        let roots = authority.roots();
        let variables = [
            (ROOTS, &*roots),
            ("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", certificate),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", key),
        ];
        run_at(&server.url(), protocol, &variables).assert_arrived();
        let taken = server.collector.counts().taken;
        let run = run_at(&server.url(), protocol, &[(ROOTS, &roots), TIMEOUT]);
        run.assert_failed(&["does the collector ask for a client certificate"]);
        assert_eq!(server.collector.counts().taken, taken);
    }
}

#[test]
fn an_unknown_authority_is_named() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = server(protocol, &authority);
        run_at(&server.url(), protocol, &[TIMEOUT]).assert_failed(&["invalid peer certificate: UnknownIssuer"]);
        let other = Authority::new();
        let roots = other.roots();
        run_at(&server.url(), protocol, &[(ROOTS, &*roots), TIMEOUT]).assert_failed(&["invalid peer certificate"]);
        assert_eq!(server.collector.counts().taken, 0);
    }
}

#[test]
fn a_certificate_of_another_host_is_named() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = TlsServer::start(protocol, authority.identity("collector.example"), None);
        let run = run_at(&server.url(), protocol, &[(ROOTS, &authority.roots()), TIMEOUT]);
        run.assert_failed(&["certificate not valid for name", "collector.example"]);
        assert_eq!(server.collector.counts().taken, 0);
    }
}

#[test]
fn a_server_without_tls_is_named() {
    for protocol in PROTOCOLS {
        let collector = Collector::start(protocol);
        let url = collector.url().replace("http://", "https://");
        run_at(&url, protocol, &[TIMEOUT]).assert_failed(&["InvalidContentType"]);
        assert_eq!(collector.counts().taken, 0);
    }
}

/// The scheme is forgotten.
#[test]
fn a_server_with_tls_gets_nothing_without_it() {
    let authority = Authority::new();
    for protocol in PROTOCOLS {
        let server = server(protocol, &authority);
        let url = server.url().replace("https://", "http://");
        run_at(&url, protocol, &[TIMEOUT]).assert_failed(&["is it a port for OTLP over"]);
        assert_eq!(server.collector.counts().taken, 0);
    }
}
