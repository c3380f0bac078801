//! A whole crate without a prelude.

#![deny(warnings)]
#![no_implicit_prelude]

use ::tasker_span_runtime::{SpanFields, Uuid, task_span};

#[derive(SpanFields)]
struct Order {
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: ::std::string::String,
}

#[task_span("task.orchestration", fields(attempts = 3))]
fn orchestrate(task: &Order) -> ::core::result::Result<Uuid, ::std::string::String> {
    ::core::result::Result::Ok(task.task_uuid)
}

#[task_span("step.discovery", late(priority = |_| 1))]
async fn discover(task: &Order) -> ::core::option::Option<Uuid> {
    ::core::option::Option::Some(task.task_uuid)
}

#[::core::prelude::v1::test]
fn it_runs() {
    let id = Uuid::from_u128(7);
    let namespace = ::std::string::ToString::to_string("payments");
    let task = Order {
        task_uuid: id,
        correlation_id: id,
        namespace,
    };
    ::core::assert!(::core::matches!(orchestrate(&task), ::core::result::Result::Ok(_)));
    ::core::mem::drop(discover(&task));
}
