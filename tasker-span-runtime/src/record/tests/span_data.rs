//! What a record becomes.

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, SpanKind, Status};
use opentelemetry_sdk::trace::SpanData;

use super::super::span_data::{Shared, tracestate};
use super::super::{End, Extra, Limits, Source, SpanRecord, Time};
use super::{TASK, of_site, record};
use crate::catalogue::Family;
use crate::catalogue::attributes::name;
use crate::clock;
use crate::identity::{self, TraceId};
use crate::outcome::Failure;
use crate::record::FieldValue;
use crate::sampled_by::SampledBy;
use crate::sampling::{Decision, Rates, SampleReason, Sampling};
use crate::subscriber;

fn within(limits: Limits, mut record: SpanRecord) -> SpanData {
    Shared {
        limits,
        scope: subscriber::scope(),
        redactor: None,
    }
    .span_data(&mut record, &clock::wall())
}

fn data(record: SpanRecord) -> SpanData {
    within(Limits::DEFAULT, record)
}

fn keys(data: &SpanData) -> Vec<&str> {
    data.attributes.iter().map(|attribute| attribute.key.as_str()).collect()
}

fn value(data: &SpanData, key: &str) -> Option<String> {
    let attribute = data.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    attribute.map(|attribute| attribute.value.to_string())
}

fn failed() -> End {
    End::Failed(Box::new(Failure::new("declined").with_description("limit exceeded")))
}

#[test]
fn every_outcome_has_its_mark_and_its_status() {
    let lost = Some("the worker was lost before the attempt ended");
    let cases = [
        (Source::Site(&super::__SITE), End::Returned, None, None),
        (
            Source::Site(&super::__SITE),
            failed(),
            Some("declined"),
            Some("limit exceeded"),
        ),
        (
            Source::Site(&super::__SITE),
            End::Panicked,
            Some("panic"),
            Some("panicked"),
        ),
        (Source::Site(&super::__SITE), End::Cancelled, None, None),
        (Source::LostAttempt, End::Returned, Some("worker_lost"), lost),
        (Source::Root, End::Returned, None, None),
        (Source::RecordedTransition, End::Returned, None, None),
        (Source::Running(Family::Step), End::Returned, None, None),
    ];
    for (source, end, error_type, description) in cases {
        let is_cancelled = matches!(end, End::Cancelled);
        let data = data(record(source, end));
        assert_eq!(value(&data, "error.type").as_deref(), error_type);
        let status = description.map_or(Status::Unset, Status::error);
        assert_eq!(data.status, status);
        let cancelled = is_cancelled.then_some("true");
        assert_eq!(value(&data, "tasker.cancelled").as_deref(), cancelled);
    }
}

#[test]
fn a_root_has_the_state_of_its_task() {
    for (state, error_type) in [("complete", None), ("error", Some("task_error"))] {
        let mut root = record(Source::Root, End::Returned);
        root.parent_id = None;
        root.attributes.to_state = Some(name(state));
        let data = data(root);
        assert_eq!(value(&data, "tasker.final_state").as_deref(), Some(state));
        assert_eq!(value(&data, "error.type").as_deref(), error_type);
        assert_eq!(
            (&*data.name, data.span_kind),
            ("task.orchestration", SpanKind::Internal)
        );
        assert_eq!(data.parent_span_id, opentelemetry::trace::SpanId::INVALID);
    }
}

fn full() -> Extra {
    let mut extra = Extra {
        fields: vec![FieldValue::Integer(7), FieldValue::Absent],
        attributes: vec![KeyValue::new("amount", 8), KeyValue::new("set", true)],
        violations: vec!["one".to_owned(), "two".to_owned()],
        ..Extra::default()
    };
    extra.received.add("rabbitmq", "results", "42");
    extra.sent.add("rabbitmq", "steps", "43");
    extra
}

#[test]
fn the_attributes_are_in_order_of_importance() {
    let mut record = of_site(failed(), full());
    record.reason = SampleReason::AtEnd(SampledBy::Error);
    let data = data(record);
    let catalogue = super::__SITE.attributes().iter().map(|attribute| attribute.name());
    let known: Vec<_> = catalogue.filter(|name| value(&data, name).is_some()).collect();
    let rest = [
        "error.type",
        "tasker.sampled_by",
        "tasker.violation",
        "code.function.name",
        "code.file.path",
        "code.line.number",
        "messaging.system",
        "messaging.operation.type",
        "messaging.operation.name",
        "messaging.destination.name",
        "messaging.message.id",
        "amount",
        "messaging.message.conversation_id",
        "set",
    ];
    assert_eq!(keys(&data), [&known[..], &rest].concat());
    // A later value replaces the field's. A span that processes messages does not show those that it sends.
    assert_eq!(value(&data, "amount").as_deref(), Some("8"));
    assert_eq!(value(&data, "messaging.operation.name").as_deref(), Some("process"));
    assert_eq!(value(&data, "tasker.violation").as_deref(), Some("one; two"));
}

