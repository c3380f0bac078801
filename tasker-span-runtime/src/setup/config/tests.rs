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
span_names = "detailed"
running_after = "10s"
sample_rate = 1.0                 # task spans

sample_slower_than = "5s"

[telemetry.tracing.steps]
sample_rate = "${STEPS:-0.1}"     # namespaces not listed: workers register new ones at run time
keep_errors = true

[telemetry.tracing.steps.namespaces]
payments = 1
analytics = 0.01

[telemetry.tracing.slower_than]
namespaces = { payments = "2s" }
handlers = { charge = "${LIMIT:-500ms}" }
"#;

fn parse(text: &str, variables: &[(&str, &str)]) -> Config {
    let content = Ok(text.as_bytes().to_vec());
    with(variables, |env| Config::parse(Path::new("file"), &content, env)).unwrap()
}

/// The files `0`, `1`, …, with these contents.
fn merge(texts: &[&str]) -> Result<Config, Error> {
    let mut files = Files::default();
    (0..texts.len()).for_each(|number| files.push(number.to_string().into(), Presence::Required));
    let contents: Vec<_> = texts.iter().map(|text| Ok(text.as_bytes().to_vec())).collect();
    with(&[], |env| Config::of_files(&files, &contents, env))
}

fn place(config: &Config, key: &Key) -> Option<String> {
    config.places.get(key).map(ToString::to_string)
}

#[test]
fn the_table_may_be_below_common() {
    let (own, below) = (
        "[telemetry.tracing]\nsample_rate = 0.5",
        "[common.telemetry.tracing]\nsample_rate = 0.5",
    );
    let [own_rate, rate] = [own, below].map(|text| parse(text, &[]).tracing.task_rate);
    assert_eq!((own_rate, rate), (Some(0.5), Some(0.5)));
    let both = merge(&[&format!("{own}\n{below}")]).unwrap_err().to_string();
    assert!(both.contains("`[common.telemetry]` beside `[telemetry]`"), "{both}");
    assert_eq!(parse("[common]\ntelemetry_is = 1", &[]), Config::default());
}

#[test]
fn parses_every_key() {
    let config = parse(WHOLE, &[("ROLE", "worker"), ("STEPS", " 5e-1 ")]);
    let expected = Config {
        enabled: Some(true),
        service_name: Some("tasker-worker".to_owned()),
        exporter_endpoint: config.exporter_endpoint.clone(),
        tracing: Tracing {
            enabled: None,
            sampler: Some(Sampler::ParentBased),
            unknown_namespace: Some(UnknownNamespace::Absent),
            span_names: Some(SpanNames::Detailed),
            running_after: Some(Duration::from_secs(10)),
            task_rate: Some(1.0),
            step_rate: Some(0.5),
            keep_errors: Some(true),
            namespaces: vec![("analytics".to_owned(), 0.01), ("payments".to_owned(), 1.0)],
            slower_than: Some(Duration::from_secs(5)),
            namespaces_slower_than: vec![("payments".to_owned(), Duration::from_secs(2))],
            handlers_slower_than: vec![("charge".to_owned(), Duration::from_millis(500))],
        },
        places: config.places.clone(),
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
        let places = Places::default();
        assert_eq!(
            Config {
                places,
                ..parse(text, &[])
            },
            Config::default(),
            "{text}"
        );
    }
}

/// Tasker's own example.
const OF_TASKER: &str = r#"
[telemetry]
enabled = true
log_level = "info"
service_name = "tasker-core"
exporter_endpoint = "${OTEL_EXPORTER_OTLP_ENDPOINT:-http://localhost:4317}"

[telemetry._docs.log_level]
description = "The level of log lines"

[telemetry.opentelemetry]
enabled = true

[telemetry.tracing]
enabled = true
sampler = "parent_based"
sample_rate = 1.0

[telemetry.metrics]
enabled = true

[telemetry.metrics.detailed]
enabled = true
sample_rate = 7.0

[telemetry.metrics.namespaces]
payments = 1.0

[telemetry.spans.internal]
enabled = false
"#;

#[test]
fn keys_of_other_parts_of_tasker_are_passed_over() {
    let config = parse(OF_TASKER, &[]);
    assert_eq!((config.enabled, config.tracing.enabled), (Some(true), Some(true)));
    assert_eq!(config.service_name.as_deref(), Some("tasker-core"));
    assert_eq!((config.tracing.rate(), config.tracing.namespaces.len()), (Some(1.0), 0));
}

