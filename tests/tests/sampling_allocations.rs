//! A dropped span allocates nothing, and leaves nothing behind.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use allocation_counter::AllocationInfo;
use tasker_span_runtime::testing::Capture;
use tasker_span_runtime::{Sampling, Uuid, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};

#[step_span("step.execution")]
fn execute(task: &Task, step: &Step, work: impl FnOnce()) -> Result<(), String> {
    work();
    Ok(())
}

#[step_span("handler.execution", inherit)]
fn handle() -> Result<u32, String> {
    submit();
    Ok(1)
}

#[step_span("result.submission", inherit, fields(size = 3))]
fn submit() {
    tracing::info!("submitted");
}

#[step_span("step.execution")]
async fn execute_async(task: &Task, step: &Step) -> Result<(), String> {
    handle_async().await;
    Ok(())
}

#[step_span("handler.execution", inherit)]
async fn handle_async() {
    let mut is_ready = false;
    std::future::poll_fn(|_| {
        if std::mem::replace(&mut is_ready, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

#[task_span("task.state_transition", from = "enqueuing_steps", to = "steps_in_process")]
fn transition(task: &Task) {}

fn finish<R>(future: impl Future<Output = R>) -> R {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(ready) = future.as_mut().poll(&mut context) {
            return ready;
        }
    }
}

/// What `work` allocates in so many rounds, each with a new step, once it has been running for a while.
fn measure(rounds: u32, mut work: impl FnMut(&Task, &Step)) -> AllocationInfo {
    let task = Task {
        namespace_name: "a name of 23 bytes here".to_owned(),
        ..Task::default()
    };
    let mut step = Step {
        handler: "another one of 23 bytes".to_owned(),
        ..task.step()
    };
    let mut run = |rounds: std::ops::Range<u32>| {
        for round in rounds {
            step.workflow_step_uuid = Uuid::from_u128(u128::from(round + 1) * 0x1_0000_0001);
            work(&task, &step);
        }
    };
    run(0..64);
    allocation_counter::measure(|| run(64..64 + rounds))
}

fn allocations(rounds: u32, work: impl FnMut(&Task, &Step)) -> u64 {
    measure(rounds, work).count_total
}

fn dropping() -> [Sampling; 3] {
    [
        Sampling::new().step_rate(0.0),
        Sampling::new().task_rate(0.0),
        Sampling::new().namespace_rate("a name of 23 bytes here", 0.0),
    ]
}

#[test]
fn functions_allocate_nothing() {
    for sampling in dropping() {
        let capture = Capture::builder().sampling(sampling).start();
        assert_eq!(allocations(1000, |task, step| execute(task, step, || ()).unwrap()), 0);
        assert_eq!(
            allocations(1000, |task, step| execute(task, step, || drop(handle())).unwrap()),
            0
        );
        assert!(capture.spans().is_empty());
    }
}

#[test]
fn async_functions_allocate_nothing() {
    for sampling in dropping() {
        let capture = Capture::builder().sampling(sampling).start();
        assert_eq!(
            allocations(1000, |task, step| finish(execute_async(task, step)).unwrap()),
            0
        );
        assert!(capture.spans().is_empty());
    }
}

#[test]
fn task_spans_allocate_nothing() {
    let capture = Capture::builder().sampling(Sampling::new().task_rate(0.0)).start();
    assert_eq!(allocations(1000, |task, _| transition(task)), 0);
    assert!(capture.spans().is_empty());
}

#[test]
fn inside_of_a_kept_span_nothing_is_allocated_either() {
    #[task_span("task.orchestration")]
    fn drive(task: &Task, work: impl FnOnce()) {
        work();
    }
    let capture = Capture::builder().sampling(Sampling::new().step_rate(0.0)).start();
    let task = Task::default();
    let around = tracing::info_span!("worker").entered();
    drive(&task, || {
        assert_eq!(
            allocations(1000, |_, step| execute(&task, step, || drop(handle())).unwrap()),
            0
        );
    });
    drop(around);
    assert_eq!(capture.spans().len(), 2);
}

#[test]
fn a_million_dropped_scopes_leave_nothing_behind() {
    let capture = Capture::builder().sampling(Sampling::new().step_rate(0.0)).start();
    let allocated = measure(250_000, |task, step| {
        // Each step of a task of its own, with two attempts, of two spans each.
        let task = Task {
            task_uuid: step.workflow_step_uuid,
            namespace_name: task.namespace_name.clone(),
            task_name: String::new(),
            ..*task
        };
        for attempts in 1..=2 {
            let step = Step {
                task_uuid: task.task_uuid,
                handler: step.handler.clone(),
                attempts,
                ..*step
            };
            execute(&task, &step, || drop(handle())).unwrap();
        }
    });
    assert_eq!(allocated.bytes_current, 0);
    assert!(capture.spans().is_empty());
}
