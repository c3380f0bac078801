//! Meters of the program's own, which panic, end spans or collect while a duration is recorded.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Histogram, HistogramBuilder, InstrumentProvider, Meter, SyncInstrument};
use tasker_span_runtime::otel::register_metrics;
use tasker_span_runtime::{Console, Telemetry};
use tasker_span_tests::calls::execute;
use tasker_span_tests::fixture::Task;
use tasker_span_tests::metrics::Metrics;
use tasker_span_tests::process;

use crate::under;

const STEPS: u64 = 5_000;

struct Own(Arc<Act>);

struct Act {
    records: AtomicU64,
    act: fn(),
}

impl InstrumentProvider for Own {
    fn f64_histogram(&self, _: HistogramBuilder<'_, Histogram<f64>>) -> Histogram<f64> {
        Histogram::new(self.0.clone())
    }
}

impl SyncInstrument<f64> for Act {
    fn measure(&self, _: f64, _: &[KeyValue]) {
        self.records.fetch_add(1, Ordering::Relaxed);
        (self.act)();
    }
}

/// Registers such a meter before one of the SDK, and ends steps on four threads. Returns what each has counted.
fn count(act: fn()) -> [u64; 2] {
    let own = Arc::new(Act {
        records: AtomicU64::new(0),
        act,
    });
    register_metrics(&Meter::new(Arc::new(Own(Arc::clone(&own)))));
    let metrics = Metrics::new();
    let telemetry = telemetry();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| end_steps(&telemetry, STEPS / 4));
        }
    });
    let counts = metrics.collect().counts("tasker.step.duration");
    [own.records.load(Ordering::Relaxed), counts.into_values().sum()]
}

fn telemetry() -> Telemetry {
    Telemetry::builder()
        .console(Console::Off)
        .console_only()
        .build()
        .unwrap()
}

fn end_steps(telemetry: &Telemetry, steps: u64) {
    under(telemetry, || {
        let task = Task::default();
        (0..steps).for_each(|_| execute(&task, &task.step(), || ()));
    });
}

#[test]
fn a_meter_that_panics_costs_no_other_its_durations() {
    process::alone(|| {
        let act = || std::panic::resume_unwind(Box::new("a fault"));
        assert_eq!(count(act), [STEPS; 2]);
    });
}

/// Its own spans are not measured: this would have no end.
#[test]
fn a_meter_may_end_spans() {
    process::alone(|| {
        static TELEMETRY: LazyLock<Telemetry> = LazyLock::new(telemetry);
        let act = || end_steps(&TELEMETRY, 3);
        assert_eq!(count(act), [STEPS; 2]);
    });
}
