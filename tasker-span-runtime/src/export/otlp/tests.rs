//! The bytes say what `opentelemetry-proto` makes of the same spans.

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use prost::Message;

use super::{Request, Template};
use crate::catalogue::Family;
use crate::catalogue::attributes::{Attributes, name};
use crate::catalogue::site::Site;
use crate::clock;
use crate::outcome::Failure;
use crate::record::{End, Extra, FieldValue, Limits, Shared, Source, SpanNames, SpanRecord, Time};
use crate::sampled_by::SampledBy;
use crate::sampling::{Decision, Rates, SampleReason, Sampling};
use crate::{identity, subscriber};

static __SITE: Site = crate::__site! {
    span: "step.execution",
    family: Step,
    level: INFO,
    target: "test",
    late: [],
    fields: ["amount", "otel.name", "messaging.system"],
};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z]{1,12}", any::<String>(), "[é]{60,300}"]
}

fn time() -> impl Strategy<Value = SystemTime> {
    (0..u64::MAX / 4).prop_map(|nanos| SystemTime::UNIX_EPOCH + Duration::from_nanos(nanos))
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        // Two NaNs are not equal.
        any::<f64>()
            .prop_filter("a number", |float| !float.is_nan())
            .prop_map(Value::from),
        text().prop_map(Value::from),
        vec(any::<bool>(), 0..4).prop_map(|values| Value::Array(Array::Bool(values))),
        vec(any::<i64>(), 0..4).prop_map(|values| Value::Array(Array::I64(values))),
        vec(-1e9..1e9, 0..4).prop_map(|values| Value::Array(Array::F64(values))),
        vec(text(), 0..4).prop_map(|values| Value::Array(Array::String(values.into_iter().map(Into::into).collect()))),
    ]
}

fn attributes() -> impl Strategy<Value = Vec<KeyValue>> {
    let key = prop_oneof![text(), Just("amount".to_owned()), Just("task_uuid".to_owned())];
    vec((key, value()).prop_map(|(key, value)| KeyValue::new(key, value)), 0..5)
}

fn context() -> impl Strategy<Value = SpanContext> {
    let state = prop_oneof![Just(""), Just("a=b"), Just("ot=th:8,vendor=x")];
    (any::<u128>(), any::<u64>(), any::<u8>(), any::<bool>(), state).prop_map(|(trace, span, flags, remote, state)| {
        let state = state.parse().unwrap_or(TraceState::NONE);
        SpanContext::new(
            TraceId::from(trace),
            SpanId::from(span),
            TraceFlags::new(flags),
            remote,
            state,
        )
    })
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = (text(), time(), attributes(), 0..3_u32);
    vec(
        event.prop_map(|(name, at, attributes, dropped)| Event::new(name, at, attributes, dropped)),
        0..4,
    )
}

fn links() -> impl Strategy<Value = Vec<Link>> {
    let link = (context(), attributes(), 0..3_u32);
    vec(
        link.prop_map(|(context, attributes, dropped)| Link::new(context, attributes, dropped)),
        0..4,
    )
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![Just(Status::Unset), Just(Status::Ok), text().prop_map(Status::error)]
}

fn kind() -> impl Strategy<Value = SpanKind> {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    prop::sample::select(vec![Client, Consumer, Internal, Producer, Server])
}

