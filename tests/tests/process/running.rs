//! Work that runs for long: its markers, and the list of open work. The durations are short, and no test depends on how short.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use tasker_span_runtime::testing::{CapturedSpan, Outline, SpanStore, Spans};
use tasker_span_runtime::{
    Console, DetachedSpan, OpenWork, OpenWorkKind, Sampling, SpanNames, Telemetry, TelemetryBuilder, record_transition,
    step_scope, step_span, task_span,
};
use tasker_span_tests::calls::{begin, complete, execute, initialize, orchestrate, transition};
use tasker_span_tests::fixture::{Step, Task};
use tasker_span_tests::process;

use crate::{DEADLINE, under};

const SOON: Duration = Duration::from_millis(10);
const HOUR: Duration = Duration::from_hours(1);

fn builder(after: Duration) -> (TelemetryBuilder, SpanStore) {
    let store = SpanStore::new();
    let builder = Telemetry::builder().console(Console::Off).console_only();
    (builder.running_after(after).span_processor(store.clone()), store)
}

fn telemetry(after: Duration) -> (Telemetry, SpanStore) {
    let (builder, store) = builder(after);
    (builder.build().unwrap(), store)
}

/// Waits until there is a value.
fn until<T>(mut find: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = find() {
            return found;
        }
        assert!(began.elapsed() < DEADLINE, "it has not come");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Waits for so many spans of this name.
fn wait_for(store: &SpanStore, name: &str, count: usize) -> Spans {
    until(|| Some(store.spans().named(name)).filter(|spans| spans.len() >= count))
}

/// An execution that is open until its value ends.
fn hanging(task: &Task, step: &Step) -> DetachedSpan {
    step_scope!("step.execution", task = task, step = step).detach()
}

fn parents(spans: &Spans) -> BTreeSet<String> {
    spans
        .iter()
        .map(|span| span.parent_span_id().unwrap().to_string())
        .collect()
}

fn is_sampled_by_slowness(span: &CapturedSpan) -> bool {
    span.text("tasker.sampled_by") == Some("slow")
}

#[step_span("step.state_transition", from = "enqueued", to = "in_progress")]
fn start_step(task: &Task, step: &Step) {}

#[task_span("task.state_transition", from = "pending", to = "initializing")]
fn fail_to_begin(task: &Task) -> Result<(), &'static str> {
    Err("the database is away")
}

#[test]
fn a_step_that_hangs_is_seen_before_its_end_and_after_it() {
    let (telemetry, store) = telemetry(SOON);
    let task = Task::default();
    let step = task.step().attempt(2);
    let open = under(&telemetry, || hanging(&task, &step));
    let marker = wait_for(&store, "step.running", 1).iter().next().unwrap().clone();
    assert!(store.spans().named("step.execution").is_empty());
    assert_eq!(marker.parent_span_id(), Some(task.root_id()));
    assert_ne!(marker.span_id(), step.execution_id());
    assert_eq!(
        (marker.text("handler_name"), marker.integer("attempt_number")),
        (Some("charge_payment"), Some(2))
    );
    assert_eq!(marker.uuid("task_uuid"), Some(task.task_uuid));
    let link = &marker.links()[0];
    assert_eq!(
        (link.trace_id(), link.span_id()),
        (task.trace_id(), step.execution_id())
    );
    assert!(!marker.is_error() && marker.integer("tasker.running_for_ms") >= Some(10));
    store.spans().assert_valid();

    under(&telemetry, || {
        open.end_with(&Err::<(), _>("declined"));
        complete(&task);
    });
    let spans = store.spans();
    let execution = spans.named("step.execution").one();
    // The wall clock of a reading may be corrected meanwhile.
    let apart = execution
        .start()
        .duration_since(marker.start())
        .unwrap_or_else(|error| error.duration());
    assert!(apart < Duration::from_secs(1) && execution.is_error());
    assert_eq!(
        parents(&spans.named("step.running")),
        parents(&spans.named("step.execution"))
    );
    spans.assert_complete();
    assert!(telemetry.open_work().is_empty());
}

#[test]
fn the_tree_says_what_runs() {
    let (builder, store) = builder(SOON);
    let telemetry = builder.span_names(SpanNames::Detailed).build().unwrap();
    let task = Task::default();
    let open = under(&telemetry, || {
        begin(&task);
        hanging(&task, &task.step())
    });
    let text = until(|| {
        let spans = store.spans();
        let both = ["task.running", "step.running"].map(|name| spans.named(name).iter().next().cloned());
        let [Some(_), Some(step)] = both else { return None };
        assert_eq!(step.exported_name(), "step.running charge_payment");
        Some(Outline::new(&spans).attributes(&["tasker.state"]).to_string())
    });
    assert!(
        text.contains("  task.running order_fulfillment tasker.state=initializing\n"),
        "{text}"
    );
    assert!(text.contains("  step.running charge_payment attempt=1\n"), "{text}");
    open.end();
}

