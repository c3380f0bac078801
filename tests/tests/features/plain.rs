//! `http` endpoints of a program that has TLS.

use tasker_span_tests::collector::Collector;

use super::{PROTOCOLS, run_at};

#[test]
fn an_http_endpoint_is_reached_without_tls() {
    for protocol in PROTOCOLS {
        let collector = Collector::start(protocol);
        let run = run_at(&collector.url(), protocol, &[]);
        run.assert_arrived();
        assert_eq!(collector.counts().taken, run.exported);
    }
}

/// With TLS, the transport connects through another connector.
#[test]
fn the_cause_of_a_failed_connection_is_named() {
    for protocol in PROTOCOLS {
        let timeout = ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");
        let absent = Collector::absent(protocol);
        let run = run_at(&absent.url(), protocol, &[timeout]);
        run.assert_failed(&["onnection refused", "1s"]);
        let run = run_at("http://nothing.invalid:4317", protocol, &[timeout]);
        run.assert_failed(&["lookup"]);
    }
}