prop_compose! {
    fn foreign()(
        span_context in context(), parent in any::<u64>(), remote in any::<bool>(), span_kind in kind(), name in text(),
        start_time in time(), end_time in time(), attributes in attributes(), dropped in any::<u32>(), events in events(),
        links in links(), status in status(), scope in prop::sample::select(vec!["", "a", "b"]),
    ) -> SpanData {
        let (mut all_events, mut all_links) = (SpanEvents::default(), SpanLinks::default());
        (all_events.events, all_events.dropped_count) = (events, dropped / 2);
        (all_links.links, all_links.dropped_count) = (links, dropped / 3);
        let scope = InstrumentationScope::builder(scope).with_version("1").with_schema_url("https://schema");
        SpanData {
            span_context,
            parent_span_id: SpanId::from(parent / 2),
            parent_span_is_remote: remote,
            span_kind,
            name: name.into(),
            start_time,
            end_time,
            attributes,
            dropped_attributes_count: dropped,
            events: all_events,
            links: all_links,
            status,
            instrumentation_scope: scope.with_attributes([KeyValue::new("k", 1)]).build(),
        }
    }
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![
        Just(()).prop_map(|()| End::Returned),
        Just(()).prop_map(|()| End::Panicked),
        Just(()).prop_map(|()| End::Cancelled),
        (text(), text()).prop_map(|(error, text)| End::Failed(Box::new(Failure::new(error).with_description(text)))),
    ]
}

fn field() -> impl Strategy<Value = FieldValue> {
    prop_oneof![
        Just(FieldValue::Absent),
        text().prop_map(FieldValue::Text),
        text().prop_map(FieldValue::Displayed),
        any::<i64>().prop_map(FieldValue::Integer),
        (-1e9..1e9).prop_map(FieldValue::Float),
        any::<bool>().prop_map(FieldValue::Bool),
    ]
}

prop_compose! {
    fn extra()(
        fields in vec(field(), 3), links in links(), events in events(), attributes in attributes(), dropped in 0..9_u32,
        own_name in option::of(text()), received in 0..3, sent in 0..3, violations in vec(text(), 0..3),
        tracestate in option::of(Just("vendor=x".into())),
    ) -> Extra {
        let mut extra = Extra {
            fields,
            links,
            events,
            attributes,
            dropped_events: dropped,
            dropped_links: dropped / 2,
            dropped_attributes: dropped / 3,
            name: own_name.map(Into::into),
            violations,
            tracestate,
            ..Extra::default()
        };
        (0..received).for_each(|id| extra.received.add("pgmq", "steps", &id.to_string()));
        (0..sent).for_each(|id| extra.sent.add("pgmq", "results", &id.to_string()));
        extra
    }
}

fn source() -> impl Strategy<Value = Source> {
    prop_oneof![
        3 => Just(()).prop_map(|()| Source::Site(&__SITE)),
        1 => Just(()).prop_map(|()| Source::Root),
        1 => Just(()).prop_map(|()| Source::LostAttempt),
        1 => Just(()).prop_map(|()| Source::RecordedTransition),
        1 => Just(()).prop_map(|()| Source::Running(Family::Step)),
    ]
}

prop_compose! {
    fn ours()(
        source in source(), end in end(), extra in option::of(extra()), ids in any::<(u128, u128, u64, u64)>(),
        text in option::of(text()), attempt in option::of(any::<i64>()), has_parent in any::<bool>(),
        remote in any::<bool>(), times in any::<(u32, u32)>(), by_error in any::<bool>(), rate in option::of(0.0..1.0),
        failed in any::<bool>(),
    ) -> SpanRecord {
        let (task, step, ..) = ids;
        let (task, step) = (uuid::Uuid::from_u128(task), uuid::Uuid::from_u128(step));
        let attributes = Attributes {
            task_uuid: Some(task),
            step_uuid: Some(step).filter(|_| has_parent),
            correlation_id: Some(step),
            namespace: text.as_deref().map(name),
            attempt_number: attempt,
            to_state: failed.then(|| name("error")),
            ..Attributes::default()
        };
        SpanRecord {
            source,
            attributes,
            trace_id: if remote { identity::trace_id(task) } else { identity::trace_id(step) },
            span_id: identity::execution_span_id(step, 1),
            parent_id: has_parent.then(|| identity::root_span_id(task)),
            parent_is_remote: remote,
            started: Time::Unix(times.0.into()),
            ended: if failed { Time::Unix(times.1.into()) } else { Time::Clock(clock::now()) },
            end,
            names: if remote { SpanNames::Detailed } else { SpanNames::Plain },
            reason: if by_error {
                SampleReason::AtEnd(SampledBy::Error)
            } else {
                SampleReason::at_start(rate.map(decision))
            },
            extra: extra.map(Box::new),
        }
    }
}

