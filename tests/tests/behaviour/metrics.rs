//! The counts as OpenTelemetry metrics, collected by the SDK.

use std::time::Duration;

use tasker_span_runtime::Stats;
use tasker_span_tests::metrics::Metrics;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

#[test]
fn a_meter_collects_the_counts() {
    #[step_span("step.execution")]
    fn execute(task: &Task, step: &Step, fails: bool) -> Result<(), &'static str> {
        if fails { Err("declined") } else { Ok(()) }
    }

    process::alone(|| {
        let metrics = Metrics::new();
        let sampling = Sampling::new()
            .step_rate(0.0)
            .namespace_rate("payments", 1.0)
            .namespace_slower_than("analytics", Duration::ZERO);
        let capture = sampling::at(sampling);
        for task in [Task::of("payments"), Task::of("analytics")] {
            for n in 0..30 {
                let _ = execute(&task, &task.step(), n < 7);
            }
        }
        drop(capture);

        let collected = metrics.collect().counters;
        let of = |counter: &str, attributes: &str| collected[counter].get(attributes).copied();
        assert_eq!(of("tasker.span.steps", "decision=sampled namespace=payments"), Some(30));
        assert_eq!(
            of("tasker.span.steps", "decision=unsampled namespace=payments"),
            Some(0)
        );
        assert_eq!(
            of("tasker.span.steps", "decision=unsampled namespace=analytics"),
            Some(30)
        );
        assert_eq!(of("tasker.span.steps", "decision=unsampled"), Some(0));
        assert_eq!(of("tasker.span.steps_sampled_by_error", "namespace=analytics"), Some(7));
        assert_eq!(of("tasker.span.steps_sampled_by_error", "namespace=payments"), Some(0));
        assert_eq!(
            of("tasker.span.steps_sampled_by_slowness", "namespace=analytics"),
            Some(23)
        );
        assert_eq!(
            of("tasker.span.steps_sampled_by_slowness", "namespace=payments"),
            Some(0)
        );
        assert_eq!(of("tasker.span.spans_started", ""), Some(30));
        assert_eq!(of("tasker.span.spans_failed", ""), Some(14));
        assert_eq!(of("tasker.span.spans_sampled_by_error", ""), Some(7));
        assert_eq!(of("tasker.span.spans_sampled_by_slowness", ""), Some(23));

        // Every field of `Stats` is a counter, except those that have attributes.
        let stats = format!("{:?}", Stats::default());
        let fields = stats.split_once('{').unwrap().1.split(',');
        let fields = fields.map(|field| field.split(':').next().unwrap().trim());
        let missing: Vec<_> = fields
            .filter(|field| !collected.contains_key(&format!("tasker.span.{field}")))
            .collect();
        assert_eq!(missing, ["steps_sampled", "steps_unsampled", "namespaces"]);
    });
}
