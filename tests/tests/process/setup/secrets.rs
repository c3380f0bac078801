//! No message, `Debug` output or log line shows a secret: the value of a header, the credentials or
//! the query of an endpoint, a value that the configuration file takes from the environment, or the
//! text of the file's other tables.

use std::ffi::OsString;
use std::fmt;
use std::time::Duration;
use std::{env, error};

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tasker_span_runtime::{Error, ExportOptions, Telemetry, TelemetryBuilder};
use tasker_span_tests::collector::Collector;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process::{self, Program};

use super::file::ConfigFile;
use crate::{DEADLINE, discover};

/// Part of every secret.
const CANARY: &str = "CANARY";

/// Endpoints with secrets. None of them is valid.
const ENDPOINTS: [&str; 18] = [
    "http://user:CANARY@127.0.0.1:9",
    "http://CANARY@127.0.0.1:9",
    "http://user:pass@CANARY@127.0.0.1:9",
    "http://user:CAN/CANARY@127.0.0.1:9",
    "http://user:CAN?CANARY@127.0.0.1:9",
    "http://user:CANARY%40127.0.0.1:9",
    "http://user:CANARY\n@127.0.0.1:9",
    "https://user:CANARY@collector.example",
    "user:CANARY@127.0.0.1:9",
    "grpc://user:CANARY@127.0.0.1:9",
    "//user:CANARY@127.0.0.1:9",
    "http:/user:CANARY@127.0.0.1:9",
    "http://127.0.0.1:9?token=CANARY",
    "http://127.0.0.1:9/v1/traces?token=CANARY",
    "http://127.0.0.1:9/?token=x@CANARY",
    "http://127.0.0.1:9#CANARY",
    "127.0.0.1:9?token=CANARY",
    "authorization=Bearer CANARY",
];

/// Lists of pairs with secrets. None of them is valid.
const PAIRS: [&str; 9] = [
    "CANARY",
    "Bearer CANARY",
    "=CANARY",
    "a=1,CANARY",
    "authorization=Bearer%20CANARY,b",
    "authorization=CANARY%zz",
    "authorization=CANARY%ff",
    "authorization=CANARY%",
    ",,CANARY",
];

/// Lists of headers with secrets that are wrong as headers only.
const HEADERS: [&str; 4] = [
    "Bearer CANARY==",
    "authorization=CANARY%0A",
    "authorization=CANARY%C3%A9",
    "a=1,Bearer CANARY=2",
];

/// Contents of wrong files. The variable `SECRET` has the canary.
const FILES: [&str; 28] = [
    "[telemetry]\nexporter_endpoint = 'http://user:CANARY@127.0.0.1:9'",
    "[telemetry]\nexporter_endpoint = 'user:CANARY@127.0.0.1:9'",
    "[telemetry]\nexporter_endpoint = 'http://127.0.0.1:9/?token=CANARY'",
    "[telemetry]\nexporter_endpoint = ['http://user:CANARY@127.0.0.1:9']",
    "[telemetry]\nexporter_endpoint = { url = 'http://user:CANARY@127.0.0.1:9' }",
    "[telemetry]\nexporter_endpoint = http://user:CANARY@127.0.0.1:9",
    "[telemetry]\nexporter_endpoint = CANARY",
    "[telemetry]\nexporter_endpoint = 'http://user:CANARY@127.0.0.1:9",
    "[telemetry]\nexporter_endpoint = 'http://user:${UNSET:-CANARY}@127.0.0.1:9'",
    "[telemetry]\nexporter_endpoint = 'http://user:CANARY@${UNSET}'",
    "[telemetry]\nexporter_endpoint = '${UNSET:-http://user:CANARY@127.0.0.1:9'",
    "[telemetry]\nexporter_endpoint = '${UNSET:-${UNSET}CANARY}'",
    "[telemetry]\nexporter_endpoint = '${SECRET}'",
    "[telemetry]\nexporter_endpoint = 'http://user:${SECRET}@127.0.0.1:9'",
    "[telemetry]\nexporter_endpoint = 'http://127.0.0.1:9/?token=${SECRET}'",
    "[telemetry]\nexporter_endpoint = 'http://${USER-user:CANARY}@127.0.0.1:9'",
    "[telemetry]\nexporter_endpoint = 'http://${USER:=user:CANARY:-CANARY}@127.0.0.1:9'",
    "telemetry = 'http://user:CANARY@127.0.0.1:9'",
    "[telemetry]\nenabled = 'http://user:CANARY@127.0.0.1:9'",
    "[telemetry]\ntracing = ['http://user:CANARY@127.0.0.1:9']",
    "[telemetry]\nenabled = '${SECRET}'",
    "[telemetry.tracing]\nsample_slower_than = '${SECRET}'",
    "[telemetry.tracing]\nsampler = '${SECRET}'",
    "[telemetry.tracing]\nsample_rate = '${SECRET}'",
    "[telemetry.tracing.steps]\nkeep_errors = '${SECRET}'",
    "[telemetry.tracing.steps.namespaces]\npayments = '${SECRET}'",
    "[database]\npassword = CANARY\nurl = postgres://user:CANARY@host\nkey = \"\\CANARY\"\nother = \"CANARY\n\
     CANARY\nCANARY é CANARY\nCANARY: CANARY\nCANARY \"CANARY\"\n[[a]\nCANARY = 0CANARY\na = [CANARY, CANARY]\n",
    "password = CANARY\npassword: CANARY\n{ \"password\": \"CANARY\" }\n- CANARY\n",
];

