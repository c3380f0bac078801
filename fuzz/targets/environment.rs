//! The environment of a process: a variable a line, `NAME=value`, in which all but a newline may be.

#![no_main]

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;

use libfuzzer_sys::fuzz_target;
use tasker_span_fuzz::assert_line;
use tasker_span_fuzz::settings::assert_settings;
use tasker_span_runtime::{Error, Settings, Telemetry, fuzzing};

/// The value of one more header.
const SECRET: &str = "CANARY-0198c0de";

const HEADERS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"];

fuzz_target!(|environment: &[u8]| {
    if environment.windows(6).any(|part| part == b"CANARY") {
        return;
    }
    let variables = environment.split(|byte| *byte == b'\n').filter_map(|line| {
        let equals = line.iter().position(|byte| *byte == b'=')?;
        Some((&line[..equals], &line[equals + 1..]))
    });
    let variables: Vec<_> = variables.collect();
    let lookup = |name: &str| {
        let mut found = variables
            .iter()
            .filter(|(other, value)| *other == name.as_bytes() && !value.is_empty());
        // No transport is compiled in, and so none is the default.
        let default = (name == "OTEL_EXPORTER_OTLP_PROTOCOL").then_some(&b"grpc"[..]);
        let mut value = found.next().map(|(_, value)| *value).or(default)?.to_vec();
        if HEADERS.contains(&name) {
            value.extend(format!(",x-token={SECRET}").into_bytes());
        }
        Some(OsString::from_vec(value))
    };
    checked(fuzzing::settings(&Telemetry::builder(), &lookup));
    checked(fuzzing::export_settings(&lookup));
    if let Err(error) = fuzzing::levels(&lookup) {
        assert_message(&error);
    }
});

fn checked(settings: Result<Settings, Error>) {
    match settings {
        Ok(settings) => {
            assert_settings(&settings);
            let shown = serde_json::to_string(&settings).expect("it is serialised");
            assert!(
                !shown.contains("CANARY") && !format!("{settings:?}").contains("CANARY"),
                "{settings:?}"
            );
        }
        Err(error) => assert_message(&error),
    }
}

/// It names the setting, in a line of a bounded length, without a secret.
fn assert_message(error: &Error) {
    assert!(error.is_invalid_configuration(), "{error}");
    let message = error.to_string();
    assert_line(&message);
    assert!(
        message.contains("OTEL_") || message.contains("TASKER_SPAN_") || message.contains("RUST_LOG"),
        "{message}"
    );
    assert!(message.chars().count() < 2_500, "{message}");
    assert!(!message.contains("CANARY"), "{message}");
}
