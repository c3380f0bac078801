use super::*;
use crate::setup::env::tests::with;

fn resolve(options: &ExportOptions, variables: &[(&str, &str)]) -> (Result<Collector, Error>, String) {
    let mut warnings = Warnings::default();
    let destination = with(variables, |env| {
        Destination::resolve(options.clone(), env, &mut warnings)
    });
    let collector = destination.map(|destination| match destination {
        Destination::Collector(collector) => *collector,
        other => panic!("{other:?}"),
    });
    (collector, warnings.messages().join("\n"))
}

fn collector(options: &ExportOptions, variables: &[(&str, &str)]) -> Result<Collector, Error> {
    resolve(options, variables).0
}

#[cfg(feature = "otlp-grpc")]
fn message(options: &ExportOptions, variables: &[(&str, &str)]) -> String {
    collector(options, variables).unwrap_err().to_string()
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn defaults_to_grpc_on_this_host() {
    let collector = collector(&ExportOptions::new(), &[]).unwrap();
    assert_eq!(collector.protocol, Protocol::Grpc);
    assert_eq!(collector.endpoint.as_str(), "http://localhost:4317");
    assert_eq!(collector.timeout, Duration::from_secs(10));
}

#[cfg(feature = "otlp-http")]
#[test]
fn http_has_its_own_default_and_paths() {
    let http = ExportOptions::new().protocol(Protocol::HttpProtobuf);
    let url =
        |options: &ExportOptions, variables: &[_]| collector(options, variables).unwrap().endpoint.as_str().to_owned();
    assert_eq!(url(&http, &[]), "http://localhost:4318/v1/traces");
    assert_eq!(url(&http.clone().endpoint("http://a:1"), &[]), "http://a:1/v1/traces");
    let base = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://b:2/x/");
    assert_eq!(url(&http, &[base]), "http://b:2/x/v1/traces");
    let exact = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:3/own");
    assert_eq!(url(&http, &[exact]), "http://c:3/own");
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn the_environment_wins_over_the_builder_and_the_signal_over_all() {
    let options = ExportOptions::new()
        .endpoint("http://builder:1")
        .timeout(Duration::from_secs(1))
        .header("X-Tenant", "builder")
        .header("token", "builder");
    let all = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://all:2"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=all"),
    ];
    let general = collector(&options, &all).unwrap();
    assert_eq!(general.endpoint.as_str(), "http://all:2");
    assert_eq!(general.timeout, Duration::from_secs(2));
    let headers =
        [("x-tenant", "all"), ("token", "builder")].map(|(name, value)| (name.into(), Secret::new(value.into())));
    assert_eq!(general.headers, headers);

    let traces = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://traces:3"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "3000"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-tenant=traces"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "2500"),
    ];
    let signal = collector(&options, &[&all[..], &traces[..]].concat()).unwrap();
    assert_eq!(signal.endpoint.as_str(), "http://traces:3");
    // The shorter of both limits.
    assert_eq!(signal.timeout, Duration::from_millis(2500));
    assert_eq!(signal.headers[0].1.expose(), "traces");
}

#[test]
fn the_exporter_can_be_none_or_the_console() {
    let options = ExportOptions::new();
    let resolve = |name| {
        let variable = ("OTEL_TRACES_EXPORTER", name);
        let resolve = |env: Environment<'_>| Destination::resolve(options.clone(), env, &mut Warnings::default());
        with(&[variable], resolve)
    };
    assert_eq!(resolve("none").unwrap(), Destination::Nowhere);
    assert_eq!(resolve("console").unwrap(), Destination::StandardOutput);
    let message = resolve("stdout").unwrap_err().to_string();
    let expected = "`OTEL_TRACES_EXPORTER`: expected `otlp`, `console` or `none`";
    assert!(message.contains(expected), "{message}");
}

#[test]
fn unknown_protocols_are_errors() {
    for name in ["json", "grpc/protobuf", "http"] {
        let error = collector(&ExportOptions::new(), &[("OTEL_EXPORTER_OTLP_PROTOCOL", name)]).unwrap_err();
        assert!(error.is_invalid_protocol());
        let message = error.to_string();
        assert!(message.contains("expected `grpc` or `http/protobuf`"), "{message}");
    }
}

