//! Records of the `log` crate, as most libraries write them that do not know `tracing`.

use std::env;

use tasker_span_runtime::testing::{CapturedEvent, SpanStore};
use tasker_span_runtime::{Console, Telemetry};
use tasker_span_tests::calls::execute;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::process;

const SETTING: &str = "LOG_RECORDS";

/// A logger that the program has set itself.
struct Own;

impl log::Log for Own {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        eprintln!("own logger: {}", record.args());
    }

    fn flush(&self) {}
}

fn write_records() {
    log::info!(target: "library::pool", "connected to {}", "db");
    log::debug!(target: "library::pool", "below the level");
    log::warn!(target: "hyper::client", "of an exporter's crate");
    log::info!(target: "h2::codec", "of an exporter's crate, below a warning");
}

#[test]
#[ignore = "a program that the other tests run"]
fn program() {
    let setting = env::var(SETTING).unwrap_or_default();
    let builder = match &*setting {
        "ignored" => Telemetry::builder().ignore_log_records(),
        "compact" => Telemetry::builder().console(Console::Compact),
        _ => Telemetry::builder(),
    };
    if setting == "own" {
        log::set_logger(&Own).unwrap();
        log::set_max_level(log::LevelFilter::Info);
    }
    let store = SpanStore::new();
    let telemetry = builder.console_only().span_processor(store.clone()).install().unwrap();
    write_records();
    execute(&Task::default(), &Task::default().step(), write_records);
    tracing::info_span!("other").in_scope(write_records);
    telemetry.flush(crate::DEADLINE).unwrap();
    for name in ["step.execution", "other"] {
        let span = store.spans().named(name).one();
        let events: Vec<_> = span.events().iter().map(CapturedEvent::name).collect();
        if matches!(&*setting, "ignored" | "own") {
            assert!(events.is_empty(), "{name}: {events:?}");
        } else {
            assert_eq!(events, ["connected to db"], "{name}");
            let event = &span.events()[0];
            let attributes = [("level", "INFO"), ("target", "library::pool")];
            assert_eq!(event.attributes().len(), attributes.len(), "{name}: {event:?}");
            for (key, value) in attributes {
                assert_eq!(
                    event.attribute(key).map(ToString::to_string).as_deref(),
                    Some(value),
                    "{name}"
                );
            }
        }
    }
}

fn log_with(setting: &str) -> String {
    process::program(program).env(SETTING, setting).log()
}

#[test]
fn records_are_lines_of_the_console_and_events_of_their_spans() {
    for setting in ["bridged", "compact"] {
        let log = log_with(setting);
        let lines: Vec<_> = log.lines().filter(|line| line.contains("connected to db")).collect();
        assert_eq!(lines.len(), 3, "{log}");
        for line in &lines {
            assert!(
                line.contains(" INFO ") && line.contains("library::pool: connected to db"),
                "{line}"
            );
            assert!(!line.contains("log."), "{line}");
        }
        assert!(!lines[0].contains("trace_id="), "{log}");
        assert!(
            lines[1].contains("trace_id=") && lines[1].contains("step.execution"),
            "{log}"
        );
        assert!(lines[2].contains("trace_id=") && lines[2].contains("other"), "{log}");
        assert!(!log.contains("below"), "{log}");
        assert_eq!(log.matches("of an exporter's crate").count(), 3, "{log}");
    }
}

#[test]
fn a_program_may_leave_records_alone() {
    let log = log_with("ignored");
    assert!(!log.contains("connected") && !log.contains("exporter"), "{log}");
}

#[test]
fn a_logger_that_is_there_already_stays_with_a_warning() {
    let log = log_with("own");
    assert_eq!(log.matches("own logger: connected to db").count(), 3, "{log}");
    let warning = "records of the `log` crate go to the logger that the program has set";
    assert_eq!(log.matches(warning).count(), 1, "{log}");
}
