//! An unsampled span allocates nothing, and leaves nothing behind.

use std::time::Duration;

use allocation_counter::AllocationInfo;
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

const HOUR: Duration = Duration::from_hours(1);

#[step_span("step.execution")]
fn try_execute(task: &Task, step: &Step, work: impl FnOnce()) -> Result<(), String> {
    work();
    Ok(())
}

#[step_span("handler.execution", inherit)]
fn try_handle_and_submit() -> Result<u32, String> {
    submit_with_fields("a region of 24 bytes here");
    Ok(1)
}

#[step_span("result.submission", inherit, fields(size = 3, region = region, listed = ?region, id = Uuid::max()))]
fn submit_with_fields(region: &str) {
    tracing::info!("submitted");
}

#[step_span("handler.execution", inherit)]
async fn handle_async() {
    tokio::task::yield_now().await;
}

/// The allocations of `work` in so many rounds, each with a new step, after it has run for a while.
fn measure(rounds: u32, mut work: impl FnMut(&Task, &Step)) -> AllocationInfo {
    let task = Task::of("a name of 23 bytes here");
    let mut step = Step {
        handler: "another one of 23 bytes".to_owned(),
        ..task.step()
    };
    let mut run = |rounds: std::ops::Range<u32>| {
        for round in rounds {
            step.workflow_step_uuid =
                Uuid::from_u128(task.task_uuid.as_u128() ^ (u128::from(round + 1) * 0x1_0000_0001));
            work(&task, &step);
        }
    };
    run(0..64);
    allocation_counter::measure(|| run(64..64 + rounds))
}

fn assert_no_allocation(work: impl FnMut(&Task, &Step)) {
    assert_eq!(measure(1000, work).count_total, 0);
}

#[test]
fn functions_and_futures_allocate_nothing() {
    process::alone(|| {
        for sampling in [
            Sampling::new().step_rate(0.0),
            Sampling::new().task_rate(0.0),
            Sampling::new().namespace_rate("a name of 23 bytes here", 0.0),
            Sampling::new().step_rate(0.0).slower_than(HOUR),
            Sampling::new()
                .task_rate(0.0)
                .namespace_slower_than("a name of 23 bytes here", HOUR)
                .handler_slower_than("another one of 23 bytes", HOUR),
        ] {
            let capture = sampling::at(sampling);
            assert_no_allocation(|task, step| try_execute(task, step, || ()).unwrap());
            assert_no_allocation(|task, step| try_execute(task, step, || drop(try_handle_and_submit())).unwrap());
            assert_no_allocation(|task, step| finish(execute_async(task, step, handle_async())));
            assert!(capture.spans().is_empty());
        }
        let capture = no_tasks();
        assert_no_allocation(|task, _| enqueue(task, || ()));
        assert!(capture.spans().is_empty());
    });
}

#[test]
fn inside_a_sampled_span_nothing_is_allocated_either() {
    process::alone(|| {
        let capture = no_steps();
        let task = Task::default();
        tracing::info_span!("worker").in_scope(|| {
            orchestrate(&task, || {
                assert_no_allocation(|_, step| try_execute(&task, step, || drop(try_handle_and_submit())).unwrap());
            });
        });
        assert_eq!(capture.spans().len(), 2);
    });
}

#[test]
fn spans_beyond_the_capacity_of_every_cache_leave_nothing_behind() {
    process::alone(|| {
        let capture = no_steps();
        let allocated = measure(50_000, |task, step| {
            // Each step is of another task, with two attempts of two spans each.
            let task = Task {
                task_uuid: step.workflow_step_uuid,
                namespace_name: task.namespace_name.clone(),
                task_name: String::new(),
                ..*task
            };
            for attempt in 1..=2 {
                let step = Step {
                    task_uuid: task.task_uuid,
                    ..step.attempt(attempt)
                };
                try_execute(&task, &step, || drop(try_handle_and_submit())).unwrap();
            }
        });
        assert_eq!(allocated.bytes_current, 0);
        assert!(capture.spans().is_empty());
    });
}