/// Every variable that telemetry reads, and those of transports.
const VARIABLES: [&str; 37] = [
    "OTEL_SDK_DISABLED",
    "OTEL_TRACES_EXPORTER",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "OTEL_EXPORTER_OTLP_TRACES_HEADERS",
    "OTEL_EXPORTER_OTLP_COMPRESSION",
    "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION",
    "OTEL_EXPORTER_OTLP_INSECURE",
    "OTEL_EXPORTER_OTLP_TRACES_INSECURE",
    "OTEL_EXPORTER_OTLP_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY",
    "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE",
    "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE",
    "OTEL_SERVICE_NAME",
    "OTEL_RESOURCE_ATTRIBUTES",
    "OTEL_TRACES_SAMPLER",
    "OTEL_TRACES_SAMPLER_ARG",
    "OTEL_BSP_SCHEDULE_DELAY",
    "OTEL_BSP_EXPORT_TIMEOUT",
    "OTEL_BSP_MAX_QUEUE_SIZE",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
    "OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_SPAN_EVENT_COUNT_LIMIT",
    "OTEL_SPAN_LINK_COUNT_LIMIT",
    "OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LINK_ATTRIBUTE_COUNT_LIMIT",
    "OTEL_LOG_LEVEL",
    "OTEL_PROPAGATORS",
    "RUST_LOG",
];

/// A processor of the program whose `Debug` shows its headers.
struct Talkative;

impl fmt::Debug for Talkative {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CANARY)
    }
}

impl SpanProcessor for Talkative {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, _: SpanData) {}

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// All that a program may print of an error.
fn texts(error: &Error) -> String {
    let chain = std::iter::successors(Some(error as &dyn error::Error), |&error| error.source());
    let texts = chain.map(|error| format!("{error}\n{error:?}\n{error:#?}"));
    texts.collect::<Vec<_>>().join("\n")
}

fn assert_hidden(text: &str, case: impl fmt::Debug) {
    assert!(!text.contains(CANARY), "{case:?} shows a secret: {text}");
}

/// The error of the builder. No text of both shows the canary.
fn error_of(builder: TelemetryBuilder, case: impl fmt::Debug) -> Error {
    assert_hidden(&format!("{builder:?} {builder:#?}"), &case);
    let error = match builder.build() {
        Err(error) => error,
        Ok(telemetry) => panic!("{case:?} is no mistake: {telemetry:?}"),
    };
    assert_hidden(&texts(&error), &case);
    error
}

#[test]
fn wrong_endpoints() {
    process::alone(|| {
        let late = Telemetry::builder().console_only().build().unwrap();
        for endpoint in ENDPOINTS {
            let options = ExportOptions::new().endpoint(endpoint);
            assert_hidden(&format!("{options:?} {options:#?}"), endpoint);
            let error = late.start_export(options.clone()).unwrap_err();
            assert_hidden(&texts(&error), endpoint);
            let error = error_of(Telemetry::builder().export(options), endpoint);
            assert!(error.is_invalid_endpoint(), "{error}");
        }
    });
}

#[test]
fn wrong_headers_and_resource_attributes() {
    process::alone(|| {
        for (name, value) in [
            ("authorization", "CANARY\n"),
            ("authorization", "CANARY é"),
            ("Bearer CANARY", ""),
            ("authorization: CANARY", "CANARY"),
            ("", "CANARY"),
        ] {
            let export = ExportOptions::new().header(name, value);
            let case = (name, value);
            let error = error_of(Telemetry::builder().export(export.header("b", "CANARY")), case);
            assert!(error.to_string().starts_with("in `.header(…)`, header 1: "), "{error}");
        }
        error_of(Telemetry::builder().resource_attribute("", CANARY), "a resource");
    });
}

#[test]
fn right_settings() {
    process::alone(|| {
        let export = ExportOptions::new()
            .endpoint("http://127.0.0.1:9")
            .header("authorization", CANARY);
        let builder = Telemetry::builder()
            .resource_attribute("token", CANARY)
            .span_processor(Talkative)
            .export(export.clone());
        assert_hidden(&format!("{export:?} {export:#?} {builder:?} {builder:#?}"), "settings");
        // The SDK shows the resource, which is no secret: it is exported.
        let telemetry = Telemetry::builder().span_processor(Talkative).export(export).build();
        let telemetry = telemetry.unwrap();
        let (provider, tracer, sampling) = (telemetry.provider(), telemetry.tracer(), telemetry.sampling());
        let text = format!("{telemetry:?} {provider:?} {tracer:?} {sampling:?}");
        assert_hidden(&text, "telemetry");
    });
}

