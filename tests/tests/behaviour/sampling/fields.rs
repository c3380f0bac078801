//! `fields(…)` of unsampled spans that are exported after all: those that are cheap to store.

use std::cell::Cell;

use tasker_span_tests::prelude::*;

struct Order {
    id: Uuid,
    region: String,
    lines: Vec<u32>,
}

impl Order {
    fn of(region: &str) -> Self {
        Self {
            id: Uuid::max(),
            region: region.to_owned(),
            lines: vec![1, 2],
        }
    }
}

thread_local! {
    static COMPUTED: Cell<u32> = const { Cell::new(0) };
}

/// Its cost is not known.
fn computed() -> u32 {
    COMPUTED.set(COMPUTED.get() + 1);
    COMPUTED.get()
}

#[step_span(
    "handler.execution",
    inherit,
    fields(
        region = order.region,
        lines = order.lines.len(),
        computed = computed(),
        listed = ?order.lines,
        order.id,
        gift = false,
    )
)]
fn pack(order: &Order, is_done: bool) -> Result<(), &'static str> {
    if is_done { Ok(()) } else { Err("no box") }
}

fn packed(order: &Order) -> CapturedSpan {
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || pack(order, false).unwrap_err());
    capture.spans().named("handler.execution").one()
}

#[test]
fn an_error_of_an_unsampled_step_has_its_cheap_fields() {
    let span = packed(&Order::of("eu"));
    assert_eq!((span.text("region"), span.integer("lines")), (Some("eu"), Some(2)));
    assert_eq!(span.text("order.id"), Some("ffffffff-ffff-ffff-ffff-ffffffffffff"));
    assert_eq!(span.attribute("gift"), Some(&false.into()));
    assert_eq!(COMPUTED.get(), 0, "it is not evaluated");
    assert!(["computed", "listed"].iter().all(|name| span.attribute(name).is_none()));
}

#[test]
fn a_long_text_is_left_out() {
    let span = packed(&Order::of(&"x".repeat(64)));
    assert_eq!(span.text("region"), Some(&*"x".repeat(64)));
    let span = packed(&Order::of(&"x".repeat(65)));
    assert_eq!((span.text("region"), span.integer("lines")), (None, Some(2)));
}

#[test]
fn the_ancestors_of_an_error_have_theirs() {
    #[step_span("step.execution", fields(urgency = task.priority))]
    fn run(task: &Task, step: &Step, work: impl FnOnce()) {
        work();
    }

    #[step_span("handler.execution", inherit, fields(size))]
    async fn fail_later(size: usize) -> Result<(), String> {
        tokio::task::yield_now().await;
        Err("later".to_owned())
    }

    let capture = no_steps();
    let task = Task::default();
    run(&task, &task.step(), || {
        let block = step_scope!("result.submission", inherit, fields(rows = 3_u8));
        block.in_scope(fail);
        finish(fail_later(7)).unwrap_err();
    });
    let spans = capture.spans();
    let of = |name: &str, field: &str| spans.named(name).iter().find_map(|span| span.integer(field));
    assert_eq!(of("step.execution", "urgency"), Some(3));
    assert_eq!(of("result.submission", "rows"), Some(3));
    assert_eq!(of("handler.execution", "size"), Some(7));
}

#[test]
fn nothing_is_left_of_an_earlier_span() {
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || pack(&Order::of("eu"), true).unwrap());
    assert!(capture.spans().is_empty());
    execute(&task, &task.step(), fail);
    let spans = capture.spans();
    assert!(
        spans
            .iter()
            .all(|span| span.attribute("region").is_none() && span.attribute("lines").is_none())
    );
}

#[test]
fn a_span_that_creates_its_task_for_an_unsampled_request_has_its_cheap_fields() {
    #[task_span("task.creation", within = "task.orchestration", correlation_id = Uuid::max(), namespace = "payments", late(task_uuid), fields(region))]
    fn create(region: &str, created: Uuid) -> Result<(), &'static str> {
        span_record!(task_uuid = created);
        Err("refused")
    }

    let capture = no_tasks();
    let request = TraceContext::from_headers(Some("00-000000000000000000000000000000aa-00000000000000bb-00"), None);
    let _request = request.context().attach();
    create("eu", Uuid::now_v7()).unwrap_err();
    assert_eq!(capture.spans().one().text("region"), Some("eu"));
}
