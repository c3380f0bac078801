//! Creations inside of each other, deep, on threads, and with contexts of other code.

use tasker_span_tests::prelude::*;

use super::functions::{check, create, learn, note, rated, validate, whole};

#[test]
fn a_remote_context_inside_of_a_creation() {
    for learns in [true, false] {
        let capture = Capture::start();
        let task = Task::default();
        create(&task, || {
            {
                let _inner = remote(0xcc, 0xdd).context().attach();
                validate(|| ());
            }
            if learns {
                learn(&task);
            }
        });
        whole(&capture, &[&task]);
    }
}

#[test]
fn deep_nesting_of_creations() {
    fn nest(task: &Task, depth: usize) {
        if depth == 0 {
            validate(|| note(task));
        } else {
            create(task, || nest(task, depth - 1));
        }
    }
    for (depth, learns) in [(70, true), (70, false), (500, true)] {
        let capture = Capture::start();
        let _request = remote(0xaa, 0xbb).context().attach();
        let task = Task::default();
        std::thread::scope(|threads| {
            let work = || {
                capture.run(|| {
                    create(&task, || {
                        nest(&task, depth);
                        if learns {
                            learn(&task);
                        }
                    });
                });
            };
            std::thread::Builder::new()
                .stack_size(64 << 20)
                .spawn_scoped(threads, work)
                .unwrap()
                .join()
                .unwrap();
        });
        assert_eq!(capture.spans().len(), depth + 3);
        whole(&capture, &[&task]);
    }
}

#[test]
fn a_context_read_deep_inside_stays() {
    fn nest(task: &Task, depth: usize) -> TraceContext {
        if depth == 0 {
            validate(TraceContext::current)
        } else {
            create(task, || nest(task, depth - 1))
        }
    }
    let capture = Capture::start();
    let task = Task::default();
    std::thread::scope(|threads| {
        let work = || {
            capture.run(|| {
                create(&task, || {
                    let sent = nest(&task, 70);
                    learn(&task);
                    sent
                })
            })
        };
        let sent = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn_scoped(threads, work)
            .unwrap()
            .join()
            .unwrap();
        let sent = sent.traceparent().unwrap();
        let span = capture.spans().named("request.validation").one();
        assert_eq!(sent, format!("00-{}-{}-01", span.trace_id(), span.span_id()));
    });
    whole(&capture, &[&task]);
}

#[test]
fn very_many_in_an_unsampled_creation_with_an_error_first() {
    for _ in 0..10 {
        let capture = Capture::start();
        capture.set_sampling(&Sampling::new().task_rate(0.5));
        let task = rated(false);
        create(&task, || {
            validate(|| {
                let _ = check();
            });
            for _ in 0..100 {
                validate(|| ());
            }
            learn(&task);
        });
        whole(&capture, &[&task]);
    }
}

#[test]
fn an_exported_creation_has_no_member_of_ours() {
    let capture = Capture::start();
    let (caller, task) = (Task::default(), Task::default());
    let member = format!(
        "tasker=t:{};c:{},ot=rv:00000000000001,a=1",
        caller.task_uuid.simple(),
        caller.correlation_id.simple()
    );
    let sender = TraceContext::from_headers(
        Some(&format!("00-{}-00000000000000bb-01", caller.trace_id())),
        Some(&member),
    );
    let _request = sender.context().attach();
    capture.set_sampling(&Sampling::new().task_rate(0.5));
    let task = if task.task_uuid == caller.task_uuid {
        task
    } else {
        rated(true)
    };
    create(&task, || learn(&task));
    create(&task, || ());
    for span in &capture.spans() {
        assert!(
            !span.tracestate().to_string().contains("tasker="),
            "{} {:?}",
            span.name(),
            span.tracestate()
        );
    }
}

#[test]
fn the_randomness_of_the_caller_s_trace_stays_there() {
    let capture = Capture::start();
    let sender = TraceContext::from_headers(
        Some("00-000000000000000000000000000000aa-00000000000000bb-01"),
        Some("ot=rv:00000000000001"),
    );
    let _request = sender.context().attach();
    capture.set_sampling(&Sampling::new().task_rate(0.5));
    let task = rated(true);
    create(&task, || learn(&task));
    let span = capture.spans().named("task.creation").one();
    assert_eq!(span.trace_id(), task.trace_id());
    assert_eq!(sampling::written(&span), (Some(1 << 55), None));
}