fn decision(rate: f64) -> Decision {
    let rates = Rates::new(&Sampling::new().task_rate(rate));
    rates.decide_task(|| identity::trace_id(uuid::Uuid::max()))
}

fn limits() -> impl Strategy<Value = Limits> {
    let limit = || prop_oneof![3 => Just(128_u32), 1 => 0..4_u32];
    let text = prop_oneof![3 => Just(None), 1 => (0..40_u32).prop_map(Some)];
    (limit(), limit(), limit(), limit(), limit(), text).prop_map(
        |(attributes, events, links, event_attributes, link_attributes, text)| Limits {
            attributes,
            events,
            links,
            event_attributes,
            link_attributes,
            text,
        },
    )
}

fn resource() -> Resource {
    let resource = Resource::builder_empty().with_service_name("shop");
    let attributes = [KeyValue::new(Key::new("tier"), "a"), KeyValue::new("count", 3)];
    resource.with_schema_url(attributes, "https://schema").build()
}

/// One `ResourceSpans` for each scope, in the order of their names.
fn normalized(all: Vec<ResourceSpans>) -> Vec<ResourceSpans> {
    let mut all: Vec<_> = all
        .into_iter()
        .flat_map(|resource| {
            let scopes = resource.scope_spans.clone();
            scopes.into_iter().map(move |scope| {
                let mut resource = resource.clone();
                if let Some(resource) = &mut resource.resource {
                    resource.attributes.sort_by(|a, b| a.key.cmp(&b.key));
                }
                ResourceSpans {
                    scope_spans: vec![scope],
                    ..resource
                }
            })
        })
        .collect();
    all.sort_by_key(|resource| resource.scope_spans[0].scope.clone().unwrap_or_default().name);
    all
}

proptest! {
    #[test]
    fn the_bytes_say_what_the_library_says(
        mut ours in vec(ours(), 0..4), foreign in vec(foreign(), 0..4), limits in limits(),
    ) {
        let (resource, wall) = (resource(), clock::wall());
        let shared = Shared { limits, scope: subscriber::scope(), redactor: None };
        let template = Template::new(&resource, shared.clone());
        let mut request = Request::default();
        for record in &mut ours {
            let events = record.extra.as_ref().map(|extra| extra.events.clone());
            request.add_record(&template, record, &wall);
            if let (Some(extra), Some(events)) = (&mut record.extra, events) {
                extra.events = events;
            }
        }
        for span in &foreign {
            request.add_span(span);
        }

        let mut spans: Vec<_> = ours.iter_mut().map(|record| shared.span_data(record, &wall)).collect();
        spans.extend(foreign);
        let resource = ResourceAttributesWithSchema::from(&resource);
        let expected = group_spans_by_resource_and_scope(spans, &resource);
        let decoded = ExportTraceServiceRequest::decode(request.finish(&template)).unwrap();
        prop_assert_eq!(normalized(decoded.resource_spans), normalized(expected));
    }
}

#[test]
fn a_request_reuses_the_memory_of_another_one() {
    let (limits, scope) = (Limits::default(), subscriber::scope());
    let shared = Shared {
        limits,
        scope,
        redactor: None,
    };
    let template = Template::new(&resource(), shared);
    let wall = clock::wall();
    let filled = |mut request: Request| {
        (0..100).for_each(|_| request.add_record(&template, &mut SpanRecord::default(), &wall));
        request.finish(&template)
    };
    let first = filled(Request::default());
    let (memory, copy) = (first.as_ptr() as usize, first.to_vec());
    let second = filled(Request::reusing(first));
    assert!((second.as_ptr() as usize).abs_diff(memory) < 256, "the same memory");
    assert_eq!(second, copy);
    // What is still being sent is not written over.
    let copy_of_second = second.clone();
    assert_eq!(filled(Request::reusing(second)), copy_of_second);
}
