//! The cause of a failed connection, as the log names it. Those of TLS are in the test target `features`.

use std::net::TcpListener;

use tasker_span_tests::collector::{Behaviour, Collector};

use super::{PROTOCOLS, run, run_at};

const TIMEOUT: (&str, &str) = ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000");

#[test]
fn a_refused_connection() {
    for protocol in PROTOCOLS {
        let absent = Collector::absent(protocol);
        let found = run_at(&absent.url(), protocol, &[TIMEOUT]);
        found.assert_failed(&["onnection refused", "1s", &absent.url()]);
    }
}

#[test]
fn a_name_that_is_not_found() {
    for protocol in PROTOCOLS {
        let found = run_at(
            "http://nothing.invalid:4317",
            protocol,
            &[("OTEL_EXPORTER_OTLP_TIMEOUT", "3000")],
        );
        found.assert_failed(&["lookup", "nothing.invalid"]);
    }
}

#[test]
fn a_server_that_never_answers() {
    for protocol in PROTOCOLS {
        let (found, _) = run(protocol, Behaviour::Hang, &[TIMEOUT]);
        found.assert_failed(&["no answer within 1s"]);
    }
}

/// It accepts connections, and says nothing in any protocol.
#[test]
fn a_server_that_says_nothing() {
    for protocol in PROTOCOLS {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", silent.local_addr().unwrap());
        let found = run_at(&url, protocol, &[TIMEOUT]);
        found.assert_failed(&["1s"]);
    }
}

#[test]
fn a_connection_that_is_closed_at_once() {
    for protocol in PROTOCOLS {
        let closing = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", closing.local_addr().unwrap());
        std::thread::spawn(move || closing.incoming().for_each(drop));
        let found = run_at(&url, protocol, &[TIMEOUT]);
        found.assert_failed(&["onnection", "1s"]);
    }
}
