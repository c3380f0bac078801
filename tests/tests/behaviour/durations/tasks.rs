//! The durations of tasks: once for each, where it reaches a terminal state.

use super::*;

const TASKS: &str = "tasker.task.duration";

fn rates() -> [Sampling; 3] {
    [
        Sampling::new(),
        Sampling::new().task_rate(0.0),
        Sampling::new().task_rate(0.0).discard_errors(),
    ]
}

fn of(outcome: &str) -> String {
    format!("namespace=payments outcome={outcome} task_name=order_fulfillment")
}

#[test]
fn a_task_ends_with_its_terminal_transition() {
    process::alone_each(rates(), |sampling| {
        let metrics = Metrics::new();
        let _capture = sampling::at(sampling);
        let began = Instant::now();
        for (state, tasks) in [
            ("complete", 1),
            ("error", 2),
            ("cancelled", 3),
            ("resolved_manually", 4),
        ] {
            for _ in 0..tasks {
                let task = Task::default();
                begin(&task);
                transition(&task, "evaluating_results", state, || ());
                // It has ended, and is only resolved.
                transition(&task, "error", "resolved_manually", || ());
                // The same message again.
                transition(&task, "evaluating_results", state, || ());
            }
        }
        let expected = counter([
            (of("success"), 1),
            (format!("error.type=task_error {}", of("error")), 2),
            (of("cancelled"), 3),
            (of("resolved_manually"), 4),
        ]);
        let (collected, around) = (metrics.collect(), began.elapsed().as_secs_f64());
        assert_eq!(collected.counts(TASKS), expected);
        // They were created so long ago.
        for series in collected.histogram(TASKS).values() {
            let each = series.sum / f64::from(u32::try_from(series.count).unwrap());
            assert_between(each, 90.0, 90.0 + around);
        }
    });
}

#[test]
fn a_transition_that_fails_ends_no_task() {
    #[task_span("task.state_transition", from = "evaluating_results", to = "complete")]
    fn try_complete(task: &Task) -> Result<(), &'static str> {
        Err("conflict")
    }

    process::alone(|| {
        let metrics = Metrics::new();
        let _capture = no_tasks();
        let task = Task::default();
        assert!(try_complete(&task).is_err());
        assert_eq!(metrics.collect().counts(TASKS), Counter::new());
        complete(&task);
        assert_eq!(metrics.collect().counts(TASKS), counter([(of("success"), 1)]));
    });
}

#[test]
fn a_driver_measures_what_no_transition_has() {
    #[task_span("task.orchestration")]
    fn drive(task: &Task, ends: bool) -> Result<(), Failure> {
        if ends {
            complete(task);
            return Ok(());
        }
        Err(Failure::new("no_steps"))
    }

    process::alone_each(rates(), |sampling| {
        let metrics = Metrics::new();
        let _capture = sampling::at(sampling);
        let _ = drive(&Task::default(), true);
        let _ = drive(&Task::default(), false);
        orchestrate(&Task::default(), || ());
        let expected = counter([(of("success"), 2), (format!("error.type=no_steps {}", of("error")), 1)]);
        assert_eq!(metrics.collect().counts(TASKS), expected);
    });
}

#[test]
fn a_recorded_transition_ends_its_task_when_it_happened() {
    process::alone_each(rates(), |sampling| {
        let metrics = Metrics::new();
        let _capture = sampling::at(sampling);
        let task = Task::default();
        let at = task.created_at + Duration::from_secs(40);
        record_transition(&task, "steps_in_process", "error", at);
        record_transition(&task, "steps_in_process", "error", at);
        let (attributes, series) = metrics.histogram(TASKS).into_iter().next().unwrap();
        assert_eq!(attributes, format!("error.type=task_error {}", of("error")));
        assert!(series.count == 1 && (series.sum - 40.0).abs() < 0.001, "{series:?}");
    });
}

#[test]
fn without_a_start_it_lasts_since_the_process_has_seen_it() {
    #[derive(SpanFields)]
    struct Row {
        task_uuid: Uuid,
        correlation_id: Uuid,
        namespace: &'static str,
    }

    #[task_span("task.state_transition", task = row, from = from, to = to)]
    fn transition(row: &Row, from: &str, to: &str) {}

    process::alone_each([0.0, 1.0], |rate| {
        let metrics = Metrics::new();
        let _capture = sampling::at(Sampling::new().task_rate(rate));
        let (id, began) = (Uuid::now_v7(), Instant::now());
        let row = Row {
            task_uuid: id,
            correlation_id: id,
            namespace: "payments",
        };
        transition(&row, "pending", "initializing");
        thread::sleep(Duration::from_millis(20));
        transition(&row, "evaluating_results", "complete");
        let around = began.elapsed().as_secs_f64();
        let (attributes, series) = metrics.histogram(TASKS).into_iter().next().unwrap();
        assert_eq!(attributes, "namespace=payments outcome=success");
        assert_eq!(series.count, 1);
        assert_between(series.sum, 0.02, around);
    });
}