#[cfg(all(feature = "otlp-grpc", feature = "otlp-http"))]
#[test]
fn protocols_have_no_case_and_json_is_replaced() {
    let resolve = |name| {
        let (collector, warning) = resolve(&ExportOptions::new(), &[("OTEL_EXPORTER_OTLP_PROTOCOL", name)]);
        (collector.unwrap().protocol, warning)
    };
    assert_eq!(resolve(" GRPC"), (Protocol::Grpc, String::new()));
    assert_eq!(resolve("HTTP/Protobuf"), (Protocol::HttpProtobuf, String::new()));
    let (protocol, warning) = resolve("HTTP/JSON");
    assert_eq!(protocol, Protocol::HttpProtobuf);
    let expected = "`OTEL_EXPORTER_OTLP_PROTOCOL`: `http/json` is not supported; `http/protobuf` is used";
    assert!(warning.ends_with(expected), "{warning}");
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn an_export_without_a_limit_is_not_supported() {
    let options = ExportOptions::new().timeout(Duration::from_secs(3));
    let (limited, warning) = resolve(&options, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "0")]);
    assert_eq!(limited.unwrap().timeout, Duration::from_secs(3));
    assert!(warning.contains("`OTEL_EXPORTER_OTLP_TIMEOUT`: `0` is not supported; the timeout is 3s"));
    let (limited, warning) = resolve(&options, &[("OTEL_BSP_EXPORT_TIMEOUT", "0")]);
    assert_eq!((limited.unwrap().timeout, &*warning), (Duration::from_secs(3), ""));
}

#[cfg(all(feature = "otlp-grpc", feature = "gzip"))]
#[test]
fn the_environment_compresses_or_not() {
    let compression = |options: ExportOptions, variables: &[_]| collector(&options, variables).unwrap().compression;
    let gzip = || ExportOptions::new().compression(Compression::Gzip);
    assert_eq!(compression(ExportOptions::new(), &[]), Compression::None);
    assert_eq!(compression(gzip(), &[]), Compression::Gzip);
    let all = ("OTEL_EXPORTER_OTLP_COMPRESSION", "GZip ");
    assert_eq!(compression(ExportOptions::new(), &[all]), Compression::Gzip);
    let traces = ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "None");
    assert_eq!(compression(gzip(), &[all, traces]), Compression::None);
}

#[cfg(all(feature = "otlp-grpc", not(feature = "gzip")))]
#[test]
fn gzip_needs_its_feature() {
    let expected = "needs the feature `gzip`";
    let builder = message(&ExportOptions::new().compression(Compression::Gzip), &[]);
    assert!(
        builder.contains("`.compression(…)`") && builder.contains(expected),
        "{builder}"
    );
    let variable = message(&ExportOptions::new(), &[("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")]);
    assert!(variable.contains(expected), "{variable}");
}

#[cfg(not(feature = "otlp-http"))]
#[test]
fn a_disabled_protocol_names_its_feature() {
    let error = collector(&ExportOptions::new().protocol(Protocol::HttpProtobuf), &[]).unwrap_err();
    assert!(error.is_invalid_protocol());
    assert!(error.to_string().contains("needs the feature `otlp-http`"), "{error}");
}

#[cfg(all(feature = "otlp-grpc", not(feature = "tls")))]
#[test]
fn https_needs_its_feature() {
    let error = collector(&ExportOptions::new().endpoint("https://collector:4317"), &[]).unwrap_err();
    assert!(error.is_invalid_endpoint());
    assert!(error.to_string().contains("needs the feature `tls`"), "{error}");
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn a_path_over_grpc_is_a_mistaken_protocol() {
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4318/v1/traces")];
    assert!(message(&ExportOptions::new(), &variables).contains("over gRPC it has no path"));
}

#[cfg(feature = "otlp-grpc")]
#[test]
fn wrong_values_name_their_setting() {
    let options = ExportOptions::new;
    assert!(message(&options(), &[("OTEL_EXPORTER_OTLP_TIMEOUT", "-1")]).contains("OTEL_EXPORTER_OTLP_TIMEOUT"));
    assert!(message(&options(), &[("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd")]).contains("expected `gzip` or `none`"));
    assert!(message(&options(), &[("OTEL_EXPORTER_OTLP_HEADERS", "a b=c")]).contains("not a header's name"));
    assert!(message(&options().timeout(Duration::ZERO), &[]).contains("`.timeout(…)`"));
    let secret = message(&options().header("token", "s\u{e9}cret"), &[]);
    assert!(secret.contains("`.header(…)`") && !secret.contains("cret"), "{secret}");
}
