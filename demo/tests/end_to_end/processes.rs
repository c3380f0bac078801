//! The shop as processes on a database, killed in the middle of what they do: in Jaeger every task is one tree.

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use tasker_span_demo::jaeger::{RefType, Trace};
use tasker_span_demo::orders::Order;
use tasker_span_demo::tasker::TaskState;
use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, worker_queue};
use tasker_span_demo::tasker::postgres::TaskProgress;
use tasker_span_runtime::identity::{self, SpanId};
use tasker_span_runtime::testing::{CapturedSpan, Problem, ProblemKind, Spans, TreeText};
use tasker_span_tests::servers::wait_for;

use crate::jaeger::wait_for_trace;
use crate::shop::Shop;

fn example_orders() -> Vec<Order> {
    serde_json::from_str(include_str!("../../examples/order_fulfillment/orders.json")).unwrap()
}

fn example_order(number: &str) -> Order {
    let mut orders = example_orders().into_iter();
    orders.find(|order| order.number == number).unwrap()
}

/// An order on which the payment gateway hangs so many times. Its steps run one after the other: what another step of the
/// same worker had not exported yet when that is killed would be lost.
fn hanging_order(hangs: u32) -> Order {
    let mut order = example_order("1003");
    order.payment.declined = false;
    order.payment.hangs = hangs;
    order
}

/// From state to state without a gap, as they were left and entered: each transition once.
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

