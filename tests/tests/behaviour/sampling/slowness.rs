//! Slow spans are exported wherever they are unsampled, with their whole path. No test waits: a duration of zero makes every
//! span slow, and one of an hour none.

use std::time::Duration;

use tasker_span_tests::prelude::*;

const HOUR: Duration = Duration::from_hours(1);

/// No step is sampled, and what lasts so long is.
fn slower_than(duration: Duration) -> Sampling {
    Sampling::new().step_rate(0.0).slower_than(duration)
}

/// The names of the exported spans and the reasons, in the order of their starts.
fn exported(capture: &Capture) -> Vec<(String, Option<String>)> {
    let by = |span: &CapturedSpan| {
        (
            span.name().to_owned(),
            span.text("tasker.sampled_by").map(str::to_owned),
        )
    };
    let mut spans: Vec<_> = capture.spans().iter().map(|span| (span.start(), by(span))).collect();
    spans.sort_by_key(|(start, _)| *start);
    spans.into_iter().map(|(_, by)| by).collect()
}

fn run(capture: &Capture, task: &Task, step: &Step, work: impl FnOnce()) -> Vec<(String, Option<String>)> {
    execute(task, step, work);
    exported(capture)
}

/// What a step with a handler exports if its spans are slow.
fn slow() -> Vec<(String, Option<String>)> {
    expected(&[("step.execution", "slow"), ("handler.execution", "slow")])
}

fn expected(spans: &[(&str, &str)]) -> Vec<(String, Option<String>)> {
    let spans = spans.iter();
    spans
        .map(|(name, by)| ((*name).to_owned(), Some((*by).to_owned())))
        .collect()
}

#[test]
fn a_slow_span_is_exported_and_a_quick_one_is_not() {
    let task = Task::default();
    let capture = sampling::at(slower_than(Duration::ZERO));
    assert_eq!(run(&capture, &task, &task.step(), || handle(|| ())), slow());
    for span in &capture.spans() {
        assert_eq!(span.tracestate(), "", "no probability selected it");
        assert!(!span.is_error());
    }
    for quick in [slower_than(HOUR), Sampling::new().step_rate(0.0)] {
        let capture = sampling::at(quick);
        assert_eq!(run(&capture, &task, &task.step(), || handle(|| ())), []);
    }
}

#[test]
fn the_handler_wins_over_its_namespace_and_that_over_all() {
    let zero = Duration::ZERO;
    let task = Task::of("payments");
    let step = task.step();
    let handler = step.handler.as_str();
    for (sampling, is_slow) in [
        (slower_than(HOUR).namespace_slower_than("payments", zero), true),
        (slower_than(HOUR).namespace_slower_than("orders", zero), false),
        (slower_than(HOUR).handler_slower_than(handler, zero), true),
        (slower_than(HOUR).handler_slower_than("another", zero), false),
        (slower_than(zero).namespace_slower_than("payments", HOUR), false),
        (slower_than(zero).handler_slower_than(handler, HOUR), false),
        (
            slower_than(zero)
                .namespace_slower_than("payments", HOUR)
                .handler_slower_than(handler, zero),
            true,
        ),
        (Sampling::new().step_rate(0.0).handler_slower_than(handler, zero), true),
    ] {
        for sampling in [sampling.clone(), sampling.task_rate(0.0)] {
            let capture = sampling::at(sampling);
            let is_exported = run(&capture, &task, &task.step(), || handle(|| ())) == slow();
            assert_eq!(is_exported, is_slow);
        }
    }
}

/// Its own namespace has another duration.
#[test]
fn the_ancestors_of_a_slow_span_are_exported_with_it() {
    let capture = sampling::at(
        Sampling::new()
            .task_rate(0.0)
            .slower_than(HOUR)
            .handler_slower_than("charge_payment", Duration::ZERO),
    );
    let task = Task::default();
    orchestrate(&task, || {
        discover(&task);
        execute(
            &task,
            &Step {
                handler: "another".to_owned(),
                ..task.step()
            },
            || handle(|| ()),
        );
        execute(&task, &task.step(), || handle(|| ()));
    });
    capture.assert_complete();
    assert_eq!(
        exported(&capture),
        expected(&[
            ("task.orchestration", "slow"),
            ("step.execution", "slow"),
            ("handler.execution", "slow")
        ])
    );
    let spans = capture.spans();
    assert_eq!(spans.named("task.orchestration").one().span_id(), task.root_id());
}

