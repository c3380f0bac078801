//! The hook that sees each value of a span before its export.

use std::sync::{Arc, Mutex};

use opentelemetry::KeyValue;
use opentelemetry::trace::TraceContextExt;
use tasker_span_runtime::redact::{Field, FieldKind, Redact, Redaction};
use tasker_span_tests::prelude::*;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Whether the text has a number of 16 digits.
fn has_card_number(text: &str) -> bool {
    let mut runs = text.split(|c: char| !c.is_ascii_digit());
    runs.any(|run| run.len() == 16)
}

const CARD: &str = "4111111111111111";

/// Omits customers by name, and masks card numbers wherever they are.
fn payments(field: &Field<'_>) -> Redaction {
    if field.key() == "customer" {
        Redaction::Omit
    } else if has_card_number(&field.text()) {
        Redaction::Replace("a card".into())
    } else {
        Redaction::Keep
    }
}

fn capture(hook: impl Redact) -> Capture {
    Capture::builder().redact(hook).start()
}

#[step_span("step.execution", fields(customer = "Ada", card = CARD, number = 4_111_111_111_111_111_i64, amount = 7))]
fn charge(task: &Task, step: &Step) -> Result<(), String> {
    tracing::info!(customer = "Ada", card = CARD, amount = 7, "charging {CARD}");
    let error = std::io::Error::other(format!("{CARD} was refused"));
    tracing::warn!(error = &error as &dyn std::error::Error, "refused");
    Err(format!("{CARD} declined"))
}

#[test]
fn values_are_omitted_by_name_and_replaced_by_text() {
    let capture = capture(payments);
    let task = Task::default();
    charge(&task, &task.step()).unwrap_err();
    let spans = capture.spans();
    let span = spans.one();
    assert!(span.attribute("customer").is_none());
    assert_eq!(
        (span.text("card"), span.text("number")),
        (Some("a card"), Some("a card"))
    );
    assert_eq!(span.integer("amount"), Some(7));
    assert_eq!(span.uuid("task_uuid"), Some(task.task_uuid));
    assert_eq!(*span.status(), Status::error("a card"));
    let [charging, refused] = span.events() else {
        panic!("{:#?}", span.events())
    };
    assert_eq!((charging.name(), refused.name()), ("a card", "refused"));
    assert!(charging.attribute("customer").is_none());
    assert_eq!(charging.attribute("amount"), Some(&7_i64.into()));
    let text = format!("{spans:?}");
    assert!(!text.contains(CARD) && !text.contains("Ada"), "{text}");
}

#[test]
fn spans_of_other_code_are_redacted() {
    let capture = capture(payments);
    let span = tracing::info_span!(
        "query",
        customer = "Ada",
        card = CARD,
        otel.name = format!("pay {CARD}")
    );
    span.in_scope(|| tracing::info!(customer = "Ada", "charging {CARD}"));
    span.set_status(opentelemetry::trace::Status::error(format!("{CARD} declined")));
    let other = remote(7, 8).context().span().span_context().clone();
    span.add_link_with_attributes(
        other,
        vec![KeyValue::new("customer", "Ada"), KeyValue::new("amount", 7)],
    );
    drop(span);
    let spans = capture.spans();
    let span = spans.one();
    assert_eq!((span.name(), span.text("card")), ("a card", Some("a card")));
    assert_eq!(*span.status(), Status::error("a card"));
    assert_eq!(span.links()[0].attributes().len(), 1);
    let text = format!("{spans:?}");
    assert!(!text.contains(CARD) && !text.contains("Ada"), "{text}");
}

/// What a hook is shown: kinds, keys and texts.
type Seen = Arc<Mutex<Vec<(FieldKind, String, String)>>>;