#[test]
fn a_processor_that_opens_and_ends_spans() {
    use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
    #[derive(Debug)]
    struct Opens;
    impl SpanProcessor for Opens {
        fn on_start(&self, _: &mut Span, _: &opentelemetry::Context) {}
        fn on_end(&self, span: SpanData) {
            if span.name == "task.creation" || span.name == "step.enqueuing" {
                let task = Task::default();
                note(&task);
                validate(|| ());
                transition(&task, "enqueuing_steps", "steps_in_process", || ());
            }
        }
        fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
            Ok(())
        }
        fn shutdown_with_timeout(&self, _: std::time::Duration) -> opentelemetry_sdk::error::OTelSdkResult {
            Ok(())
        }
    }
    let capture = Capture::builder().span_processor(Opens).start();
    let task = Task::default();
    create(&task, || {
        validate(|| ());
        learn(&task);
    });
    send_steps(&task, || ());
    transition(&task, "enqueuing_steps", "steps_in_process", || ());
    drop(capture.spans());
}

#[test]
fn own_values_win_inside_a_creation_over_a_message() {
    #[task_span("task.creation", within = "task.orchestration", link = sender, late(task_uuid, correlation_id, namespace))]
    fn create_late(task: &Task, sender: &TraceContext) {
        validate(|| ());
        span_record!(subject = task);
    }

    let capture = Capture::strict();
    let task = Task::default();
    let liar = Uuid::new_v4();
    let message = TraceContext::from_headers(
        Some(&format!("00-{}-00000000000000bb-01", task.trace_id())),
        Some(&format!(
            "tasker=t:{};c:{};n:evil",
            task.task_uuid.simple(),
            liar.simple()
        )),
    );
    create_late(&task, &message);
    note(&task);
    for span in &capture.spans() {
        assert_eq!(
            span.uuid("correlation_id"),
            Some(task.correlation_id),
            "{}",
            span.name()
        );
        assert_eq!(span.text("namespace"), Some("payments"), "{}", span.name());
    }
}

#[test]
fn threads_that_end_learn_and_read_at_once() {
    for round in 0..1500 {
        let capture = Capture::start();
        let _request = (round % 2 == 0).then(|| remote(0xaa, 0xbb).context().attach());
        let task = Task::default();
        let barrier = std::sync::Barrier::new(4);
        std::thread::scope(|threads| {
            create(&task, || {
                let spawn = |work: &'static (dyn Fn(&Task) + Sync)| {
                    let (capture, task) = (&capture, &task);
                    let barrier = &barrier;
                    let work = in_current_scope(move || {
                        barrier.wait();
                        work(task);
                    });
                    threads.spawn(move || capture.run(work));
                };
                spawn(&|task| {
                    validate(|| {
                        validate(|| ());
                        note(task);
                    });
                });
                spawn(&|_| validate(|| drop(TraceContext::current())));
                spawn(&|task| {
                    create(task, || {
                        validate(|| ());
                        learn(task);
                    });
                });
                barrier.wait();
                learn(&task);
            });
        });
        assert_eq!(capture.spans().len(), 7);
        whole(&capture, &[&task]);
    }
}

#[test]
fn a_creation_that_ends_with_its_thread() {
    let capture = Capture::start();
    let task = Task::default();
    std::thread::scope(|threads| {
        threads
            .spawn(|| {
                let dispatch = capture.dispatch().clone();
                std::mem::forget(tracing::dispatcher::set_default(&dispatch));
                let span = task_scope!(
                    "task.creation",
                    within = "task.orchestration",
                    correlation_id = task.correlation_id,
                    namespace = "payments",
                    late(task_uuid)
                );
                std::mem::forget(span.enter());
                validate(|| ());
                let scope = task_scope!("task.block", within = "task.orchestration", before_task);
                std::mem::forget(scope.enter());
                learn(&task);
            })
            .join()
            .unwrap();
    });
    whole(&capture, &[&task]);
    assert_eq!(capture.spans().len(), 3, "{}", capture.spans().to_tree_text());
}

#[test]
fn a_creation_inside_outlives_the_one_around_it() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = task.correlation_id, namespace = "payments", late(task_uuid))]
    async fn inner(task: &Task) {
        validate(|| ());
        let mut is_first = true;
        std::future::poll_fn(|_| {
            if std::mem::take(&mut is_first) {
                std::task::Poll::Pending
            } else {
                std::task::Poll::Ready(())
            }
        })
        .await;
        learn(task);
    }
    for learns in [true, false] {
        let capture = Capture::start();
        let _request = remote(0xaa, 0xbb).context().attach();
        let task = Task::default();
        let mut future = create(&task, || {
            let mut future = Box::pin(inner(&task));
            assert!(poll(future.as_mut()).is_pending());
            if learns {
                learn(&task);
            }
            future
        });
        assert!(poll(future.as_mut()).is_ready());
        assert_eq!(capture.spans().len(), 3);
        whole(&capture, &[&task]);
    }
}
