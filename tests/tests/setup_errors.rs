//! Wrong input is an error that names the setting, the value and what was expected.

use std::time::Duration;

use tasker_span_runtime::{Error, ExportOptions, Protocol, Telemetry, TelemetryBuilder};

fn error(change: impl FnOnce(TelemetryBuilder) -> TelemetryBuilder) -> Error {
    change(Telemetry::builder()).build().unwrap_err()
}

#[test]
fn wrong_endpoints() {
    for url in [
        "localhost:4317",
        "",
        "ftp://localhost",
        "http://",
        "http://:4317",
        "not a url",
        "http://host:port",
    ] {
        let error = error(|builder| builder.export(ExportOptions::new().endpoint(url)));
        assert!(
            error.is_invalid_endpoint() && error.is_invalid_configuration(),
            "{error}"
        );
        let message = error.to_string();
        assert!(
            message.starts_with(&format!(
                "invalid value {url:?} for `.export(ExportOptions::new().endpoint(…))`: "
            )),
            "{message}"
        );
        assert!(
            message.ends_with("expected a URL such as `http://localhost:4317` or `https://collector.example:4318`")
        );
    }
}

#[test]
fn an_endpoint_that_does_not_fit_the_protocol_or_the_build() {
    let path = error(|builder| {
        builder.export(
            ExportOptions::new()
                .endpoint("http://localhost:4318/v1/traces")
                .protocol(Protocol::Grpc),
        )
    });
    assert!(path.to_string().contains("or the protocol `http/protobuf`"), "{path}");
    // This package is built without TLS.
    let https = error(|builder| builder.export(ExportOptions::new().endpoint("https://collector:4317")));
    assert!(
        https.is_invalid_endpoint() && https.to_string().contains("feature `tls`"),
        "{https}"
    );
}

#[test]
fn wrong_settings_of_other_kinds() {
    for (error, setting) in [
        (error(|builder| builder.service_name("")), "service_name"),
        (
            error(|builder| builder.resource_attribute("", "x")),
            "resource_attribute",
        ),
        (
            error(|builder| builder.export(ExportOptions::new().timeout(Duration::ZERO))),
            "timeout",
        ),
        (
            error(|builder| builder.export(ExportOptions::new().header("a b", "x"))),
            "header",
        ),
        (
            error(|builder| builder.export(ExportOptions::new().header("token", "two\nlines"))),
            "header",
        ),
        (error(|builder| builder.trace_filter("inof")), "trace_filter"),
        (
            Telemetry::builder().log_filter("my_crate=loud").install().unwrap_err(),
            "log_filter",
        ),
    ] {
        assert!(
            error.is_invalid_configuration() && !error.is_invalid_endpoint(),
            "{error}"
        );
        assert!(error.to_string().contains(&format!("`.{setting}(…)`")), "{error}");
    }
}

#[test]
fn a_failed_setup_leaves_no_subscriber_behind() {
    Telemetry::builder()
        .export(ExportOptions::new().endpoint("nowhere"))
        .install()
        .unwrap_err();
    assert!(!tracing::dispatcher::has_been_set());
}