#[test]
fn the_hook_sees_every_value_with_its_kind() {
    let seen = Seen::default();
    let capture = {
        let seen = Arc::clone(&seen);
        capture(move |field: &Field<'_>| {
            assert_eq!(field.span_name(), "step.execution");
            let of_field = (field.kind(), field.key().to_owned(), field.text().into_owned());
            seen.lock().unwrap().push(of_field);
            Redaction::Keep
        })
    };
    let task = Task::default();
    charge(&task, &task.step()).unwrap_err();
    let (spans, seen) = (capture.spans(), seen.lock().unwrap());
    let span = spans.one();
    let of_kind = |kind| {
        let seen = seen.iter().filter(move |(other, ..)| *other == kind);
        seen.map(|(_, key, _)| key.as_str()).collect::<Vec<_>>()
    };
    let names = |attributes: &[(String, _)]| attributes.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(of_kind(FieldKind::Attribute), names(span.attributes()));
    let of_events = span.events().iter().flat_map(|event| names(event.attributes()));
    assert_eq!(of_kind(FieldKind::EventAttribute), of_events.collect::<Vec<_>>());
    assert_eq!(of_kind(FieldKind::EventMessage), ["message"; 2]);
    assert_eq!(of_kind(FieldKind::Description), ["description"]);
    assert_eq!(of_kind(FieldKind::SpanName), ["name"]);
    let shown = |key: &str, text: &str| seen.iter().any(|(_, other, shown)| other == key && shown == text);
    assert!(
        shown("error.type", "String") || shown("error.type", "alloc::string::String"),
        "{seen:?}"
    );
    assert!(
        shown("amount", "7") && shown("namespace", &task.namespace_name),
        "{seen:?}"
    );
    assert!(shown("exception.message", &format!("{CARD} was refused")), "{seen:?}");
}

#[test]
fn violations_and_ids_pass_the_hook_and_the_trace_stays_whole() {
    let capture = capture(|field: &Field<'_>| match field.key() {
        "task_uuid" | "tasker.violation" => Redaction::Omit,
        _ => Redaction::Keep,
    });
    let task = Task::default();
    orchestrate(&task, || {
        transition(&task, "pending", "initializing", || discover(&task));
    });
    let spans = capture.spans();
    let discovery = spans.named("step.discovery").one();
    assert!(discovery.attribute("tasker.violation").is_none() && discovery.attribute("task_uuid").is_none());
    assert_eq!(discovery.trace_id(), identity::trace_id(task.task_uuid));
    let root = spans.named("task.orchestration").one();
    assert_eq!(root.span_id(), identity::root_span_id(task.task_uuid));
}

#[test]
fn a_span_and_an_event_keep_a_name() {
    let capture = capture(|_: &Field<'_>| Redaction::Omit);
    let task = Task::default();
    charge(&task, &task.step()).unwrap_err();
    let spans = capture.spans();
    let span = spans.one();
    assert_eq!((span.name(), span.attributes().len()), ("omitted", 0));
    assert_eq!(*span.status(), Status::error(""));
    for event in span.events() {
        assert_eq!((event.name(), event.attributes().len()), ("omitted", 0));
    }
}

#[test]
fn a_value_about_which_the_hook_panics_is_omitted_and_counted() {
    let capture = capture(|field: &Field<'_>| {
        assert!(!has_card_number(&field.text()), "a bug of the hook");
        Redaction::Keep
    });
    let before = stats();
    let task = Task::default();
    charge(&task, &task.step()).unwrap_err();
    tracing::info_span!("query", card = CARD, amount = 7).in_scope(|| ());
    let spans = capture.spans();
    let span = spans.named("step.execution").one();
    assert!(span.attribute("card").is_none() && span.integer("amount") == Some(7));
    assert_eq!((*span.status()).clone(), Status::error(""));
    assert_eq!(span.events()[0].name(), "omitted");
    let query = spans.named("query").one();
    assert!(query.attribute("card").is_none() && query.integer("amount") == Some(7));
    let text = format!("{spans:?}");
    assert!(!text.contains(CARD), "{text}");
    assert!(stats().since(&before).values_lost_in_redaction >= 6, "{:?}", stats());
}

#[test]
fn debug_shows_no_value() {
    let shown = Arc::new(Mutex::new(String::new()));
    let hook = {
        let shown = Arc::clone(&shown);
        move |field: &Field<'_>| {
            let mut shown = shown.lock().unwrap();
            *shown = format!("{shown}{field:?}");
            Redaction::Keep
        }
    };
    let capture = capture(hook);
    tracing::info_span!("query", card = CARD).in_scope(|| ());
    drop(capture);
    let shown = shown.lock().unwrap();
    assert!(shown.contains("card") && !shown.contains(CARD), "{shown}");
}

/// They would be shown to the hook, whose spans would be shown to it, and so on.
#[test]
fn spans_that_the_hook_opens_are_left_out() {
    let before = stats();
    let capture = capture(|_: &Field<'_>| {
        let task = Task::default();
        execute(&task, &task.step(), || {
            tracing::info_span!("of the hook").in_scope(|| tracing::info!("redacting"));
        });
        Redaction::Keep
    });
    tracing::info_span!("query", amount = 7).in_scope(|| ());
    let task = Task::default();
    execute(&task, &task.step(), || ());
    assert_eq!(capture.spans().names(), ["query", "step.execution"]);
    assert!(stats().since(&before).spans_refused > 0);
}