/// One tree of one root; every transition, and every attempt that was counted, once, under the ids that follow from the
/// task's.
#[track_caller]
fn assert_once(trace: &Trace, task: &TaskProgress) {
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

/// The whole traces of tasks whose processes have ended, each checked to tell everything once.
#[track_caller]
fn whole_traces(shop: &Shop, tasks: &[TaskProgress]) -> Vec<Trace> {
    let traces = tasks.iter().map(|task| {
        let trace = shop.whole_trace(task);
        assert_once(&trace, task);
        trace
    });
    traces.collect()
}

/// The processes of a trace's spans that `select` is true for, by their process ids.
fn instances(trace: &Trace, select: impl Fn(&CapturedSpan) -> bool) -> HashSet<&str> {
    let spans = trace.captured().filter(select);
    let spans = spans.iter().filter_map(|span| trace.span(span.span_id()));
    spans.filter_map(|span| trace.instance_of(span)).collect()
}

/// Where the step's message was sent: every execution but a lost one links there.
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

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn one_orchestrator_and_three_workers() {
    let shop = Shop::open();
    let mut workers = [shop.worker(), shop.worker(), shop.worker()];
    let mut orchestrator = shop.orchestrator(&example_orders());
    orchestrator.wait_for_success();
    for worker in &mut workers {
        worker.terminate();
        worker.wait_for_success();
    }

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

    // The task that an order's step asked for, found by the order's id.
    let (order, child) = (&tasks[3].task, &tasks[5].task);
    let found = shop.jaeger().search("parent_correlation_id", order.correlation_id);
    let found = found.iter().map(Trace::id).collect::<Vec<_>>();
    assert!(found.contains(&identity::trace_id(child.task_uuid)), "{found:?}");
    assert_eq!(child.parent_correlation_id, Some(order.correlation_id));
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn a_worker_killed_in_the_middle_of_a_step() {
    let shop = Shop::open();
    let mut workers = vec![shop.worker(), shop.worker(), shop.worker()];
    let mut orchestrator = shop.orchestrator(&[hanging_order(1)]);
    let task = shop.wait_for_tasks(1, "placed", |_| true).remove(0);
    let charge = shop.step("charge_payment");

    // The first attempt has begun, and Jaeger knows: its first span has ended, under a span that has not.
    let (first, second) = (
        identity::execution_span_id(charge, 1),
        identity::execution_span_id(charge, 2),
    );
    let under_first = |span: &CapturedSpan| span.parent_span_id() == Some(first);
    let trace = wait_for_trace(
        shop.jaeger(),
        identity::trace_id(task.task.task_uuid),
        "the first span of the attempt",
        |trace| !trace.captured().filter(under_first).is_empty(),
    );
    trace.captured().assert_valid();
    assert!(trace.span(first).is_none(), "{trace}");
    let killed = instances(&trace, under_first).into_iter().next().unwrap().to_owned();
    let at = workers.iter().position(|worker| worker.id() == killed).unwrap();
    workers.swap_remove(at).kill();

    orchestrator.wait_for_success();
    for worker in &mut workers {
        worker.terminate();
        worker.wait_for_success();
    }
    let tasks = shop.wait_for_end(1);
    assert_eq!(tasks[0].state, TaskState::Complete);
    let trace = whole_traces(&shop, &tasks).remove(0);
    println!("{}", TreeText::new(&trace.captured()));

    let spans = trace.captured();
    let attempts = spans.named("step.execution").with("step_uuid", charge);
    let attempts = attempts.iter().map(|span| (span.span_id(), span.error_type()));
    assert_eq!(
        attempts.collect::<Vec<_>>(),
        [(first, Some("worker_lost")), (second, None)],
        "{trace}"
    );
    // What the killed worker had exported stands under the attempt that another one recorded.
    let lost = spans.filter(|span| span.span_id() == first).one();
    let transition = spans.children_of(&lost).one();
    assert_eq!(transition.text("to_state"), Some("in_progress"), "{trace}");
    assert!(
        lost.start() <= transition.start() && transition.end() <= lost.end(),
        "{trace}"
    );
    assert_eq!(instances(&trace, under_first), HashSet::from([&*killed]));
    let by = |id: SpanId| instances(&trace, move |span| span.span_id() == id);
    assert_eq!(by(first), by(second));
    assert!(!by(first).contains(&*killed), "{trace}");
    assert_linked_to_senders(&trace);
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn a_step_whose_every_worker_is_killed() {
    let shop = Shop::open();
    let mut orchestrator = shop.orchestrator(&[hanging_order(3)]);
    let task = shop.wait_for_tasks(1, "placed", |_| true).remove(0);
    let charge = shop.step("charge_payment");
    for attempt in 1..=3 {
        let mut worker = shop.worker();
        let id = identity::execution_span_id(charge, attempt);
        // From the second one on, only the attempt before tells that there is a next one.
        let evidence = |trace: &Trace| {
            let spans = trace.captured();
            let has_begun = spans.iter().any(|span| span.parent_span_id() == Some(id));
            has_begun || (attempt > 1 && trace.span(identity::execution_span_id(charge, attempt - 1)).is_some())
        };
        let trace_id = identity::trace_id(task.task.task_uuid);
        wait_for_trace(shop.jaeger(), trace_id, &format!("attempt {attempt}"), evidence);
        worker.kill();
        shop.deliver_again(&worker_queue("payments"));
    }
    // There is no fourth attempt: this one only reports that the third is lost.
    let mut worker = shop.worker();
    orchestrator.wait_for_success();
    worker.terminate();
    worker.wait_for_success();
    let tasks = shop.wait_for_end(1);
    assert_eq!(tasks[0].state, TaskState::Error);
    let trace = whole_traces(&shop, &tasks).remove(0);
    let attempts = trace.captured().named("step.execution").with("step_uuid", charge);
    let lost = attempts.iter().filter(|span| span.error_type() == Some("worker_lost"));
    assert_eq!((attempts.len(), lost.count()), (3, 3), "{trace}");
}

#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn an_orchestrator_killed_between_two_transitions() {
    let shop = Shop::open();
    let mut killed = shop.orchestrator(&[example_order("1001")]);
    // Without a worker, that is as far as it comes.
    let task = shop.wait_for_tasks(1, "waiting for steps", |task| task.state == TaskState::StepsInProcess);
    let trace_id = identity::trace_id(task[0].task.task_uuid);
    let waiting = |trace: &Trace| !trace.captured().with("to_state", "steps_in_process").is_empty();
    wait_for_trace(shop.jaeger(), trace_id, "the last transition", waiting);
    killed.kill();

    let (mut worker, mut successor) = (shop.worker(), shop.further_orchestrator());
    let tasks = shop.wait_for_end(1);
    for program in [&mut worker, &mut successor] {
        program.terminate();
        program.wait_for_success();
    }
    assert_eq!(tasks[0].state, TaskState::Complete);
    let trace = whole_traces(&shop, &tasks).remove(0);
    let by = instances(&trace, |span| span.name() == "task.state_transition");
    assert_eq!(by, HashSet::from([&*killed.id(), &*successor.id()]), "{trace}");
    assert_linked_to_senders(&trace);
}

/// A lock on the table, held by the test, makes the orchestrator wait inside a transition: it has locked the task's row
/// before, for which a lock in this mode does not wait, and now comes to change it.
#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn an_orchestrator_killed_in_the_middle_of_a_transition() {
    let shop = Shop::open();
    let mut killed = shop.orchestrator(&[example_order("1001")]);
    let task = shop.wait_for_tasks(1, "waiting for steps", |task| task.state == TaskState::StepsInProcess);
    let trace_id = identity::trace_id(task[0].task.task_uuid);
    let waiting = |trace: &Trace| !trace.captured().with("to_state", "steps_in_process").is_empty();
    wait_for_trace(shop.jaeger(), trace_id, "the last transition", waiting);

    let lock = shop.lock("tasker.tasks");
    // Its result is what the orchestrator moves the task for.
    let mut worker = shop.worker();
    wait_until_blocked(&shop);
    killed.kill();
    shop.with_database(async |_| lock.rollback().await);
    shop.deliver_again(ORCHESTRATION_QUEUE);

    let mut successor = shop.further_orchestrator();
    let tasks = shop.wait_for_end(1);
    for program in [&mut worker, &mut successor] {
        program.terminate();
        program.wait_for_success();
    }
    assert_eq!(tasks[0].state, TaskState::Complete);
    let trace = whole_traces(&shop, &tasks).remove(0);
    let resumed = instances(&trace, |span| span.text("to_state") == Some("evaluating_results"));
    assert_eq!(resumed, HashSet::from([&*successor.id()]), "{trace}");
}

/// As above, but it waits at the end of a transition, to send the step's message: the spans inside have ended and are
/// exported, although the database takes back what they tell of. They are all that is left of that transition.
#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn a_transition_that_a_kill_takes_back_leaves_the_spans_inside_it() {
    let shop = Shop::open();
    shop.further_orchestrator().kill();
    let lock = shop.lock("pgmq.q_worker_payments");
    let mut killed = shop.orchestrator(&[hanging_order(0)]);
    let task = shop.wait_for_tasks(1, "placed", |_| true).remove(0);
    let trace_id = identity::trace_id(task.task.task_uuid);
    let enqueued = |trace: &Trace| !trace.captured().named("step.state_transition").is_empty();
    let trace = wait_for_trace(shop.jaeger(), trace_id, "a span of the transition", enqueued);
    let taken_back = trace.captured().named("step.state_transition").one();
    killed.kill();
    shop.with_database(async |_| lock.rollback().await);
    shop.deliver_again(ORCHESTRATION_QUEUE);

    let (mut worker, mut successor) = (shop.worker(), shop.further_orchestrator());
    let tasks = shop.wait_for_end(1);
    for program in [&mut worker, &mut successor] {
        program.terminate();
        program.wait_for_success();
    }
    let trace = shop.settled_trace(&tasks[0], |_| Vec::new());
    let spans = trace.captured();
    let problems = spans.check_complete();
    let kinds = problems.iter().map(Problem::kind).collect::<Vec<_>>();
    assert_eq!(kinds, [ProblemKind::MissingParent], "{problems:?}\n{trace}");
    assert!(spans.iter().any(|span| *span == taken_back), "{trace}");
    assert_chain(&spans.named("task.state_transition"), "complete", &trace);
    assert_eq!(spans.named("task.orchestration").len(), 1, "{trace}");
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
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn two_orchestrators_at_once() {
    let orders = (0..4).flat_map(|round| {
        let orders = example_orders().into_iter();
        orders.map(move |order| Order {
            number: format!("{}-{round}", order.number),
            ..order
        })
    });
    let shop = Shop::open();
    let mut others = [shop.further_orchestrator(), shop.worker(), shop.worker()];
    let mut orchestrator = shop.orchestrator(&orders.collect::<Vec<_>>());
    orchestrator.wait_for_success();
    for program in &mut others {
        program.terminate();
        program.wait_for_success();
    }
    let tasks = shop.wait_for_end(24);
    let traces = whole_traces(&shop, &tasks);

    // Each did a part of it: most tasks were moved by both.
    let mut moved = BTreeMap::<usize, usize>::new();
    for trace in &traces {
        let by = instances(trace, |span| span.name() == "task.state_transition");
        *moved.entry(by.len()).or_default() += 1;
    }
    assert!(
        moved.contains_key(&2),
        "tasks by the number of orchestrators: {moved:?}"
    );
}

/// None of these exports anything before it stops.
#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn processes_that_are_asked_to_stop_lose_nothing() {
    let shop = Shop::open().with_export_delay(Duration::from_hours(1));
    let (mut orchestrator, mut worker) = (shop.orchestrator(&example_orders()), shop.worker());
    wait_for("an attempt", || {
        let tasks = shop.tasks();
        let has_begun = tasks.iter().any(|task| task.attempts > 0);
        has_begun.then_some(()).ok_or_else(|| format!("{tasks:?}"))
    });
    for program in [&mut orchestrator, &mut worker] {
        program.terminate();
        program.wait_for_success();
    }
    let (mut orchestrator, mut worker) = (shop.further_orchestrator(), shop.worker());
    let is_settled = |task: &TaskProgress| task.state.is_terminal() || task.state == TaskState::WaitingForRetry;
    shop.wait_for_tasks(6, "ended, or waiting until tomorrow", is_settled);
    for program in [&mut orchestrator, &mut worker] {
        program.terminate();
        program.wait_for_success();
    }
    let (ended, waiting): (Vec<_>, Vec<_>) = shop.tasks().into_iter().partition(|task| task.state.is_terminal());
    whole_traces(&shop, &ended);
    // The order whose customer would have changed his mind, had the one who asked him not stopped.
    for task in waiting {
        let trace_id = identity::trace_id(task.task.task_uuid);
        let is_there = |trace: &Trace| !trace.captured().with("to_state", "waiting_for_retry").is_empty();
        let trace = wait_for_trace(shop.jaeger(), trace_id, "the last transition", is_there);
        trace.captured().assert_valid();
    }
}

