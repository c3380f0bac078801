use super::*;
use crate::setup::env::tests::with;

const WHOLE: &str = r#"
[database]
pool = { size = 3 }

[telemetry]
enabled = true
service_name = "tasker-${ROLE:-orchestration}"
exporter_endpoint = "${OTEL_EXPORTER_OTLP_ENDPOINT:-http://localhost:4317}"

[telemetry.tracing]
sampler = "parent_based"
unknown_namespace = "${UNKNOWN:-absent}"
sample_rate = 1.0                 # task spans

[telemetry.tracing.steps]
sample_rate = "${STEPS:-0.1}"     # namespaces not listed: workers register new ones at run time
keep_errors = true

[telemetry.tracing.steps.namespaces]
payments = 1
analytics = 0.01
"#;

fn parse(text: &str, variables: &[(&str, &str)]) -> Config {
    let content = Ok(text.as_bytes().to_vec());
    with(variables, |env| Config::parse(Path::new("file"), &content, env)).unwrap()
}

#[test]
fn parses_every_key() {
    let config = parse(WHOLE, &[("ROLE", "worker"), ("STEPS", " 5e-1 ")]);
    let expected = Config {
        enabled: Some(true),
        service_name: Some("tasker-worker".to_owned()),
        exporter_endpoint: config.exporter_endpoint.clone(),
        tracing: Tracing {
            sampler: Some(Sampler::ParentBased),
            unknown_namespace: Some(UnknownNamespace::Absent),
            task_rate: Some(1.0),
            step_rate: Some(0.5),
            keep_errors: Some(true),
            namespaces: vec![("analytics".to_owned(), 0.01), ("payments".to_owned(), 1.0)],
        },
    };
    assert_eq!(config, expected);
    let endpoint = config.exporter_endpoint.unwrap();
    assert_eq!(endpoint.value, "http://localhost:4317");
    let message = endpoint.invalid("it is not wanted").to_string();
    assert_eq!(
        message,
        "file:8:21: invalid value \"http://localhost:4317\" for `telemetry.exporter_endpoint`: it is not wanted"
    );
}

#[test]
fn absent_keys_are_none() {
    let namespaces = "[telemetry.tracing.steps.namespaces]";
    for text in ["", "[telemetry]", "[other]\na = 1", namespaces] {
        assert_eq!(parse(text, &[]), Config::default(), "{text}");
    }
}

#[test]
fn a_sampler_of_all_or_nothing_is_a_rate() {
    for (sampler, rate) in [("always_on", 1.0), ("always_off", 0.0)] {
        let tracing = parse(&format!("telemetry.tracing.sampler = '{sampler}'"), &[]).tracing;
        assert_eq!(tracing.task_rate, Some(rate));
    }
    let tracing = parse("telemetry.tracing.sampler = 'parent_based'", &[]).tracing;
    assert_eq!(tracing.task_rate, None);
}

#[test]
fn names_the_keys_that_cannot_be_reloaded() {
    let started = parse(WHOLE, &[]);
    let reloadable = parse(&format!("\n{WHOLE}"), &[("STEPS", "0")]);
    assert_eq!(started.fixed_keys_unlike(&reloadable), [""; 0]);
    let other = parse(
        WHOLE,
        &[
            ("ROLE", "worker"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"),
            ("UNKNOWN", "violation"),
        ],
    );
    let expected = [
        "telemetry.service_name",
        "telemetry.exporter_endpoint",
        "telemetry.tracing.unknown_namespace",
    ];
    assert_eq!(started.fixed_keys_unlike(&other), expected);
}

proptest::proptest! {
    /// Any text is a configuration, or an error of readable length.
    #[test]
    fn survives_any_text(
        before in "(\\[telemetry\\]\n|telemetry\\.tracing\\.steps|telemetry\\.service_name)?",
        text in "(\\PC|[\\[\\]{}=.\"'#\n\r\t ${}:\\-\\\\a-z0-9]|[[:any:]]){0,80}",
    ) {
        let content = Ok(format!("{before}{text}").into_bytes());
        if let Err(error) = with(&[], |env| Config::parse(Path::new("file"), &content, env)) {
            let message = error.to_string();
            proptest::prop_assert!(message.lines().all(|line| line.len() < 1000), "{}", message);
        }
    }

    #[test]
    fn survives_any_bytes(bytes: Vec<u8>) {
        drop(with(&[], |env| Config::parse(Path::new("file"), &Ok(bytes), env)));
    }

    /// A variable holds the same rates as a number.
    #[test]
    fn variables_hold_the_same_rates_as_numbers(rate: f64) {
        let number = with(&[], |env| {
            let content = Ok(format!("telemetry.tracing.sample_rate = {rate:?}").to_lowercase().into_bytes());
            Config::parse(Path::new("file"), &content, env).ok().and_then(|config| config.tracing.task_rate)
        });
        let variable = with(&[("RATE", &format!("{rate:?}"))], |env| {
            let content = Ok(b"telemetry.tracing.sample_rate = \"${RATE}\"".to_vec());
            Config::parse(Path::new("file"), &content, env).ok().and_then(|config| config.tracing.task_rate)
        });
        proptest::prop_assert_eq!(number, variable);
        proptest::prop_assert_eq!(number, Some(rate).filter(|rate| (0.0..=1.0).contains(rate)));
    }
}
