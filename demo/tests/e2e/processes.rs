//! The shop as processes on a database, some of them killed: each task is one tree in Jaeger.

use std::collections::HashSet;
use std::time::Duration;

use tasker_span_cli::jaeger::Trace;
use tasker_span_demo::orders::{Order, example_orders};
use tasker_span_demo::tasker::TaskState;
use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, worker_queue};
use tasker_span_demo::tasker::postgres::TaskProgress;
use tasker_span_runtime::identity::{self, SpanId};
use tasker_span_runtime::testing::{CapturedSpan, Spans};
use tasker_span_tests::servers::wait_for;

use crate::example_order;
use crate::program::Program;
use crate::shop::Shop;

/// An order whose first payment gets no answer. It has one step at a time: a killed worker loses
/// the unexported spans of its other steps.
fn hanging_order() -> Order {
    let mut order = example_order("1003");
    order.payment.declined = false;
    order.payment.hangs = 1;
    order
}

/// Each transition starts in the state in which the previous one ended.
#[track_caller]
fn assert_chain(transitions: &Spans, to: &str, trace: &Trace) {
    let states = transitions
        .iter()
        .map(|span| (span.text("from_state"), span.text("to_state")));
    let states = states.collect::<Vec<_>>();
    let is_chain = states.windows(2).all(|pair| pair[0].1 == pair[1].0);
    let first = states.first().and_then(|(from, _)| *from);
    let last = states.last().and_then(|(_, to)| *to);
    assert!(
        is_chain && (first, last) == (Some("pending"), Some(to)),
        "from pending to {to}: {states:?}\n{trace}"
    );
}

/// One tree with one root. Each transition and each attempt is there once, with derived ids.
#[track_caller]
fn assert_whole(trace: &Trace, task: &TaskProgress) {
    assert!(
        trace.duplicate_span_ids().is_empty(),
        "{:?}\n{trace}",
        trace.duplicate_span_ids()
    );
    let spans = trace.captured();
    let root = spans.named("task.orchestration").one();
    assert_eq!(root.span_id(), identity::root_span_id(task.task.task_uuid));
    assert_eq!(root.text("tasker.final_state"), Some(task.state.as_str()), "{trace}");
    assert_eq!(spans.filter(|span| span.parent_span_id().is_none()).len(), 1, "{trace}");
    assert_chain(&spans.named("task.state_transition"), task.state.as_str(), trace);

    let attempts = spans.children_of(&root).named("step.execution");
    assert_eq!(attempts.len(), spans.named("step.execution").len(), "{trace}");
    assert_eq!(i64::try_from(attempts.len()).unwrap(), task.attempts, "{trace}");
    let ids = attempts.iter().map(|span| {
        let attempt = u32::try_from(span.integer("attempt_number").unwrap()).unwrap();
        let step = span.uuid("step_uuid").unwrap();
        assert_eq!(span.span_id(), identity::execution_span_id(step, attempt), "{trace}");
        (step, attempt)
    });
    assert_eq!(ids.collect::<HashSet<_>>().len(), attempts.len(), "{trace}");
    for step in attempts
        .iter()
        .filter_map(|span| span.uuid("step_uuid"))
        .collect::<HashSet<_>>()
    {
        let transitions = spans.named("step.state_transition").with("step_uuid", step);
        let last = transitions.iter().last().and_then(|span| span.text("to_state"));
        assert_chain(&transitions, last.unwrap_or_default(), trace);
    }
}

/// The traces of these tasks, all checked. Their processes have ended.
#[track_caller]
fn whole_traces(shop: &Shop, tasks: &[TaskProgress]) -> Vec<Trace> {
    let traces = tasks.iter().map(|task| {
        let trace = shop.whole_trace(task);
        assert_whole(&trace, task);
        trace
    });
    traces.collect()
}

/// The process ids of the selected spans.
fn instances(trace: &Trace, select: impl Fn(&CapturedSpan) -> bool) -> HashSet<&str> {
    let spans = trace.captured().filter(select);
    let spans = spans.iter().filter_map(|span| trace.span(span.span_id()));
    spans.filter_map(|span| trace.instance_of(span)).collect()
}

/// Each execution links to the span that sent its step, unless it is the record of a lost attempt.
#[track_caller]
fn assert_linked_to_senders(trace: &Trace) {
    let spans = trace.captured();
    let senders = spans.named("step.enqueuing");
    for execution in &spans.named("step.execution") {
        let is_lost = execution.error_type() == Some("worker_lost");
        let is_linked = senders.iter().any(|sender| execution.is_linked_to(sender));
        assert!(is_lost || is_linked, "{execution:?}\n{trace}");
    }
}