/// As versions sent them that knew no trace context, or another one.
#[test]
#[ignore = "needs PostgreSQL and Jaeger: run scripts/with-servers, or set TASKER_SPAN_POSTGRES_URL, TASKER_SPAN_JAEGER_URL and TASKER_SPAN_OTLP_GRPC_URL"]
fn messages_without_a_usable_carrier_lead_to_the_right_root() {
    for headers in [None, Some(r#"{ "traceparent": "ff-0-0-0", "app": "shop 1.0" }"#)] {
        let shop = Shop::open();
        let mut orchestrator = shop.orchestrator(&[example_order("1001")]);
        shop.wait_for_tasks(1, "waiting for steps", |task| task.state == TaskState::StepsInProcess);
        let resent: u64 = shop.with_database(async |pool| {
            let mut transaction = pool.begin().await?;
            let message: String = sqlx::query_scalar("DELETE FROM pgmq.q_worker_fulfillment RETURNING message::text")
                .fetch_one(&mut *transaction)
                .await?;
            let sent = sqlx::query("SELECT pgmq.send('worker_fulfillment', $1::jsonb, $2::jsonb)")
                .bind(message)
                .bind(headers)
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await?;
            Ok(sent.rows_affected())
        });
        assert_eq!(resent, 1);
        let mut worker = shop.worker();
        orchestrator.wait_for_success();
        worker.terminate();
        worker.wait_for_success();

        let tasks = shop.wait_for_end(1);
        assert_eq!(tasks[0].state, TaskState::Complete);
        let trace = whole_traces(&shop, &tasks).remove(0);
        // Only the link is missing.
        let spans = trace.captured();
        for execution in &spans.named("step.execution") {
            let links = trace
                .span(execution.span_id())
                .unwrap()
                .references(RefType::FollowsFrom);
            let is_resent = execution.text("handler_name") == Some("validate_order");
            assert_eq!(links.is_empty(), is_resent, "{execution:?}\n{trace}");
            assert_eq!(execution.text("messaging.system"), Some("pgmq"), "{execution:?}");
        }
    }
}