#[test]
fn markers_come_at_growing_intervals_and_four_at_most() {
    let (telemetry, store) = telemetry(SOON);
    let task = Task::default();
    let open = under(&telemetry, || hanging(&task, &task.step()));
    // The last one is due at 64 times the first.
    let ages = until(|| {
        let markers = store.spans().named("step.running");
        let ages = markers
            .iter()
            .map(|marker| marker.integer("tasker.running_for_ms").unwrap());
        let ages: BTreeSet<_> = ages.collect();
        ages.last().is_some_and(|age| *age >= 640).then_some(ages)
    });
    assert!((1..=4).contains(&ages.len()), "{ages:?}");
    assert_eq!(telemetry.stats().running_markers, ages.len() as u64);
    open.end();
}

/// Unsampled with its task, and alone.
#[test]
fn an_unsampled_step_that_hangs_is_seen_as_well() {
    let unsampled = [Sampling::new().task_rate(0.0), Sampling::new().step_rate(0.0)];
    let cases = unsampled
        .into_iter()
        .flat_map(|rates| [rates.clone().discard_errors(), rates]);
    process::alone_each(cases, |rates| {
        let (builder, store) = builder(SOON);
        let telemetry = builder.sampling(rates).build().unwrap();
        let task = Task::default();
        let open = under(&telemetry, || hanging(&task, &task.step()));
        let marker = wait_for(&store, "step.running", 1);
        assert!(marker.iter().all(is_sampled_by_slowness));
        store.spans().assert_valid();
        under(&telemetry, || {
            open.end();
            complete(&task);
        });
        let spans = store.spans();
        assert!(is_sampled_by_slowness(&spans.named("step.execution").one()));
        assert_eq!(
            parents(&spans.named("step.running")),
            parents(&spans.named("step.execution"))
        );
        assert_eq!(spans.named("task.orchestration").one().span_id(), task.root_id());
        spans.assert_complete();
    });
}

#[test]
fn unsampled_work_that_ends_in_time_is_not_exported() {
    process::alone(|| {
        let (builder, store) = builder(HOUR);
        let telemetry = builder.sampling(Sampling::new().task_rate(0.0)).build().unwrap();
        under(&telemetry, || {
            let task = Task::default();
            begin(&task);
            execute(&task, &task.step(), || start_step(&task, &task.step()));
            orchestrate(&Task::default(), || ());
            assert_eq!(telemetry.open_work().len(), 1);
            complete(&task);
        });
        assert!(telemetry.open_work().is_empty() && store.spans().is_empty());
        assert_eq!(telemetry.stats().running_markers, 0);
    });
}

#[test]
fn nothing_is_listed_or_marked_by_default() {
    for off in [None, Some(Duration::ZERO)] {
        let builder = Telemetry::builder().console(Console::Off).console_only();
        let builder = off.into_iter().fold(builder, TelemetryBuilder::running_after);
        let telemetry = builder.build().unwrap();
        let task = Task::default();
        let open = under(&telemetry, || hanging(&task, &task.step()));
        assert!(telemetry.open_work().is_empty());
        open.end();
    }
}

#[test]
fn the_list_has_what_is_open_the_oldest_first() {
    let (telemetry, store) = telemetry(HOUR);
    let task = Task::default();
    let step = task.step();
    let later = task.step().attempt(2);
    under(&telemetry, || {
        initialize(&task, || ());
        let open = hanging(&task, &step);
        execute(&task, &later, || {
            start_step(&task, &later);
            let list = telemetry.open_work();
            let ids: Vec<_> = list
                .iter()
                .map(|work| (work.kind(), work.task_uuid(), work.step_uuid()))
                .collect();
            let (kind, task_uuid) = (OpenWorkKind::Step, Some(task.task_uuid));
            let expected = [
                (OpenWorkKind::Task, task_uuid, None),
                (kind, task_uuid, Some(step.workflow_step_uuid)),
                (kind, task_uuid, Some(later.workflow_step_uuid)),
            ];
            assert_eq!(ids, expected);
            let states: Vec<_> = list.iter().map(|work| work.state()).collect();
            assert_eq!(states, [Some("enqueuing_steps"), None, Some("in_progress")]);
            // The task began when its row was created.
            assert!(list[0].age() >= Duration::from_secs(90) && list[0].age() > list[1].age());
            assert_eq!(list[0].task_name(), Some("order_fulfillment"));
            assert_eq!(
                (list[2].handler_name(), list[2].attempt_number()),
                (Some("charge_payment"), Some(2))
            );
            assert_eq!(
                (list[2].namespace(), list[2].correlation_id()),
                (Some("payments"), Some(task.correlation_id))
            );
            assert_eq!(
                list[2].trace_url("/trace/"),
                Some(format!("/trace/{}", task.trace_id()))
            );
            assert!(list.iter().all(OpenWork::is_sampled));
        });
        assert_eq!(telemetry.open_work().len(), 2);
        open.cancel();
        assert_eq!(telemetry.open_work().len(), 1);
        complete(&task);
    });
    assert!(telemetry.open_work().is_empty());
    assert!(store.spans().named("step.running").is_empty());
}

