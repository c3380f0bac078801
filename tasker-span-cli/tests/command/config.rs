//! `tasker-span config`.

use std::fs;
use std::path::PathBuf;

use super::{assert_snapshot, command, ended, run};

/// A file that is there until this value is dropped.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let name = format!("tasker-span-command-{}-{name}.toml", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::write(&path, text).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const BASE: &str = r#"
[telemetry]
service_name = "tasker-worker"
exporter_endpoint = "${OTEL_EXPORTER_OTLP_ENDPOINT:-http://collector:4317}"

[telemetry.tracing]
sample_rate = 0.5

[telemetry.tracing.steps]
sample_rate = 0.1

[telemetry.tracing.steps.namespaces]
payments = 1.0
"支払い" = 0.2
"#;

#[test]
fn each_namespace_has_its_rate_and_its_source() {
    let base = File::new("base", BASE);
    let overlay = File::new(
        "overlay",
        "[telemetry.tracing.steps.namespaces]\nanalytics = 0.01\npayments = 0.3",
    );
    let mut command = command(&["config", base.path(), overlay.path()]);
    let (code, text, errors) = ended(command.env("TASKER_SPAN_NAMESPACE_RATES", "analytics=0.02"));
    assert_eq!((code, &*errors), (0, ""));
    let text = text
        .replace(base.path(), "base.toml")
        .replace(overlay.path(), "overlay.toml");
    let text: String = text
        .lines()
        .filter(|line| {
            !["host.name", "process.pid", "instance", "sdk"]
                .iter()
                .any(|part| line.contains(part))
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    assert_snapshot("config.txt", &text);
}

#[test]
fn the_same_as_json() {
    let base = File::new("json", BASE);
    let (code, text, _) = run(&["config", "--json", base.path()]);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let others = &json["rates"].as_array().unwrap().last().unwrap();
    let expected = serde_json::json!({"rate": 0.1, "share": 0.05, "source": format!("{}:10", base.path())});
    assert_eq!((code, *others), (0, &expected));
    assert_eq!(json["telemetry"]["service_name"]["value"], "tasker-worker");
}

#[test]
fn all_mistakes_of_a_file_are_findings() {
    let file = File::new("wrong", "[telemetry.tracing]\nsample_rate = 2\nsampel_rate = 1");
    let (code, text, errors) = run(&["config", file.path()]);
    assert_eq!((code, &*text), (1, ""));
    assert!(errors.contains(":2") && errors.contains("sampel_rate"), "{errors}");
    for endpoint in ["collector:4317", "http://me:secret@collector:4317"] {
        let file = File::new("endpoint", &format!("[telemetry]\nexporter_endpoint = \"{endpoint}\""));
        let (code, text, errors) = run(&["config", file.path()]);
        assert_eq!((code, &*text), (1, ""));
        assert!(
            errors.contains("exporter_endpoint") && !errors.contains("secret"),
            "{errors}"
        );
    }
}

#[test]
fn a_file_without_settings_of_telemetry_is_named() {
    let base = File::new("with-table", BASE);
    let other = File::new("without-table", "[tracing]\nsample_rate = 0.5\n");
    let message = format!("{}: no table `[telemetry]`: nothing of it applies\n", other.path());
    let (code, text, errors) = run(&["config", other.path()]);
    assert_eq!((code, &errors), (1, &message));
    assert!(text.contains("telemetry.tracing.sample_rate        1 "), "{text}");
    let (code, _, errors) = run(&["config", base.path(), other.path()]);
    assert_eq!((code, errors), (0, message));
}

#[test]
fn a_file_that_cannot_be_read_is_an_error() {
    let (code, _, errors) = run(&["config", "no/such.toml"]);
    assert!(code == 2 && errors.starts_with("error: no/such.toml: "), "{errors}");
    let (code, _, errors) = run(&["config", env!("CARGO_MANIFEST_DIR")]);
    assert!(
        code == 2 && errors.ends_with(": it is not a regular file\n"),
        "{errors}"
    );
    assert_eq!(run(&["config"]).0, 2);
}
