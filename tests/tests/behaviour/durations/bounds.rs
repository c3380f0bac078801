//! The memory of histograms is bounded, whatever names the input has.

use super::*;

const OVERFLOW: &str = "otel.metric.overflow=true";

#[test]
fn handlers_beyond_the_bound_share_a_series() {
    const HANDLERS: u64 = 10_000;
    process::alone(|| {
        let metrics = Metrics::new();
        let _capture = no_steps();
        let task = Task::default();
        for round in 0..2 {
            for handler in 0..HANDLERS {
                let mut step = task.step();
                step.handler = format!("handler_{handler}");
                execute(&task, &step, || ());
            }
            let collected = metrics.collect();
            let counts = collected.counts(STEPS);
            let all = (round + 1) * HANDLERS;
            assert_eq!((counts.len(), counts.values().sum::<u64>()), (2_000, all));
            assert_eq!(counts[OVERFLOW], all - (round + 1) * 1_999);
            assert_eq!(stats().durations_over_limit, counts[OVERFLOW]);
            let counted = &collected.counters["tasker.span.durations_over_limit"];
            assert_eq!(counted.values().sum::<u64>(), counts[OVERFLOW]);
        }
        // Other histograms have their own bound.
        let step = task.step();
        execute(&task, &step, || handle(|| ()));
        let counts = metrics.collect().counts(super::HANDLERS);
        assert_eq!(counts.into_values().collect::<Vec<_>>(), [1]);
    });
}

#[test]
fn types_of_errors_leave_room_for_names() {
    #[step_span("step.execution")]
    fn fail(task: &Task, step: &Step, error_type: String) -> Result<(), Failure> {
        Err(Failure::new(error_type))
    }

    process::alone(|| {
        let metrics = Metrics::new();
        let _capture = no_steps();
        let task = Task::default();
        for number in 0..20_000 {
            let _ = fail(&task, &task.step(), format!("{number} is no amount"));
        }
        for handler in 0..1_000 {
            let mut step = task.step();
            step.handler = format!("handler_{handler}");
            execute(&task, &step, || handle(|| ()));
        }
        let collected = metrics.collect();
        assert_eq!(collected.counts(STEPS).len(), 2_000);
        assert_eq!(collected.counts(super::HANDLERS).len(), 1_000);
    });
}

#[test]
fn long_names_are_cut() {
    process::alone(|| {
        let metrics = Metrics::new();
        let _capture = no_steps();
        let task = Task::default();
        let mut step = task.step();
        step.handler = "x".repeat(10_000);
        execute(&task, &step, || ());
        let attributes = metrics.collect().counts(STEPS).into_keys().next().unwrap();
        let name = "x".repeat(256);
        assert_eq!(
            attributes,
            format!("handler_name={name} namespace=payments outcome=success")
        );
    });
}