#[test]
fn an_error_is_the_stronger_reason() {
    let capture = sampling::at(slower_than(Duration::ZERO));
    let task = Task::default();
    let work = || {
        submit(|| ());
        fail();
    };
    assert_eq!(
        run(&capture, &task, &task.step(), work),
        expected(&[
            ("step.execution", "error"),
            ("result.submission", "slow"),
            ("handler.execution", "error")
        ])
    );

    capture.clear();
    capture.set_sampling(&slower_than(Duration::ZERO).discard_errors());
    assert_eq!(run(&capture, &task, &task.step(), fail), slow());
    assert!(capture.spans().named("handler.execution").one().is_error());
}

#[test]
fn a_sampled_span_is_not_marked() {
    let capture = sampling::at(Sampling::new().slower_than(Duration::ZERO));
    let task = Task::default();
    execute(&task, &task.step(), || handle(|| ()));
    assert!(
        capture
            .spans()
            .iter()
            .all(|span| span.text("tasker.sampled_by").is_none())
    );
}

#[test]
fn a_slow_future_is_exported_cancelled_or_not() {
    let capture = sampling::at(slower_than(Duration::ZERO).discard_errors());
    let task = Task::default();
    finish(execute_async(&task, &task.step(), async {}));
    cancel(execute_async(&task, &task.step(), std::future::pending::<()>()));
    assert_eq!(
        exported(&capture),
        expected(&[("step.execution", "slow"), ("step.execution", "slow")])
    );
}

#[test]
fn a_slow_span_that_lost_its_execution_has_it_exported() {
    let sampling = Sampling::new()
        .step_rate(0.0)
        .handler_slower_than("late", Duration::ZERO);
    let capture = sampling::at(sampling);
    let task = Task::default();
    let step = task.step();
    let late = Step {
        handler: "late".to_owned(),
        ..step.clone()
    };
    let lost =
        || std::thread::scope(|threads| drop(threads.spawn(|| capture.run(|| handle_step(&task, &late, || ())))));
    execute(&task, &step, lost);
    capture.assert_complete();
    assert_eq!(exported(&capture), slow());
    let [execution, handler] = ["step.execution", "handler.execution"].map(|name| capture.spans().named(name).one());
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
}

#[test]
fn an_unsampled_task_exports_a_root_for_what_was_slow_and_says_why() {
    let sampling = |by: Duration| Sampling::new().task_rate(0.0).slower_than(by);
    let task = Task::default();
    let work = |capture: &Capture, work: &dyn Fn()| {
        begin(&task);
        execute(&task, &task.step(), work);
        complete(&task);
        let roots = capture.spans().named("task.orchestration");
        roots
            .iter()
            .map(|root| root.text("tasker.sampled_by").map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let by = |reason: &str| vec![Some(reason.to_owned())];
    assert_eq!(work(&sampling::at(sampling(HOUR)), &|| ()), []);
    // The task began 90 seconds ago, its spans are quick.
    let minute = sampling(Duration::from_mins(1));
    let capture = sampling::at(minute.clone());
    assert_eq!(work(&capture, &|| ()), by("slow"));
    assert_eq!(capture.spans().len(), 1);
    let capture = sampling::at(sampling(HOUR).handler_slower_than("charge_payment", Duration::ZERO));
    assert_eq!(work(&capture, &|| ()), by("slow"));
    assert_eq!(work(&sampling::at(sampling(Duration::ZERO)), &fail), by("error"));
    assert_eq!(work(&sampling::at(minute), &fail), by("error"));
}

/// The task is not known before it is created.
#[test]
fn a_slow_span_that_creates_its_task_is_exported() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = Uuid::max(), namespace = "payments", late(task_uuid))]
    fn create(task_uuid: Uuid) {
        span_record!(task_uuid = task_uuid);
    }

    let capture = no_tasks();
    create(Uuid::now_v7());
    assert_eq!(exported(&capture), []);
    for sampling in [
        Sampling::new().slower_than(Duration::ZERO),
        Sampling::new()
            .slower_than(HOUR)
            .namespace_slower_than("payments", Duration::ZERO),
    ] {
        capture.set_sampling(&sampling.task_rate(0.0));
        create(Uuid::now_v7());
        assert_eq!(exported(&capture), expected(&[("task.creation", "slow")]));
        capture.clear();
    }
}