/// Stops processes with SIGTERM.
#[track_caller]
fn stop<'a>(programs: impl IntoIterator<Item = &'a mut Program>) {
    for program in programs {
        program.terminate();
        program.wait_for_success();
    }
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn an_orchestrator_and_three_workers() {
    let shop = Shop::open();
    let mut workers = [shop.worker(), shop.worker(), shop.worker()];
    let mut orchestrator = shop.orchestrator(&example_orders().unwrap());
    let printed = orchestrator.wait_for_success();
    assert!(printed.contains("complete                  order 1001\n"), "{printed}");
    stop(&mut workers);

    let tasks = shop.tasks();
    let states = tasks.iter().map(|task| (&*task.task.task_name, task.state));
    assert_eq!(
        states.collect::<Vec<_>>(),
        [
            ("process_order", TaskState::Complete),
            ("process_order", TaskState::Complete),
            ("renew_subscription", TaskState::Error),
            ("process_order", TaskState::Complete),
            ("sell_gift_card", TaskState::Cancelled),
            ("restock", TaskState::Complete),
        ]
    );
    let traces = whole_traces(&shop, &tasks);
    for (trace, task) in traces.iter().zip(&tasks) {
        assert_linked_to_senders(trace);
        let spans = trace.captured();
        for span in &spans {
            let service = trace.service_of(trace.span(span.span_id()).unwrap());
            let expected = match span.name() {
                "task.orchestration" | "task.state_transition" => "tasker-orchestrator",
                "step.execution" | "handler.execution" => "tasker-worker",
                _ => continue,
            };
            assert_eq!(service, expected, "{}\n{trace}", span.name());
        }
        for execution in &spans.named("step.execution") {
            let queue = worker_queue(&task.task.namespace_name);
            assert_eq!(execution.text("messaging.system"), Some("pgmq"), "{execution:?}");
            assert_eq!(
                execution.text("messaging.destination.name"),
                Some(&*queue),
                "{execution:?}"
            );
            assert_eq!(
                execution.uuid("messaging.message.conversation_id"),
                Some(task.task.correlation_id),
                "{execution:?}"
            );
        }
    }
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn a_worker_is_killed_during_a_step() {
    let shop = Shop::open();
    let mut workers = vec![shop.worker(), shop.worker(), shop.worker()];
    let mut orchestrator = shop.orchestrator(&[hanging_order()]);
    let task = shop.wait_for_tasks(1, "placed", |_| true).remove(0);
    let charge = shop.step("charge_payment");

    // The first attempt is running: Jaeger has its first child and not its own span.
    let (first, second) = (
        identity::execution_span_id(charge, 1),
        identity::execution_span_id(charge, 2),
    );
    let is_in_first = |span: &CapturedSpan| span.parent_span_id() == Some(first);
    let trace = shop.wait_for_trace(
        identity::trace_id(task.task.task_uuid),
        "the first span of the attempt",
        |trace| !trace.captured().filter(is_in_first).is_empty(),
    );
    trace.captured().assert_valid();
    assert!(trace.span(first).is_none(), "{trace}");
    let killed = instances(&trace, is_in_first).into_iter().next().unwrap().to_owned();
    let at = workers.iter().position(|worker| worker.id() == killed).unwrap();
    workers.swap_remove(at).kill();

    orchestrator.wait_for_success();
    stop(&mut workers);
    let tasks = shop.wait_for_end(1);
    assert_eq!(tasks[0].state, TaskState::Complete);
    let trace = whole_traces(&shop, &tasks).remove(0);

    let spans = trace.captured();
    let attempts = spans.named("step.execution").with("step_uuid", charge);
    let attempts = attempts.iter().map(|span| (span.span_id(), span.error_type()));
    assert_eq!(
        attempts.collect::<Vec<_>>(),
        [(first, Some("worker_lost")), (second, None)],
        "{trace}"
    );
    // The killed worker's span is a child of the attempt that another worker recorded.
    let lost = spans.filter(|span| span.span_id() == first).one();
    let worker = lost.text("tasker.worker.id").unwrap();
    assert!(worker.ends_with(&format!(" {killed}")), "{worker}: {trace}");
    let transition = spans.children_of(&lost).one();
    assert_eq!(transition.text("to_state"), Some("in_progress"), "{trace}");
    assert!(
        lost.start() <= transition.start() && transition.end() <= lost.end(),
        "{trace}"
    );
    assert_eq!(instances(&trace, is_in_first), HashSet::from([&*killed]));
    let by = |id: SpanId| instances(&trace, move |span| span.span_id() == id);
    assert_eq!(by(first), by(second));
    assert!(!by(first).contains(&*killed), "{trace}");
    assert_linked_to_senders(&trace);
}

/// The test locks the table, so the orchestrator waits inside a transition: it can lock the task's
/// row, not change it.
#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn an_orchestrator_is_killed_during_a_transition() {
    let shop = Shop::open();
    let mut killed = shop.orchestrator(&[example_order("1001")]);
    let task = shop.wait_for_tasks(1, "waiting for steps", |task| task.state == TaskState::StepsInProcess);
    let trace_id = identity::trace_id(task[0].task.task_uuid);
    let waiting = |trace: &Trace| !trace.captured().with("to_state", "steps_in_process").is_empty();
    shop.wait_for_trace(trace_id, "the last transition", waiting);

    let lock = shop.lock("tasker.tasks");
    let mut worker = shop.worker();
    wait_until_blocked(&shop);
    killed.kill();
    shop.with_database(async |_| lock.rollback().await);
    shop.redeliver(ORCHESTRATION_QUEUE);

    let mut successor = shop.further_orchestrator();
    let tasks = shop.wait_for_end(1);
    stop([&mut worker, &mut successor]);
    assert_eq!(tasks[0].state, TaskState::Complete);
    let trace = whole_traces(&shop, &tasks).remove(0);
    let resumed = instances(&trace, |span| span.text("to_state") == Some("evaluating_results"));
    assert_eq!(resumed, HashSet::from([&*successor.id()]), "{trace}");
}

/// Waits until an orchestrator waits for a lock.
#[track_caller]
fn wait_until_blocked(shop: &Shop) {
    wait_for("an orchestrator that is blocked", || {
        let activity: Vec<(String, String)> = shop.with_database(async |pool| {
            let activity = "SELECT application_name, coalesce(wait_event_type, '') FROM pg_stat_activity
                            WHERE datname = current_database()";
            sqlx::query_as(activity).fetch_all(pool).await
        });
        let is_blocked = activity
            .iter()
            .any(|(name, wait)| name.starts_with("pgmq_orchestrator") && wait == "Lock");
        is_blocked.then_some(()).ok_or_else(|| format!("{activity:?}"))
    });
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn two_orchestrators_share_the_tasks() {
    let orders = (0..4).flat_map(|round| {
        let orders = example_orders().unwrap().into_iter();
        orders.map(move |order| Order {
            number: format!("{}-{round}", order.number),
            ..order
        })
    });
    let shop = Shop::open();
    let mut others = [shop.further_orchestrator(), shop.worker(), shop.worker()];
    let mut orchestrator = shop.orchestrator(&orders.collect::<Vec<_>>());
    orchestrator.wait_for_success();
    stop(&mut others);
    let tasks = shop.wait_for_end(24);
    let traces = whole_traces(&shop, &tasks);

    // Some tasks were moved by both.
    let orchestrators = |trace| instances(trace, |span| span.name() == "task.state_transition").len();
    assert!(traces.iter().any(|trace| orchestrators(trace) == 2));
}

/// These processes export nothing before they stop.
#[test]
#[ignore = "needs PostgreSQL and Jaeger: run it under scripts/with-servers"]
fn a_process_exports_all_spans_after_sigterm() {
    let shop = Shop::open().with_export_delay(Duration::from_hours(1));
    let (mut orchestrator, mut worker) = (shop.orchestrator(&example_orders().unwrap()), shop.worker());
    wait_for("an attempt", || {
        let tasks = shop.tasks();
        let has_begun = tasks.iter().any(|task| task.attempts > 0);
        has_begun.then_some(()).ok_or_else(|| format!("{tasks:?}"))
    });
    stop([&mut orchestrator, &mut worker]);
    let (mut orchestrator, mut worker) = (shop.further_orchestrator(), shop.worker());
    let has_stopped = |task: &TaskProgress| task.state.is_terminal() || task.state == TaskState::WaitingForRetry;
    shop.wait_for_tasks(6, "ended, or waiting for a retry tomorrow", has_stopped);
    stop([&mut orchestrator, &mut worker]);
    let (ended, waiting): (Vec<_>, Vec<_>) = shop.tasks().into_iter().partition(|task| task.state.is_terminal());
    whole_traces(&shop, &ended);
    // The order that its customer cancels: the orchestrator that places it was stopped first.
    for task in waiting {
        let trace_id = identity::trace_id(task.task.task_uuid);
        let is_there = |trace: &Trace| !trace.captured().with("to_state", "waiting_for_retry").is_empty();
        let trace = shop.wait_for_trace(trace_id, "the last transition", is_there);
        trace.captured().assert_valid();
    }
}
