//! A watched configuration file, and reloads. The rates, the counts and the threads are the
//! process's.

#[cfg(unix)]
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[cfg(unix)]
use tasker_span_runtime::Error;
use tasker_span_runtime::{SamplingHandle, Telemetry, stats};
use tasker_span_tests::process;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

use super::file::ConfigFile;
use crate::DEADLINE;

/// Waits until it holds.
pub(super) fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < 2 * DEADLINE, "in vain: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

const INTERVAL: Duration = Duration::from_millis(5);

fn watched(config: &ConfigFile) -> Telemetry {
    let builder = Telemetry::builder().config_file(config.path()).watch_config(INTERVAL);
    builder.console_only().build().unwrap()
}

fn steps(rate: f64) -> String {
    format!("[telemetry.tracing.steps]\nsample_rate = {rate}\n")
}

fn wait_for(sampling: &SamplingHandle, rate: f64) {
    wait_until(&format!("the rate {rate}"), || {
        sampling.step_rate().to_bits() == rate.to_bits()
    });
}

#[test]
fn a_changed_file_holds_and_a_wrong_one_does_not() {
    process::alone(|| {
        let config = ConfigFile::new(steps(0.25));
        let before = stats();
        let telemetry = watched(&config);
        let sampling = telemetry.sampling();
        wait_for(&sampling, 0.25);

        config.write(steps(0.5));
        wait_for(&sampling, 0.5);
        assert!(sampling.last_reload_error().is_none());

        config.write(steps(5.0));
        wait_until("a rejection", || sampling.last_reload_error().is_some());
        let message = sampling.last_reload_error().unwrap().to_string();
        assert!(message.contains(":2:15: invalid value 5 for"), "{message}");
        assert_eq!(sampling.step_rate().to_bits(), 0.5_f64.to_bits());

        config.remove();
        wait_until("another rejection", || {
            sampling
                .last_reload_error()
                .unwrap()
                .to_string()
                .starts_with("cannot read the configuration file")
        });
        assert_eq!(sampling.step_rate().to_bits(), 0.5_f64.to_bits());

        config.write(steps(0.75));
        wait_for(&sampling, 0.75);
        assert!(sampling.last_reload_error().is_none());
        let after = stats();
        assert_eq!(after.config_reloads - before.config_reloads, 2);
        assert_eq!(
            after.config_reloads_failed - before.config_reloads_failed,
            2,
            "each change is read once"
        );
    });
}

#[test]
fn rates_that_the_program_sets_hold_until_the_file_changes() {
    process::alone(|| {
        let config = ConfigFile::new(steps(0.25));
        let telemetry = watched(&config);
        let sampling = telemetry.sampling();
        let reloads = stats().config_reloads;
        sampling.set(sampling.current().step_rate(1.0)).unwrap();

        // The same content, written again, is no change; the next one is.
        config.write(steps(0.25));
        config.write(format!("# changed\n{}", steps(0.25)));
        wait_for(&sampling, 0.25);
        assert!(sampling.last_reload_error().is_none());
        assert_eq!(stats().config_reloads - reloads, 1);
    });
}

/// Looks at the handle and reloads, once, where an event comes along.
struct Reloading {
    sampling: SamplingHandle,
    has_reloaded: AtomicBool,
}

impl<S: Subscriber> Layer<S> for Reloading {
    fn on_event(&self, _: &Event<'_>, _: Context<'_, S>) {
        if !self.has_reloaded.swap(true, Ordering::Relaxed) {
            assert!(self.sampling.last_reload_error().is_none());
            self.sampling.reload().unwrap();
        }
    }
}

#[test]
fn a_reload_holds_nothing_while_it_is_logged() {
    process::alone(|| {
        let config = ConfigFile::new(steps(0.25));
        let telemetry = Telemetry::builder().config_file(config.path()).console_only().build();
        let sampling = telemetry.as_ref().unwrap().sampling();
        let reloads = stats().config_reloads;
        let reloading = Reloading {
            sampling: sampling.clone(),
            has_reloaded: AtomicBool::new(false),
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(reloading), || {
            sampling.reload().unwrap();
        });
        assert_eq!(stats().config_reloads - reloads, 2);
    });
}

#[test]
fn a_reload_by_hand_is_not_done_again() {
    process::alone(|| {
        let config = ConfigFile::new(steps(0.25));
        let builder = Telemetry::builder().config_file(config.path());
        let telemetry = builder
            .watch_config(Duration::from_hours(1))
            .console_only()
            .build()
            .unwrap();
        config.write(steps(0.5));
        telemetry.sampling().reload().unwrap();
        assert_eq!(telemetry.sampling().step_rate().to_bits(), 0.5_f64.to_bits());
    });
}

/// How many threads of this process watch a file.
#[cfg(target_os = "linux")]
fn watchers() -> usize {
    let threads = std::fs::read_dir("/proc/self/task").unwrap();
    let names = threads.filter_map(|thread| std::fs::read_to_string(thread.ok()?.path().join("comm")).ok());
    // Linux keeps 15 characters of a name.
    names.filter(|name| name.trim_end() == "tasker-span-con").count()
}

#[cfg(target_os = "linux")]
#[test]
fn the_thread_is_there_only_if_asked_for_and_ends_with_the_telemetry() {
    process::alone(|| {
        let config = ConfigFile::new(steps(0.25));
        let unwatched = Telemetry::builder()
            .config_file(config.path())
            .console_only()
            .build()
            .unwrap();
        assert_eq!(watchers(), 0);
        drop(unwatched);

        let long = Duration::from_hours(1);
        let watch = || {
            Telemetry::builder()
                .config_file(config.path())
                .watch_config(long)
                .console_only()
                .build()
                .unwrap()
        };
        let (shut_down, dropped) = (watch(), watch());
        wait_until("both threads", || watchers() == 2);
        let handle = dropped.sampling();
        drop(dropped);
        wait_until("the end after a drop", || watchers() == 1);
        shut_down.shutdown(DEADLINE).unwrap();
        wait_until("the end after a shutdown", || watchers() == 0);
        // A handle that outlives the telemetry still works.
        handle.reload().unwrap();

        config.write("telemetry.enabled = false");
        let disabled = watch();
        assert_eq!(watchers(), 0);
        drop(disabled);
    });
}

/// A reader of a named pipe waits for a writer.
#[cfg(unix)]
#[test]
fn a_named_pipe_in_place_of_the_file_is_refused_until_the_file_is_back() {
    process::alone(|| {
        let config = ConfigFile::new(steps(0.25));
        let telemetry = watched(&config);
        let sampling = telemetry.sampling();
        wait_for(&sampling, 0.25);

        config.remove();
        assert!(Command::new("mkfifo").arg(config.path()).status().unwrap().success());
        let is_refused = |error: &Error| error.to_string().ends_with("it is not a regular file");
        wait_until("a rejection by the watcher", || {
            sampling.last_reload_error().as_ref().is_some_and(is_refused)
        });
        assert!(is_refused(&sampling.reload().unwrap_err()));

        config.write(steps(0.5));
        wait_for(&sampling, 0.5);
        sampling.reload().unwrap();
    });
}