#[test]
fn running_spans_keep_their_duration() {
    let capture = sampling::at(slower_than(HOUR));
    let task = Task::default();
    execute(&task, &task.step(), || {
        capture.set_sampling(&slower_than(Duration::ZERO));
        handle(|| ());
    });
    assert_eq!(exported(&capture), []);
    execute(&task, &task.step(), || {
        capture.set_sampling(&slower_than(HOUR));
        handle(|| ());
    });
    assert_eq!(exported(&capture), slow());
}

/// By recursion, it would overflow the stack.
#[test]
fn a_slow_span_has_a_long_chain_of_ended_spans_exported() {
    const SPANS: usize = 20_000;
    let capture = sampling::at(slower_than(HOUR).handler_slower_than("late", Duration::ZERO));
    let task = Task::default();
    let step = task.step();
    let late = Step {
        handler: "late".to_owned(),
        ..step.clone()
    };
    let mut entered = vec![step_scope!("step.execution", step = step, task = task).enter()];
    entered.extend((1..SPANS).map(|_| step_scope!("handler.execution", step = step, task = task).enter()));
    let work = in_current_scope(|| handle_step(&task, &late, || ()));
    while let Some(innermost) = entered.pop() {
        drop(innermost);
    }
    assert!(capture.spans().is_empty());
    work();
    assert_eq!(capture.spans().len(), SPANS + 1);
}

/// The spans that the work had ended by the time it was slow are what they were: failed, or cancelled.
#[test]
fn an_ended_ancestor_of_slow_work_keeps_its_outcome() {
    #[step_span("step.execution")]
    fn refuse(task: &Task, step: &Step, work: impl FnOnce()) -> Result<(), &'static str> {
        work();
        Err("refused")
    }

    let sampling = slower_than(HOUR).handler_slower_than("late", Duration::ZERO);
    let capture = sampling::at(sampling.discard_errors());
    let task = Task::default();
    let execution_of = |run: &dyn Fn(&Step, &mut dyn FnMut())| {
        capture.clear();
        let step = task.step();
        let late = Step {
            handler: "late".to_owned(),
            ..step.clone()
        };
        let mut slow = None;
        run(&step, &mut || {
            slow = Some(in_current_scope(|| handle_step(&task, &late, || ())));
        });
        assert!(capture.spans().is_empty());
        slow.unwrap()();
        assert_eq!(exported(&capture), self::slow());
        capture.spans().named("step.execution").one()
    };
    let refused = execution_of(&|step, spawn| {
        refuse(&task, step, spawn).unwrap_err();
    });
    assert_eq!(refused.error_type(), Some("&str"));
    let panicked = execution_of(&|step, spawn| {
        let panicking = || {
            spawn();
            panic!("a bug");
        };
        catch_unwind(AssertUnwindSafe(|| execute(&task, step, panicking))).unwrap_err();
    });
    assert_eq!(panicked.error_type(), Some("panic"));
    let cancelled = execution_of(&|step, spawn| {
        cancel(execute_async(&task, step, async {
            spawn();
            std::future::pending::<()>().await;
        }));
    });
    assert_eq!(cancelled.attribute("tasker.cancelled"), Some(&true.into()));
}
