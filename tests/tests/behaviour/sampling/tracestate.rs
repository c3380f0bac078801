//! The `tracestate` of exported spans, by which a collector extrapolates how many spans each of them represents.

use std::collections::BTreeSet;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tasker_span_tests::prelude::*;
use tasker_span_tests::sampling::written;

#[task_span("task.audit", within = "task.orchestration", inherit)]
fn audit() {}

const RANGE: u64 = 1 << 56;

fn fraction(part: u64) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "a statistic")]
    let fraction = part as f64 / RANGE as f64;
    fraction
}

/// Tasks of one step each, always the same ones.
fn tasks(count: u32) -> impl Iterator<Item = (Task, Step)> {
    (0..count).map(|n| {
        let task = Task {
            task_uuid: Uuid::from_u128(0x0198_c0de_0000_7000_8000_0000_0000_0000 + u128::from(n)),
            ..Task::default()
        };
        let step = Step {
            workflow_step_uuid: Uuid::from_u128(0x0198_c0df_0000_7000_8000_0000_0000_0000 + u128::from(n)),
            ..task.step()
        };
        (task, step)
    })
}

#[test]
fn a_span_that_other_code_cut_off_inside_a_step_says_what_the_step_says() {
    let capture = sampling::at(Sampling::new().step_rate(0.5));
    for (task, step) in tasks(20) {
        execute(&task, &step, || {
            tracing::info_span!(parent: None, "detached").in_scope(|| handle(|| ()));
        });
    }
    let spans = capture.spans();
    let handlers = spans.named("handler.execution");
    assert!(handlers.len() > 1);
    for handler in &handlers {
        let execution = spans
            .filter(|span| Some(span.span_id()) == handler.parent_span_id())
            .one();
        assert_eq!(written(handler), written(&execution));
        assert!(written(handler).0.is_some());
    }
}

fn exported(sampling: Sampling, count: u32) -> Spans {
    let capture = sampling::at(sampling);
    for (task, step) in tasks(count) {
        orchestrate(&task, || execute(&task, &step, || ()));
    }
    capture.spans()
}

const COUNT: u32 = 2000;

#[test]
fn a_collector_counts_right() {
    for (of_tasks, of_steps) in [
        (1.0, 0.25),
        (0.5, 0.25),
        (0.3, 0.7),
        (0.1, 1.0),
        (1.0, 0.1),
        (0.01, 0.9),
    ] {
        let spans = exported(Sampling::new().task_rate(of_tasks).step_rate(of_steps), COUNT);
        let rate = of_tasks * of_steps;
        for (name, rate) in [("task.orchestration", of_tasks), ("step.execution", rate)] {
            let named = spans.named(name);
            let total: f64 = named
                .iter()
                .map(|span| 1.0 / (1.0 - fraction(written(span).0.unwrap_or(0))))
                .sum();
            let error = 4.0 * (f64::from(COUNT) * (1.0 - rate) / rate).sqrt();
            assert!(
                (total - f64::from(COUNT)).abs() <= error,
                "{name} at {of_tasks} and {of_steps}: {total}"
            );
        }
        // A collector that samples half of what it gets, by the same randomness.
        let executions = spans.named("step.execution");
        let sampled = executions.iter().filter(|span| {
            let (threshold, randomness) = written(span);
            let threshold = threshold.unwrap_or(0);
            let of_trace = u64::try_from(span.trace_id().to_u128() % u128::from(RANGE)).unwrap();
            let randomness = randomness.unwrap_or(of_trace);
            assert!(randomness >= threshold);
            randomness >= threshold + (RANGE - threshold) / 2
        });
        let (half, all) = (sampled.count(), executions.len());
        #[allow(clippy::cast_precision_loss, reason = "a statistic")]
        let (half, all) = (half as f64, all as f64);
        assert!(
            (half - all / 2.0).abs() <= 4.0 * (all / 4.0).sqrt(),
            "{half} of {all} at {of_tasks} and {of_steps}"
        );
    }
}

#[test]
fn a_lower_rate_exports_a_part_of_what_a_higher_one_does() {
    let mut before = BTreeSet::new();
    for (of_tasks, of_steps) in [
        (0.0, 0.5),
        (0.2, 0.1),
        (0.2, 0.3),
        (0.6, 0.3),
        (1.0, 0.3),
        (1.0, 0.9),
        (1.0, 1.0),
    ] {
        let spans = exported(Sampling::new().task_rate(of_tasks).step_rate(of_steps), 300);
        let ids = spans
            .iter()
            .map(|span| (span.uuid("task_uuid"), span.uuid("step_uuid")));
        let ids = ids.collect::<BTreeSet<_>>();
        assert!(before.is_subset(&ids), "at {of_tasks} and {of_steps}");
        before = ids;
    }
    assert_eq!(before.len(), 600);
}

