//! Several configuration files, in the layout of Tasker: a base, and a file for each environment.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use tasker_span_runtime::{SettingSource, Telemetry, TelemetryBuilder};
use tasker_span_tests::process;

use super::file::ConfigFile;
use super::watch::wait_until;

const BASE: &str = "[telemetry]\nenabled = true\nlog_level = \"info\"\n\n[telemetry.tracing]\nenabled = true\n\
                    sampler = \"parent_based\"\nsample_rate = 1.0\n\n[telemetry.metrics.detailed]\nenabled = true\n";
const PRODUCTION: &str =
    "[telemetry.tracing]\nsample_rate = 0.1\n\n[telemetry.tracing.steps.namespaces]\norders = 0.5\n";

fn absent() -> PathBuf {
    std::env::temp_dir().join("tasker-span-no-such-environment.toml")
}

fn builder(base: &ConfigFile, overlay: &ConfigFile) -> TelemetryBuilder {
    let builder = Telemetry::builder().config_file(base.path());
    let builder = builder.config_file_if_exists(absent());
    builder.config_file_if_exists(overlay.path()).console_only()
}

fn line_of(telemetry: &Telemetry, key: &str) -> (PathBuf, usize) {
    match telemetry.settings().get(key).unwrap().source() {
        SettingSource::File { path, line, .. } => (path.into(), *line),
        other => panic!("{key}: {other}"),
    }
}

#[test]
fn the_environment_s_file_overlays_the_base() {
    process::alone(|| {
        let (base, production) = (ConfigFile::new(BASE), ConfigFile::new(PRODUCTION));
        let telemetry = builder(&base, &production).build().unwrap();
        let sampling = telemetry.sampling();
        assert_eq!(sampling.task_rate().to_bits(), 0.1_f64.to_bits());
        assert_eq!(sampling.namespace_rate("orders").to_bits(), 0.5_f64.to_bits());
        let place = |key| line_of(&telemetry, key);
        assert_eq!(place("telemetry.enabled"), (base.path().into(), 2));
        assert_eq!(place("telemetry.tracing.sampler"), (base.path().into(), 7));
        assert_eq!(place("telemetry.tracing.sample_rate"), (production.path().into(), 2));
        assert_eq!(
            place("telemetry.tracing.steps.namespaces.orders"),
            (production.path().into(), 5)
        );
    });
}

#[test]
fn only_a_file_that_must_exist_is_missed() {
    process::alone(|| {
        let error = Telemetry::builder()
            .console_only()
            .config_file(absent())
            .build()
            .unwrap_err();
        let expected = format!("cannot read the configuration file `{}`: ", absent().display());
        assert!(error.to_string().starts_with(&expected), "{error}");
        // A directory is there, and wrong.
        let wrong = Telemetry::builder()
            .console_only()
            .config_file_if_exists(std::env::temp_dir());
        assert!(
            wrong
                .build()
                .unwrap_err()
                .to_string()
                .ends_with("it is not a regular file")
        );
    });
}

#[test]
fn each_file_is_watched() {
    process::alone(|| {
        let (base, production) = (ConfigFile::new(BASE), ConfigFile::new(PRODUCTION));
        let watched = builder(&base, &production).watch_config(Duration::from_millis(5));
        let telemetry = watched.build().unwrap();
        let sampling = telemetry.sampling();
        let wait_for = |rate: f64| {
            wait_until(&format!("the rate {rate}"), || {
                sampling.task_rate().to_bits() == rate.to_bits()
            });
        };
        production.write(PRODUCTION.replace("0.1", "0.25"));
        wait_for(0.25);
        // Without the file, that of the base.
        production.remove();
        wait_for(1.0);
        assert_eq!(
            line_of(&telemetry, "telemetry.tracing.sample_rate"),
            (base.path().into(), 8)
        );
        base.write(BASE.replace("sample_rate = 1.0", "sample_rate = 0.75"));
        wait_for(0.75);
        fs::write(production.path(), "telemetry.tracing.sample_rate = 9").unwrap();
        wait_until("a rejection", || sampling.last_reload_error().is_some());
        let message = sampling.last_reload_error().unwrap().to_string();
        let place = format!("{}:1:33: invalid value 9", production.path().display());
        assert!(message.starts_with(&place), "{message}");
        wait_for(0.75);
    });
}
