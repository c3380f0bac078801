//! `Instruments`: the histograms of one meter, with their names and buckets.

use opentelemetry::metrics::{Histogram, Meter};

use super::measurement::Measured;

pub(super) struct Instruments([Histogram<f64>; Measured::ALL.len()]);

/// In seconds: a step waits for databases and other services, a task for its steps, its retries and people.
const OF_STEPS: &[f64] = &[
    0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0,
];
const OF_TASKS: &[f64] = &[
    0.05, 0.1, 0.5, 1.0, 5.0, 10.0, 30.0, 60.0, 300.0, 600.0, 1_800.0, 3_600.0, 14_400.0, 86_400.0,
];

impl Instruments {
    pub(super) fn new(meter: &Meter) -> Self {
        Self(Measured::ALL.map(|measured| {
            let (name, description, boundaries) = match measured {
                Measured::Step => ("tasker.step.duration", "How long executions of steps took.", OF_STEPS),
                Measured::Handler => ("tasker.handler.duration", "How long handlers took.", OF_STEPS),
                Measured::QueueTime => (
                    "tasker.step.queue_time",
                    "How long messages of steps waited in their queues.",
                    OF_STEPS,
                ),
                Measured::Task => (
                    "tasker.task.duration",
                    "How long tasks took, from their start to their terminal state.",
                    OF_TASKS,
                ),
            };
            meter
                .f64_histogram(name)
                .with_unit("s")
                .with_description(description)
                .with_boundaries(boundaries.to_vec())
                .build()
        }))
    }

    pub(super) fn of(&self, measured: Measured) -> &Histogram<f64> {
        &self.0[measured as usize]
    }
}
