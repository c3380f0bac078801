//! Answers of other servers, and of broken ones.

use std::time::Duration;

use tasker_span_runtime::Protocol;
use tasker_span_tests::collector::{Behaviour, Collector};

use super::{PROTOCOLS, run, run_at};

/// Failures that no other attempt mends are told at once.
const PROMPT: Duration = Duration::from_secs(8);

#[test]
fn no_redirect_is_followed() {
    for protocol in PROTOCOLS {
        for status in [301, 302, 307, 308] {
            let other = Collector::start(protocol);
            let (found, collector) = run(protocol, Behaviour::Redirect(status, other.port()), &[]);
            found.assert_failed(&[&status.to_string()]);
            assert_eq!(collector.counts().refused, 1, "{}", found.log);
            assert!(other.requests().is_empty() && found.lasted < PROMPT, "{found:?}");
        }
    }
}

#[test]
fn a_page_is_no_success() {
    for protocol in PROTOCOLS {
        let (found, collector) = run(protocol, Behaviour::Page(200), &[]);
        found.assert_failed(&["the answer is not one of OTLP", "text/html"]);
        assert_eq!(collector.counts().refused, 1);
        assert!(found.lasted < PROMPT, "{found:?}");
    }
}

#[test]
fn broken_protobuf_is_no_success() {
    for protocol in PROTOCOLS {
        let (found, collector) = run(protocol, Behaviour::Nonsense, &[]);
        found.assert_failed(&["the answer is not one of OTLP"]);
        assert_eq!(collector.counts().refused, 1);
        assert!(found.lasted < PROMPT, "{found:?}");
    }
}

#[test]
fn a_success_over_http_may_be_empty() {
    for status in [200, 202, 204] {
        let (found, _) = run(Protocol::HttpProtobuf, Behaviour::Empty(status), &[]);
        found.assert_arrived();
    }
}

/// The port of the other protocol.
#[test]
fn a_collector_of_the_other_protocol_is_named() {
    for (protocol, other, text) in [
        (
            Protocol::Grpc,
            Protocol::HttpProtobuf,
            "is it a port for OTLP over gRPC? 4317 is gRPC, 4318 HTTP",
        ),
        (
            Protocol::HttpProtobuf,
            Protocol::Grpc,
            "is it a port for OTLP over HTTP? 4317 is gRPC, 4318 HTTP",
        ),
    ] {
        let collector = Collector::start(other);
        let found = run_at(&collector.url(), protocol, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "1500")]);
        found.assert_failed(&[text]);
        assert_eq!(collector.counts().taken, 0);
    }
}

#[test]
fn a_header_that_the_collector_repeats_is_not_shown() {
    for protocol in PROTOCOLS {
        let (found, collector) = run(protocol, Behaviour::Repeat, &[]);
        found.assert_failed(&["is not known"]);
        assert_eq!(collector.counts().refused, 1);
    }
}