#[test]
fn work_is_open_until_it_ends_however_it_ends() {
    let (telemetry, _) = telemetry(HOUR);
    under(&telemetry, || {
        let task = Task::default();
        let panicked = std::panic::catch_unwind(|| execute(&task, &task.step(), || panic!("a fault")));
        assert!(panicked.is_err());
        drop(hanging(&task, &task.step()));
        assert!(telemetry.open_work().is_empty());
        // A transition that failed has moved nothing.
        assert!(fail_to_begin(&task).is_err());
        assert!(telemetry.open_work().is_empty());
        begin(&task);
        let fail = |state| transition(&task, "initializing", state, || telemetry.open_work().len());
        assert_eq!((fail("error"), telemetry.open_work().len()), (1, 0));
        // No code of this program ends these two.
        let [stale, forgotten] = [Task::default(), Task::default()];
        begin(&stale);
        record_transition(&stale, "initializing", "error", std::time::SystemTime::now());
        record_transition(&forgotten, "pending", "initializing", std::time::SystemTime::now());
        assert!(telemetry.open_work().is_empty());
    });
}

/// Transitions inside of it do not end it.
#[test]
fn a_task_with_a_driver_is_open_until_the_driver_ends() {
    let (telemetry, store) = telemetry(SOON);
    let task = Task::default();
    under(&telemetry, || {
        orchestrate(&task, || {
            begin(&task);
            complete(&task);
            let list = telemetry.open_work();
            assert_eq!((list.len(), list[0].state()), (1, Some("complete")));
            wait_for(&store, "task.running", 1);
        });
    });
    assert!(telemetry.open_work().is_empty());
    let spans = store.spans();
    let root = spans.named("task.orchestration").one();
    assert!(
        spans
            .named("task.running")
            .iter()
            .all(|marker| marker.parent_span_id() == Some(root.span_id()))
    );
    spans.assert_complete();
}

/// Opens so many steps of a task.
fn open_steps(telemetry: &Telemetry, steps: usize) -> Vec<DetachedSpan> {
    let task = Task::default();
    under(telemetry, || (0..steps).map(|_| hanging(&task, &task.step())).collect())
}

#[test]
fn ten_thousand_open_steps_have_a_marker_each() {
    process::alone(|| {
        const STEPS: usize = 10_000;
        let (telemetry, store) = telemetry(SOON);
        let open = open_steps(&telemetry, STEPS);
        assert_eq!(telemetry.open_work().len(), STEPS);
        until(|| {
            let markers = store.spans().named("step.running");
            let marked: BTreeSet<_> = markers.iter().map(|marker| marker.uuid("step_uuid")).collect();
            (marked.len() == STEPS).then_some(())
        });
        open.into_iter().for_each(DetachedSpan::cancel);
        assert!(telemetry.open_work().is_empty());
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        let counted = (
            stats.open_work_refused,
            stats.pending(),
            stats.spans_ended - stats.running_markers,
        );
        assert_eq!(counted, (0, 0, STEPS as u64));
    });
}

/// What has no room yet waits.
#[test]
fn markers_wait_for_room_in_a_small_queue() {
    let queue = [
        ("OTEL_BSP_MAX_QUEUE_SIZE", "64"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "16"),
    ];
    process::alone_in(&queue, || {
        let (telemetry, store) = telemetry(SOON);
        let open = open_steps(&telemetry, 1_000);
        wait_for(&store, "step.running", 1_000);
        assert_eq!(telemetry.stats().spans_refused, 0);
        drop((telemetry, open));
    });
}

#[test]
fn open_work_beyond_the_limit_is_counted() {
    process::alone(|| {
        const MOST: usize = 32_768;
        let (telemetry, _) = telemetry(HOUR);
        let open = open_steps(&telemetry, MOST + 100);
        assert_eq!(
            (telemetry.open_work().len(), telemetry.stats().open_work_refused),
            (MOST, 100)
        );
        open.into_iter().for_each(DetachedSpan::cancel);
        assert!(telemetry.open_work().is_empty());
        // There is room again.
        let open = open_steps(&telemetry, 1);
        assert_eq!(
            (telemetry.open_work().len(), telemetry.stats().open_work_refused),
            (1, 100)
        );
        drop(open);
    });
}

/// As if they had ended in another process.
#[test]
fn tasks_that_never_end_here_give_way_to_later_ones() {
    process::alone(|| {
        let (telemetry, _) = telemetry(HOUR);
        let tasks: Vec<_> = (0..40_000).map(|_| Task::default()).collect();
        under(&telemetry, || tasks.iter().for_each(begin));
        let listed: BTreeSet<_> = telemetry.open_work().iter().map(OpenWork::task_uuid).collect();
        let stats = telemetry.stats();
        assert_eq!(listed.len() as u64 + stats.open_work_refused, 40_000);
        assert!(
            listed.len() <= 16_384
                && tasks[39_900..]
                    .iter()
                    .all(|task| listed.contains(&Some(task.task_uuid)))
        );
    });
}