#[test]
fn an_attribute_that_is_set_replaces_neither_the_catalogue_s_nor_the_outcome() {
    let set = ["task_uuid", "error.type", "tasker.sampled_by"].map(|key| KeyValue::new(key, "set"));
    let mut record = of_site(
        failed(),
        Extra {
            attributes: set.to_vec(),
            ..Extra::default()
        },
    );
    record.reason = SampleReason::AtEnd(SampledBy::Error);
    let data = data(record);
    assert_eq!(value(&data, "task_uuid"), Some(TASK.to_string()));
    assert_eq!(value(&data, "error.type").as_deref(), Some("declined"));
    assert_eq!(value(&data, "tasker.sampled_by").as_deref(), Some("error"));
}

#[test]
fn limits_count_what_they_drop_and_keep_the_outcome() {
    let mut extra = full();
    extra.events = (0..5).map(|_| Event::with_name("event")).collect();
    extra.dropped_events = 2;
    let link = super::super::marks::remote(identity::trace_id(TASK), identity::root_span_id(TASK));
    extra.links = vec![Link::with_context(link); 4];
    let all = data(of_site(failed(), extra.clone())).attributes.len();
    let limits = Limits {
        attributes: 8,
        events: 3,
        links: 1,
        ..Limits::DEFAULT
    };
    let data = within(limits, of_site(failed(), extra));
    assert_eq!(data.attributes.len(), 8);
    assert_eq!(data.dropped_attributes_count as usize, all - 8);
    assert_eq!(value(&data, "error.type").as_deref(), Some("declined"));
    assert_eq!((data.events.len(), data.events.dropped_count), (3, 4));
    assert_eq!((data.links.len(), data.links.dropped_count), (1, 3));
}

#[test]
fn a_span_outside_its_task_s_trace_is_linked_to_the_root_once() {
    let mut inside = record(Source::Site(&super::__SITE), End::Returned);
    assert!(
        data(record(Source::Site(&super::__SITE), End::Returned))
            .links
            .is_empty()
    );
    inside.trace_id = TraceId::of_hash(99);
    let data = data(inside);
    let [link] = &*data.links.links else {
        panic!("{:?}", data.links)
    };
    let root = opentelemetry::trace::SpanId::from(identity::root_span_id(TASK).to_u64());
    assert_eq!(link.span_context.span_id(), root);
    assert!(link.span_context.is_remote());
}

#[test]
fn the_context_is_sampled_and_tells_the_decision() {
    let data = data(of_site(
        End::Returned,
        Extra {
            tracestate: Some("v=1".into()),
            ..Extra::default()
        },
    ));
    assert!(data.span_context.is_sampled() && !data.span_context.is_remote() && data.parent_span_is_remote);
    assert_eq!(data.span_context.trace_state().header(), "v=1");
}

#[test]
fn the_tracestate_has_the_threshold_in_front() {
    let rates = Rates::new(&Sampling::new().task_rate(0.25));
    let decision = Decision {
        sampled: true,
        ..rates.decide_task(|| TraceId::of_hash(0))
    };
    assert_eq!(tracestate(None, None).header(), "");
    assert_eq!(tracestate(Some("v=1"), None).header(), "v=1");
    assert_eq!(tracestate(None, Some(&decision)).header(), "ot=th:c");
    assert_eq!(tracestate(Some("v=1"), Some(&decision)).header(), "ot=th:c,v=1");
}

#[test]
fn no_span_ends_before_it_starts() {
    let mut early = record(Source::Site(&super::__SITE), End::Returned);
    std::mem::swap(&mut early.started, &mut early.ended);
    let early = data(early);
    assert!(early.start_time <= early.end_time);
    let mut future = record(Source::Root, End::Returned);
    future.started = Time::Unix(u64::MAX);
    let future = data(future);
    assert_eq!(future.start_time, future.end_time);
}
