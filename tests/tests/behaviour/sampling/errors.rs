//! Failed spans are exported wherever they are unsampled, all of them and with their whole path.

use std::sync::atomic::{AtomicBool, Ordering};

use tasker_span_tests::prelude::*;

const MANY: usize = 1_000;

/// The trace context of an unsampled span in another process.
fn unsampled(trace_id: u128, span_id: u64) -> TraceContext {
    let traceparent = format!("00-{trace_id:032x}-{span_id:016x}-00");
    TraceContext::from_headers(Some(&traceparent), None)
}

/// The task is not known before it is created.
#[task_span("task.creation", within = "task.orchestration", correlation_id = Uuid::max(), namespace = "payments", late(task_uuid))]
fn create(created: Option<Uuid>) -> Result<(), &'static str> {
    if let Some(task_uuid) = created {
        span_record!(task_uuid = task_uuid);
    }
    Err("refused")
}

fn errors(capture: &Capture) -> usize {
    let spans = capture.spans();
    assert!(
        spans.iter().all(|span| span.text("tasker.violation").is_none()),
        "{spans:?}"
    );
    spans.filter(CapturedSpan::is_error).len()
}

#[test]
fn a_failed_span_in_an_unsampled_context_of_its_trace_is_exported() {
    let capture = no_tasks();
    for count in 0..MANY {
        let task = Task::default();
        let _caller = unsampled(task.trace_id().to_u128(), 0xbb + count as u64)
            .context()
            .attach();
        execute(&task, &task.step(), fail);
    }
    assert_eq!(errors(&capture), MANY);
}

#[test]
fn a_failed_span_that_creates_its_task_for_an_unsampled_request_is_exported() {
    let capture = no_tasks();
    for count in 0..MANY {
        let _request = unsampled(0xaa + count as u128, 0xbb).context().attach();
        create((count % 2 == 0).then(Uuid::now_v7)).unwrap_err();
    }
    assert_eq!(capture.spans().filter(CapturedSpan::is_error).len(), MANY);
}

#[test]
fn a_failed_span_that_creates_its_task_is_exported_at_a_low_rate() {
    let capture = sampling::at(Sampling::new().task_rate(0.01));
    for count in 0..MANY {
        create((count % 2 == 0).then(Uuid::now_v7)).unwrap_err();
    }
    assert_eq!(capture.spans().filter(CapturedSpan::is_error).len(), MANY);
}

#[test]
fn an_error_deep_inside_exports_its_whole_path() {
    fn descend(depth: usize) {
        if depth == 0 {
            fail();
        } else {
            handle(|| descend(depth - 1));
        }
    }

    for start in [no_tasks, no_steps] {
        let capture = start();
        let task = Task::default();
        orchestrate(&task, || execute(&task, &task.step(), || descend(200)));
        let spans = capture.spans();
        let mut span = spans.filter(CapturedSpan::is_error).one();
        let mut path = vec![span.name().to_owned()];
        while let Some(parent) = span.parent_span_id() {
            span = spans.filter(|span| span.span_id() == parent).one();
            path.insert(0, span.name().to_owned());
        }
        assert_eq!(path.len(), 203);
        assert_eq!(path[..3], ["task.orchestration", "step.execution", "handler.execution"]);
        assert_eq!(spans.len(), path.len(), "each span is exported once");
        assert_eq!(span.span_id(), task.root_id());
    }
}

#[test]
fn no_failed_span_is_lost_while_rates_change() {
    const THREADS: usize = 3;
    const SPANS: usize = 13_000;

    #[step_span("step.execution")]
    fn try_execute(task: &Task, step: &Step) -> Result<(), &'static str> {
        Err("declined")
    }

    let capture = Capture::start();
    let is_done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let work = || {
            capture.run(|| {
                for _ in 0..SPANS {
                    let task = Task::default();
                    try_execute(&task, &task.step()).unwrap_err();
                }
            });
        };
        let works = [(); THREADS].map(|()| threads.spawn(work));
        threads.spawn(|| {
            for rate in [0.0, 1.0, 0.5, 0.01].into_iter().cycle() {
                if is_done.load(Ordering::Relaxed) {
                    break;
                }
                capture.set_sampling(&Sampling::new().task_rate(rate).step_rate(1.0 - rate));
                std::thread::yield_now();
            }
        });
        for work in works {
            work.join().unwrap();
        }
        is_done.store(true, Ordering::Relaxed);
    });
    assert_eq!(capture.spans().filter(CapturedSpan::is_error).len(), THREADS * SPANS);
}

/// By recursion, it would overflow the stack.
#[test]
fn a_late_failure_has_a_long_chain_of_ended_spans_exported() {
    const SPANS: usize = 20_000;
    let capture = no_steps();
    let task = Task::default();
    let step = task.step();
    let mut entered = vec![step_scope!("step.execution", step = step, task = task).enter()];
    entered.extend((1..SPANS).map(|_| step_scope!("handler.execution", step = step, task = task).enter()));
    let work = in_current_scope(fail);
    while let Some(innermost) = entered.pop() {
        drop(innermost);
    }
    assert!(capture.spans().is_empty());
    work();
    assert_eq!(capture.spans().len(), SPANS + 1);
}
