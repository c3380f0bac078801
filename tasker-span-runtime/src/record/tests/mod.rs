//! The records and sites of these tests.

mod limits;
mod span_data;

use uuid::Uuid;

use super::{End, Extra, Source, SpanNames, SpanRecord, Time};
use crate::catalogue::attributes::Attributes;
use crate::catalogue::site::Site;
use crate::clock;
use crate::identity;
use crate::sampling::SampleReason;

static __SITE: Site = crate::__site! {
    span: "step.execution",
    family: Step,
    level: INFO,
    target: "test",
    late: [],
    fields: ["amount", "note"],
};

const TASK: Uuid = Uuid::from_u128(7);
const STEP: Uuid = Uuid::from_u128(8);

fn record(source: Source, end: End) -> SpanRecord {
    let now = clock::now();
    SpanRecord {
        source,
        attributes: Attributes {
            task_uuid: Some(TASK),
            step_uuid: Some(STEP),
            correlation_id: Some(TASK),
            attempt_number: Some(1),
            ..Attributes::default()
        },
        trace_id: identity::trace_id(TASK),
        span_id: identity::execution_span_id(STEP, 1),
        parent_id: Some(identity::root_span_id(TASK)),
        parent_is_remote: true,
        started: Time::Clock(now),
        ended: Time::Clock(clock::now()),
        end,
        names: SpanNames::Plain,
        reason: SampleReason::Always,
        extra: None,
    }
}

fn of_site(end: End, extra: Extra) -> SpanRecord {
    SpanRecord {
        extra: Some(Box::new(extra)),
        ..record(Source::Site(&__SITE), end)
    }
}
