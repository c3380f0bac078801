//! Wrong settings of the builder: an error names the setting, the value and what was expected.
//! Wrong configuration files are in `config_errors`.

use std::time::Duration;

use tasker_span_runtime::{Error, ExportOptions, Protocol, Sampling, Telemetry, TelemetryBuilder};
use tasker_span_tests::process;

fn error(builder: TelemetryBuilder) -> Error {
    builder.build().unwrap_err()
}

fn export(change: impl FnOnce(ExportOptions) -> ExportOptions) -> Error {
    error(Telemetry::builder().export(change(ExportOptions::new())))
}

#[test]
fn wrong_endpoints() {
    process::alone(|| {
        for (url, shown) in [
            ("localhost:4317", "localhost:4317"),
            ("", ""),
            ("ftp://localhost", "ftp://localhost"),
            ("http://", "http://"),
            ("http://:4317", "http://:4317"),
            ("not a url", "not a url"),
            // It may be the password of `user:password`.
            ("http://host:port", "http://host:…"),
        ] {
            let error = export(|options| options.endpoint(url));
            assert!(
                error.is_invalid_endpoint() && error.is_invalid_configuration(),
                "{error}"
            );
            let message = error.to_string();
            let begin = format!("invalid value {shown:?} for `.endpoint(…)`: ");
            assert!(message.starts_with(&begin), "{message}");
            assert!(
                message.ends_with("expected a URL such as `http://localhost:4317` or `https://collector.example:4318`")
            );
        }
    });
}

#[test]
fn an_endpoint_that_does_not_fit_the_protocol_or_the_build() {
    process::alone(|| {
        let path = export(|options| {
            options
                .endpoint("http://localhost:4318/v1/traces")
                .protocol(Protocol::Grpc)
        });
        assert!(path.to_string().contains("or the protocol `http/protobuf`"), "{path}");
        // This package is built without TLS.
        let https = export(|options| options.endpoint("https://collector:4317"));
        assert!(
            https.is_invalid_endpoint() && https.to_string().contains("feature `tls`"),
            "{https}"
        );
    });
}

#[test]
fn wrong_settings_of_other_kinds() {
    process::alone(|| {
        let log_filter = || Telemetry::builder().log_filter("my_crate=loud").install().unwrap_err();
        for (error, setting) in [
            (error(Telemetry::builder().service_name("")), "service_name"),
            (
                error(Telemetry::builder().resource_attribute("", "x")),
                "resource_attribute",
            ),
            (export(|options| options.timeout(Duration::ZERO)), "timeout"),
            (export(|options| options.header("a b", "x")), "header"),
            (export(|options| options.header("token", "two\nlines")), "header"),
            (error(Telemetry::builder().trace_filter("inof")), "trace_filter"),
            (log_filter(), "log_filter"),
        ] {
            assert!(
                error.is_invalid_configuration() && !error.is_invalid_endpoint(),
                "{error}"
            );
            assert!(error.to_string().contains(&format!(".{setting}(…)")), "{error}");
        }
    });
}

#[test]
fn settings_that_do_not_fit_together() {
    process::alone(|| {
        let message = |builder: TelemetryBuilder| error(builder.console_only()).to_string();
        let watch = |interval| Telemetry::builder().watch_config(interval);
        assert_eq!(
            message(watch(Duration::from_secs(5))),
            "invalid value \"5s\" for `.watch_config(…)`: there is no file to watch: expected `.config_file(…)` too"
        );
        assert_eq!(
            message(watch(Duration::ZERO).config_file("file")),
            "invalid value \"0ns\" for `.watch_config(…)`: expected a duration above zero"
        );
        assert_eq!(
            message(Telemetry::builder().sampling(Sampling::new().namespace_rate("payments", f64::NAN))),
            "invalid sampling by `.sampling(…)`: the rate of the namespace \"payments\" is NaN, expected a number from 0 to 1"
        );
    });
}

#[test]
fn a_reload_without_a_configuration_file() {
    process::alone(|| {
        let telemetry = Telemetry::builder().console_only().build().unwrap();
        let error = telemetry.sampling().reload().unwrap_err();
        assert!(error.is_invalid_configuration());
        assert_eq!(
            error.to_string(),
            "there is no configuration file to read again: name one with `.config_file(…)`"
        );
        assert!(telemetry.sampling().last_reload_error().is_none());
    });
}

#[test]
fn a_failed_setup_leaves_no_subscriber_behind() {
    process::alone(|| {
        let export = ExportOptions::new().endpoint("nowhere");
        Telemetry::builder().export(export).install().unwrap_err();
        assert!(!tracing::dispatcher::has_been_set());
    });
}
