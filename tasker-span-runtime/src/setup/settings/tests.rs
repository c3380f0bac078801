use super::*;

fn setting(table: &'static str, name: &'static str, value: Value, source: SettingSource) -> EffectiveSetting {
    EffectiveSetting::new(Key::new(table, name), value, source)
}

fn file(line: usize) -> SettingSource {
    SettingSource::File {
        path: "config/tasker.toml".to_owned(),
        line,
    }
}

const STEPS: &str = "telemetry.tracing.steps";
const NAMESPACES: &str = "telemetry.tracing.steps.namespaces";

fn of_a_worker() -> Vec<EffectiveSetting> {
    let variable = SettingSource::Environment;
    vec![
        setting("telemetry.tracing", "sample_rate", rate(1.0), SettingSource::Default),
        setting(STEPS, "sample_rate", rate(0.07), file(12)),
        setting(STEPS, "keep_errors", true.into(), SettingSource::Default),
        setting(NAMESPACES, "tenant.eu", rate(0.000_01), SettingSource::Handle),
        setting(
            NAMESPACES,
            "payments",
            rate(1.0),
            variable("TASKER_SPAN_NAMESPACE_RATES"),
        ),
        setting("telemetry", "enabled", true.into(), SettingSource::Default),
        setting("telemetry", "service_name", text("worker"), file(3)),
        setting(
            "telemetry",
            "exporter_endpoint",
            text("http://a:4317"),
            variable("OTEL_EXPORTER_OTLP_ENDPOINT"),
        ),
        setting("telemetry.export", "exporter", text("otlp"), SettingSource::Default),
        setting(
            "telemetry.export",
            "timeout_ms",
            10_u32.into(),
            SettingSource::Builder("timeout"),
        ),
    ]
}

#[test]
fn one_line_has_the_important_settings_and_their_sources() {
    let settings = Settings::new(of_a_worker(), Vec::new());
    let expected = "exporting to http://a:4317 (OTEL_EXPORTER_OTLP_ENDPOINT) as worker (config/tasker.toml:3), \
                    tasks 100 %, steps 7 % (config/tasker.toml:12), payments 100 % (TASKER_SPAN_NAMESPACE_RATES), \
                    tenant.eu 0.001 % (handle)";
    assert_eq!(settings.to_string(), expected);
    assert_eq!(
        settings.destination().to_string(),
        "exporting to http://a:4317 (OTEL_EXPORTER_OTLP_ENDPOINT)"
    );
}

#[test]
fn the_line_is_short_and_one() {
    let mut all = of_a_worker();
    let names = (0..20).map(|i| Key::new(NAMESPACES, format!("a{i:02}\n")));
    all.extend(names.map(|key| EffectiveSetting::new(key, rate(0.5), SettingSource::Default)));
    all.push(setting(STEPS, "keep_errors", false.into(), file(14)));
    all.retain(|setting| setting.key() != "telemetry.tracing.steps.keep_errors" || setting.value() == "false");
    let line = Settings::new(all, Vec::new()).to_string();
    assert!(
        line.contains(", a00\\n 50 %, a01\\n 50 %,") && !line.contains("a08"),
        "{line}"
    );
    assert!(
        line.ends_with(", 14 more namespaces, no unsampled errors (config/tasker.toml:14)"),
        "{line}"
    );
}

#[test]
fn telemetry_that_is_off_says_why() {
    let off = setting(
        "telemetry",
        "enabled",
        false.into(),
        SettingSource::Environment("TELEMETRY_ENABLED"),
    );
    let line = Settings::new(vec![off], Vec::new()).to_string();
    assert_eq!(line, "telemetry is off (TELEMETRY_ENABLED)");
}

#[test]
fn a_key_is_found_by_its_toml() {
    let settings = Settings::new(of_a_worker(), Vec::new());
    let value = |key: &str| settings.get(key).map(EffectiveSetting::value);
    assert_eq!(
        value("telemetry.tracing.steps.namespaces.\"tenant.eu\"").as_deref(),
        Some("0.00001")
    );
    assert_eq!(value("telemetry.export.timeout_ms").as_deref(), Some("10"));
    assert_eq!(value("telemetry.tracing"), None);
    let keys: Vec<_> = settings.iter().map(EffectiveSetting::key).collect();
    assert!(keys.is_sorted_by_key(|key| key.matches('.').count() > 3), "{keys:?}");
}

#[cfg(feature = "serde")]
#[test]
fn serialises_as_nested_tables() {
    let settings = Settings::new(of_a_worker(), vec!["`A` has no effect".to_owned()]);
    let expected = serde_json::json!({
        "enabled": { "value": true, "source": "default" },
        "exporter_endpoint": { "value": "http://a:4317", "source": "environment", "at": "OTEL_EXPORTER_OTLP_ENDPOINT" },
        "service_name": { "value": "worker", "source": "file", "at": "config/tasker.toml:3" },
        "export": {
            "exporter": { "value": "otlp", "source": "default" },
            "timeout_ms": { "value": 10, "source": "builder", "at": "timeout" },
        },
        "tracing": {
            "sample_rate": { "value": 1.0, "source": "default" },
            "steps": {
                "keep_errors": { "value": true, "source": "default" },
                "sample_rate": { "value": 0.07, "source": "file", "at": "config/tasker.toml:12" },
                "namespaces": {
                    "payments": { "value": 1.0, "source": "environment", "at": "TASKER_SPAN_NAMESPACE_RATES" },
                    "tenant.eu": { "value": 0.000_01, "source": "handle" },
                },
            },
        },
        "warnings": ["`A` has no effect"],
    });
    assert_eq!(serde_json::to_value(settings).unwrap(), expected);
}
