//! Expansions of the derive, compared with the snapshots in `tests/snapshots`.

use quote::quote;
use syn::{DeriveInput, parse_quote};

use super::derive;
use crate::tests::snapshot::{compare, pretty, readable};

fn expanded(input: &DeriveInput) -> String {
    readable(derive(input))
}

#[track_caller]
fn check(name: &str, input: &DeriveInput) {
    let source = pretty(quote!(#[derive(SpanFields)] #input));
    compare(&format!("derive_{name}"), &source, &expanded(input));
}

#[test]
fn fields() {
    check(
        "fields",
        &parse_quote! {
            pub struct Task {
                pub task_uuid: Uuid,
                pub parent_correlation_id: Option<Uuid>,
                pub r#priority: i32,
                #[span(namespace)]
                pub namespace_name: String,
                #[span(started_at)]
                pub created_at: DateTime<Utc>,
                #[span(skip)]
                pub task_name: Payload,
                pub context: serde_json::Value,
            }
        },
    );
}

#[test]
fn one_field_for_two_attributes() {
    check(
        "tuple",
        &parse_quote!(
            struct Handler(#[span(handler_name, task_name)] &'static str, #[span(step_uuid)] Uuid);
        ),
    );
}

#[test]
fn nested_subjects() {
    check(
        "nested",
        &parse_quote! {
            struct TaskForOrchestration {
                #[span(nested(task_uuid, correlation_id, started_at))]
                task: Option<Box<Task>>,
            }
        },
    );
}

#[test]
fn computed_values() {
    check(
        "computed",
        &parse_quote! {
            #[span(namespace = self.meta.namespace(), handler_name = self.handler, priority = 2 * self.urgency)]
            struct Message;
        },
    );
}

#[test]
fn generic_fields_are_bounded() {
    check(
        "generic",
        &parse_quote! {
            struct Envelope<'a, T: Send + ?Sized, U = Uuid, const N: usize = 3> where U: Clone {
                #[span(nested(task_uuid))]
                task: &'a [Task; N],
                #[span(step_uuid)]
                id: Option<U>,
                #[span(nested(namespace))]
                inner: T,
            }
        },
    );
}

#[test]
fn packed_fields_are_copied() {
    check(
        "packed",
        &parse_quote!(
            #[repr(C, packed)]
            struct Row {
                task_uuid: Uuid,
                priority: u64,
            }
        ),
    );
}

#[test]
fn a_struct_with_mistakes_has_every_trait() {
    check(
        "fallback",
        &parse_quote!(
            #[span(crate = telemetry)]
            struct Task<T>
            where
                T: Copy,
            {
                #[span(task_id)]
                id: T,
            }
        ),
    );
}

#[test]
fn the_crate_path_is_used_throughout() {
    let input = parse_quote! {
        #[span(crate = crate::telemetry, namespace = self.namespace())]
        struct Message<T> {
            #[span(task_uuid)]
            id: T,
            #[span(started_at)]
            at: SystemTime,
            #[span(nested(priority))]
            task: T,
        }
    };
    let expansion = expanded(&input);
    assert!(!expansion.contains("tasker_span_runtime"), "{expansion}");
    assert_eq!(
        expansion.matches("impl<T> crate::telemetry::").count(),
        6,
        "{expansion}"
    );
}

/// The UI tests check the messages.
#[test]
fn all_mistakes_are_reported_at_once() {
    let input = parse_quote! {
        #[span(crate = "telemetry", skip, namespaces = 1)]
        struct Task {
            #[span]
            a: Uuid,
            #[span(task_id, nested(), nested(from_state), skip = 1)]
            b: Uuid,
            #[span(step_uuid extra)]
            c: Uuid,
            #[span("namespace", nested(priority; 1), task_uuid task_uuid)]
            d: Uuid,
            #[span(skip, correlation_id)]
            e: Uuid,
            task_uuid: Uuid,
        }
    };
    assert_eq!(expanded(&input).matches("compile_error!").count(), 14);
}