#[test]
fn every_process_and_every_attempt_comes_to_the_same_decision() {
    let sampling = Sampling::new().task_rate(0.5).namespace_rate("payments", 0.5);
    let decisions = || {
        let capture = sampling::at(sampling.clone());
        for (task, step) in tasks(100) {
            for attempt in [3, 1, 2] {
                execute(&task, &step.attempt(attempt), || handle(|| ()));
            }
        }
        let spans = capture.spans();
        let mut of_attempt = [1, 2, 3].map(|attempt| {
            let executions = spans.named("step.execution").with("attempt_number", attempt);
            executions
                .iter()
                .map(|span| (span.uuid("step_uuid"), span.tracestate().to_owned()))
                .collect::<BTreeSet<_>>()
        });
        of_attempt.sort();
        assert!(of_attempt.windows(2).all(|attempts| attempts[0] == attempts[1]));
        assert_eq!(spans.named("handler.execution").len(), 3 * of_attempt[0].len());
        of_attempt[0].clone()
    };
    let first = decisions();
    assert!((10..40).contains(&first.len()));
    assert_eq!(decisions(), first);
}

fn randomness(step: &Step) -> u64 {
    identity::step_randomness(step.workflow_step_uuid)
}

/// The first step from `id` on whose randomness is at least this.
fn step_above(task: &Task, id: u128, at_least: u64) -> Step {
    let steps = (id..).map(|n| Step {
        workflow_step_uuid: Uuid::from_u128(n),
        ..task.step()
    });
    steps.into_iter().find(|step| randomness(step) >= at_least).unwrap()
}

#[test]
fn the_tracestate_of_a_step_is_not_that_of_others_inside() {
    let sampling = Sampling::new()
        .namespace_rate("payments", 0.25)
        .namespace_rate("orders", 0.5);
    let capture = sampling::at(sampling);
    let task = Task::default();
    let [orders, rest] = ["orders", "rest"].map(|namespace| Task {
        namespace_name: namespace.to_owned(),
        ..task.clone()
    });
    let step = step_above(&task, 1, RANGE / 4 * 3);
    let inner = step_above(&task, 1 << 64, RANGE / 2);
    let certain = task.step();
    orchestrate(&task, || {
        execute(&task, &step, || {
            handle(|| ());
            audit();
            handle_step(&orders, &inner, || ());
            handle_step(&rest, &certain, || ());
        });
    });
    let spans = capture.spans();
    let written = |step: &Step, th: &str| format!("ot=th:{th};rv:{:014x}", randomness(step));
    let of = |name: &str| spans.named(name).one().tracestate().to_owned();
    assert_eq!(of("task.orchestration"), "");
    assert_eq!(of("step.execution"), written(&step, "c"));
    assert_eq!(of("task.audit"), "");
    let handler_of = |step: &Step| {
        let handlers = spans
            .named("handler.execution")
            .with("step_uuid", step.workflow_step_uuid);
        handlers.one().tracestate().to_owned()
    };
    assert_eq!(handler_of(&step), written(&step, "c"));
    assert_eq!(handler_of(&inner), written(&inner, "8"));
    assert_eq!(handler_of(&certain), "");
}

#[test]
fn other_members_and_an_incoming_randomness_stay() {
    let capture = sampling::at(Sampling::new().step_rate(0.5));
    let task = Task::default();
    let step = step_above(&task, 1, RANGE / 2);
    for (incoming, expected) in [
        (
            "vendor=1,ot=x:y",
            format!("ot=th:8;rv:{:014x};x:y,vendor=1", randomness(&step)),
        ),
        (
            "vendor=1,ot=rv:fffffffffffff0;x:y",
            "ot=th:8;rv:fffffffffffff0;x:y,vendor=1".to_owned(),
        ),
        // By this randomness, it would not have been sampled.
        (
            "vendor=1,ot=rv:00000000000001;x:y",
            "ot=rv:00000000000001;x:y,vendor=1".to_owned(),
        ),
    ] {
        let remote = Context::new().with_remote_span_context(SpanContext::new(
            TraceId::from(task.trace_id().to_u128()),
            SpanId::from(7),
            TraceFlags::SAMPLED,
            true,
            incoming.parse::<TraceState>().unwrap(),
        ));
        let attached = remote.attach();
        handle_step(&task, &step, || {
            handle(|| ());
            audit();
        });
        drop(attached);
        let spans = capture.spans();
        for handler in &spans.named("handler.execution") {
            assert_eq!(handler.tracestate(), expected);
        }
        let audit = spans.named("task.audit").one();
        let rest = audit.tracestate();
        assert!(rest.ends_with("vendor=1") && !rest.contains("th:"), "{rest}");
        assert_eq!(rest.contains("rv:"), incoming.contains("rv:"), "{rest}");
        capture.clear();
    }
}