#[test]
fn documentation_is_passed_over_in_each_table() {
    let tables = [
        "",
        ".tracing",
        ".tracing.slower_than",
        ".tracing.slower_than.namespaces",
        ".tracing.slower_than.handlers",
        ".tracing.steps",
        ".tracing.steps.namespaces",
        ".spans",
    ];
    let documented = tables.map(|table| format!("[telemetry{table}._docs.key]\ndescription = \"a text\"\n"));
    let config = parse(&documented.concat(), &[]);
    assert!(config.tracing.namespaces.is_empty() && config.tracing.handlers_slower_than.is_empty());
    let namespace = parse("telemetry.tracing.steps.namespaces._docs = 0.5", &[]);
    assert_eq!(namespace.tracing.namespaces, [("_docs".to_owned(), 0.5)]);
}

#[test]
fn a_later_file_overlays_earlier_ones_key_by_key() {
    let production = "[telemetry.tracing]\nsample_rate = 0.1\n[telemetry.metrics.detailed]\nenabled = false\n\
                      [telemetry.tracing.steps.namespaces]\norders = 0.5\n";
    let host = "telemetry.service_name = 'of-host'\ntelemetry.tracing.steps.namespaces.orders = 0";
    let config = merge(&[OF_TASKER, production, "", host]).unwrap();
    assert_eq!(config.enabled, Some(true));
    assert_eq!(config.service_name.as_deref(), Some("of-host"));
    assert_eq!(config.tracing.rate(), Some(0.1));
    assert_eq!(config.tracing.namespaces, [("orders".to_owned(), 0.0)]);
    let tracing = "telemetry.tracing";
    for (key, expected) in [
        (Key::new("telemetry", "enabled"), Some("0:3:11")),
        (Key::new("telemetry", "service_name"), Some("3:1:26")),
        (Key::new(tracing, "sampler"), Some("0:16:11")),
        (Key::new(tracing, "sample_rate"), Some("1:2:15")),
        (Key::new("telemetry.tracing.steps.namespaces", "orders"), Some("3:2:45")),
        (Key::new(tracing, "unknown_namespace"), None),
        (Key::new("telemetry", "log_level"), None),
    ] {
        assert_eq!(place(&config, &key).as_deref(), expected, "{key}");
    }
}

#[test]
fn each_file_names_its_mistakes() {
    let message = |texts: &[&str]| merge(texts).unwrap_err().to_string();
    let base = "[telemetry.tracing]\nsampler = 'always_on'";
    assert_eq!(
        message(&[
            "telemetry.enabled = 1",
            base,
            "telemetry.service = 'a'\ntelemetry.log_levle = 'info'"
        ]),
        "0:1:21: invalid value 1 for `telemetry.enabled`: expected `true` or `false`\n\
         2 mistakes in `2`\n\
         2:1:11: unknown key `service` in `[telemetry]`: expected `enabled`, `service_name`, `exporter_endpoint` or `tracing`\n\
         2:2:11: unknown key `log_levle` in `[telemetry]`, did you mean `log_level`?"
    );
    // An overlay makes no value right that is wrong where it is written.
    assert!(message(&["telemetry.enabled = 1", "telemetry.enabled = true"]).starts_with("0:1:21: "));
    assert_eq!(
        message(&[base, "telemetry.tracing.sample_rate = 0.1"]),
        "1:1:33: invalid value \"0.1\" for `telemetry.tracing.sample_rate`: expected 1, or no rate, beside the sampler \
         \"always_on\" of 0:2:11"
    );
    assert!(merge(&[base, "telemetry.tracing.sample_rate = 1.0"]).is_ok());
    let relaxed = "telemetry.tracing = { sampler = 'parent_based', sample_rate = 0.1 }";
    assert_eq!(merge(&[base, relaxed]).unwrap().tracing.rate(), Some(0.1));
}

#[test]
fn a_sampler_of_all_or_nothing_is_a_rate() {
    for (sampler, rate) in [("always_on", 1.0), ("always_off", 0.0)] {
        let tracing = parse(&format!("telemetry.tracing.sampler = '{sampler}'"), &[]).tracing;
        assert_eq!(tracing.rate(), Some(rate));
    }
    let tracing = parse("telemetry.tracing.sampler = 'parent_based'", &[]).tracing;
    assert_eq!(tracing.rate(), None);
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