#[test]
fn wrong_files() {
    process::alone_in(&[("SECRET", "x CANARY")], || {
        for content in FILES {
            let file = ConfigFile::new(content);
            let builder = || Telemetry::builder().console_only().config_file(file.path());
            error_of(builder(), content);

            file.write("");
            let telemetry = builder().build().unwrap();
            file.write(content);
            let sampling = telemetry.sampling();
            assert_hidden(&texts(&sampling.reload().unwrap_err()), content);
            assert_hidden(&format!("{sampling:?} {:?}", sampling.last_reload_error()), content);
        }
    });
}

#[test]
fn the_name_of_a_file_forges_no_line() {
    process::alone(|| {
        let name = "tasker-span\n2024-01-01 ERROR\u{1b}[2K.toml";
        let error = error_of(Telemetry::builder().console_only().config_file(name), "a name");
        assert!(!error.to_string().contains(char::is_control), "{error}");
    });
}

/// Prints all that it can.
#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let export = ExportOptions::new().timeout(Duration::from_secs(5));
    let builder = Telemetry::builder()
        .export(export)
        .log_filter("trace")
        .trace_filter("trace");
    let builder = match env::var_os("CONFIG") {
        Some(path) => builder.config_file(path),
        None => builder,
    };
    match builder.install() {
        Ok(telemetry) => {
            discover(&Task::default());
            eprintln!("{telemetry:?} {:?}", telemetry.tracer());
            eprintln!("{:?}", telemetry.flush(DEADLINE));
            eprintln!("{:?}", telemetry.shutdown(DEADLINE));
        }
        Err(error) => eprintln!("{}", texts(&error)),
    }
}

/// All that the program prints with this variable.
fn output_with(name: &str, value: impl Into<OsString>) -> String {
    output_of(process::program(program), name, value)
}

fn output_of(program: Program, name: &str, value: impl Into<OsString>) -> String {
    let (value, mut command) = (value.into(), program.command());
    let has_endpoint = command
        .get_envs()
        .any(|(name, _)| name == "OTEL_EXPORTER_OTLP_ENDPOINT");
    if name != "OTEL_EXPORTER_OTLP_ENDPOINT" && !has_endpoint {
        command.env("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9");
    }
    let output = command.env(name, &value).output().unwrap();
    let [out, log] = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(output.status.success(), "{name}={}: {out}\n{log}", value.display());
    let text = format!("{out}\n{log}");
    assert_hidden(&text, (name, &value));
    text
}

#[test]
fn wrong_variables() {
    let endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
    let headers = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"];
    let lists = [&headers[..], &["OTEL_RESOURCE_ATTRIBUTES"]].concat();
    let each = |names: &[&'static str], values: &[&'static str]| -> Vec<_> {
        let pairs = names
            .iter()
            .flat_map(|name| values.iter().map(move |value| (*name, *value)));
        pairs.collect()
    };
    let cases = [
        each(&endpoints, &ENDPOINTS),
        each(&lists, &PAIRS),
        each(&headers, &HEADERS),
    ];
    for (name, value) in cases.concat() {
        let output = output_with(name, value);
        assert!(output.contains(name), "{name}={value:?}: {output}");
    }
}

#[cfg(unix)]
#[test]
fn variables_that_are_not_unicode() {
    use std::os::unix::ffi::OsStringExt;

    for name in VARIABLES {
        output_with(name, OsString::from_vec(b"authorization=CANARY\xff".to_vec()));
    }
}

/// The text of a key in place of its file's path.
#[test]
fn a_private_key_that_is_no_path() {
    for signal in ["", "TRACES_"] {
        for kind in ["CLIENT_KEY", "CLIENT_CERTIFICATE", "CERTIFICATE"] {
            let (endpoint, variable) = (
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                format!("OTEL_EXPORTER_OTLP_{signal}{kind}"),
            );
            let program = process::program(program).env(endpoint, "https://127.0.0.1:9");
            let pem = "-----BEGIN PRIVATE KEY-----\nCANARY\n-----END PRIVATE KEY-----\n";
            output_of(program, &variable, pem);
        }
    }
}

#[test]
fn right_variables() {
    for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
        let output = output_with(name, "authorization=Bearer%20CANARY");
        assert!(output.contains("the export failed"), "{output}");
    }
}

/// At their most talkative, the transports log frames and requests.
#[test]
fn logs_of_the_transports() {
    for (protocol, collector) in [("grpc", Collector::grpc()), ("http/protobuf", Collector::http())] {
        let transports = [
            "h2",
            "hyper",
            "hyper_util",
            "reqwest",
            "tonic",
            "tower",
            "opentelemetry_otlp",
        ];
        let levels = transports.map(|transport| format!("{transport}=trace")).join(",");
        let program = process::program(program).envs(&[
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &collector.url()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("RUST_LOG", &format!("trace,{levels}")),
        ]);
        let output = output_of(program, "OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20CANARY");
        let request = collector
            .requests()
            .pop()
            .unwrap_or_else(|| panic!("{protocol}: {output}"));
        assert_eq!(request.headers["authorization"], "Bearer CANARY");
    }
}
