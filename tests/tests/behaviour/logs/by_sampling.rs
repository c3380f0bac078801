//! Lines that follow the sampling of their spans.

use tasker_span_runtime::SamplingFilter;
use tasker_span_runtime::otel::ExporterFilter;
use tracing::Level;
use tracing_subscriber::filter::{FilterExt, LevelFilter};
use tracing_subscriber::layer::Filter;

use super::*;

fn filtered(sampling: Sampling) -> (Log, Capture) {
    logging(sampling, |log| {
        let layer = fmt::layer().with_ansi(false).with_writer(log).without_time();
        layer
            .event_format(text().map(|format| format.with_level(true).with_target(false)))
            .with_filter(LevelFilter::DEBUG.and(SamplingFilter))
    })
}

/// Logs at every level, always from the same call sites.
fn log_all() {
    tracing::trace!("at trace");
    tracing::debug!("at debug");
    tracing::info!("at info");
    tracing::warn!("at warn");
    tracing::error!("at error");
}

fn levels(log: &Log) -> Vec<Level> {
    let lines = log.take();
    let level = |line: &String| line.rsplit("at ").next().unwrap().parse().unwrap();
    lines.iter().map(level).collect()
}

const ALL: [Level; 4] = [Level::DEBUG, Level::INFO, Level::WARN, Level::ERROR];
const WARNINGS: [Level; 2] = [Level::WARN, Level::ERROR];

#[test]
fn one_call_site_is_asked_each_time() {
    let (log, _capture) = filtered(no_steps());
    let task = Task::default();
    for _ in 0..2 {
        log_all();
        assert_eq!(levels(&log), ALL, "outside of all spans");
        orchestrate(&task, || {
            log_all();
            assert_eq!(levels(&log), ALL, "in a sampled span");
            execute(&task, &task.step(), || {
                log_all();
                assert_eq!(levels(&log), WARNINGS, "in an unsampled span");
                handle(log_all);
                assert_eq!(levels(&log), WARNINGS, "in its child");
                tracing::info_span!("query").in_scope(log_all);
                assert_eq!(levels(&log), WARNINGS, "in other code's span inside of it");
            });
            log_all();
            assert_eq!(levels(&log), ALL, "in the sampled span again");
        });
    }
}

/// Otherwise each call site of any level would be asked each time.
#[test]
fn the_level_of_a_combined_filter_is_known_beforehand() {
    let exported = ExporterFilter.and(SamplingFilter).and(LevelFilter::INFO);
    assert_eq!(Filter::<Registry>::max_level_hint(&exported), Some(LevelFilter::INFO));
}

#[test]
fn rates_at_run_time_apply_to_the_lines() {
    let (log, capture) = filtered(no_steps());
    let task = Task::default();
    capture.set_sampling(&Sampling::new());
    execute(&task, &task.step(), log_all);
    assert_eq!(levels(&log), ALL);
    capture.set_sampling(&no_steps());
    execute(&task, &task.step(), log_all);
    assert_eq!(levels(&log), WARNINGS);
}

#[test]
fn an_event_that_names_its_parent_is_not_of_the_running_code() {
    let (log, _capture) = filtered(no_steps());
    let outer = tracing::info_span!("outer");
    let task = Task::default();
    execute(&task, &task.step(), || {
        tracing::info!(parent: &outer, "at info");
        tracing::info!(parent: None, "at info");
    });
    assert_eq!(levels(&log), [Level::INFO; 2]);
}

#[test]
fn a_failed_unsampled_span_is_exported_without_its_lines() {
    let (log, capture) = filtered(no_steps());
    let task = Task::default();
    execute(&task, &task.step(), || {
        let _ = try_handle(|| {
            log_all();
            Err("declined")
        });
    });
    assert_eq!(levels(&log), WARNINGS);
    assert!(capture.spans().named("handler.execution").one().is_error());
}
