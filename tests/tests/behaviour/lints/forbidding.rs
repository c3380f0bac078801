//! One function of each shape, under every lint that code can be held to.

#![forbid(keyword_idents, let_underscore, nonstandard_style, rust_2018_idioms, unused)]
#![forbid(
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    closure_returning_async_block,
    deprecated_in_future,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    ffi_unwind_calls,
    impl_trait_redundant_captures,
    macro_use_extern_crate,
    meta_variable_misuse,
    missing_copy_implementations,
    missing_debug_implementations,
    missing_docs,
    missing_unsafe_on_extern,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unstable_features,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences
)]
#![forbid(clippy::all, clippy::cargo, clippy::pedantic)]
#![forbid(
    clippy::absolute_paths,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::arbitrary_source_item_ordering,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::as_underscore,
    clippy::branches_sharing_code,
    clippy::clone_on_ref_ptr,
    clippy::cognitive_complexity,
    clippy::collection_is_never_read,
    clippy::default_numeric_fallback,
    clippy::disallowed_script_idents,
    clippy::else_if_without_else,
    clippy::empty_enum_variants_with_brackets,
    clippy::equatable_if_let,
    clippy::exhaustive_enums,
    clippy::expect_used,
    clippy::field_scoped_visibility_modifiers,
    clippy::future_not_send,
    clippy::if_then_some_else_none,
    clippy::impl_trait_in_params,
    clippy::indexing_slicing,
    clippy::large_include_file,
    clippy::large_stack_frames,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::literal_string_with_formatting_args,
    clippy::min_ident_chars,
    clippy::missing_const_for_fn,
    clippy::missing_docs_in_private_items,
    clippy::missing_inline_in_public_items,
    clippy::missing_trait_methods,
    clippy::multiple_inherent_impl,
    clippy::needless_collect,
    clippy::needless_pass_by_ref_mut,
    clippy::needless_raw_strings,
    clippy::nonstandard_macro_braces,
    clippy::option_if_let_else,
    clippy::or_fun_call,
    clippy::panic,
    clippy::partial_pub_fields,
    clippy::pattern_type_mismatch,
    clippy::redundant_clone,
    clippy::ref_patterns,
    clippy::same_name_method,
    clippy::semicolon_inside_block,
    clippy::separated_literal_suffix,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::significant_drop_in_scrutinee,
    clippy::significant_drop_tightening,
    clippy::single_char_lifetime_names,
    clippy::single_option_map,
    clippy::std_instead_of_core,
    clippy::str_to_string,
    clippy::too_long_first_doc_paragraph,
    clippy::trait_duplication_in_bounds,
    clippy::try_err,
    clippy::tuple_array_conversions,
    clippy::type_repetition_in_bounds,
    clippy::undocumented_unsafe_blocks,
    clippy::unnecessary_self_imports,
    clippy::unnecessary_struct_initialization,
    clippy::unneeded_field_pattern,
    clippy::unreachable,
    clippy::unused_result_ok,
    clippy::unused_trait_names,
    clippy::unwrap_used,
    clippy::use_self,
    clippy::useless_let_if_seq,
    clippy::wildcard_enum_match_arm
)]

pub(super) mod subjects;

use core::fmt::Debug;
use core::num::ParseIntError;
use core::pin::Pin;
use std::process::exit;

use tasker_span_runtime::{SpanFields, Uuid, step_span, task_span};
use tasker_span_tests::fixture::{Step, Task};
use tokio::task::yield_now;

/// Without a value, in one line.
#[rustfmt::skip]
#[task_span("task.orchestration")]
pub(super) fn unit(task: &Task, log: &mut Vec<i32>) { log.push(task.priority); }

/// A transition with a result, `?` and an early return.
#[task_span("task.state_transition", from = from, to = "complete", fields(from, length = text.len()), err(Debug), ret)]
pub(super) fn transition(task: &Task, from: Option<&str>, text: &str) -> Result<i32, ParseIntError> {
    if from.is_none() {
        return Ok(task.priority);
    }
    let number = text.parse()?;
    Ok(number)
}

/// A type in parentheses that the turbofish does not need.
#[task_span("task.orchestration")]
pub(super) fn opaque<'task>(task: &'task Task) -> &'task (impl Debug + ?Sized) {
    &task.namespace_name
}

/// Plain `inherit` beside a parameter that is no subject.
#[step_span("payment.check", within = "step.execution", step_uuid = *step, late(namespace), inherit)]
pub(super) fn candidate(step: &Uuid) {
    tasker_span_runtime::span_record!(namespace = "payments");
}

/// A type in parentheses that it needs.
#[task_span("task.orchestration")]
pub(super) fn object<'task>(task: &'task mut Task) -> &'task mut (dyn Debug + Send) {
    &mut task.namespace_name
}

/// A subject in parentheses.
#[task_span("task.orchestration")]
pub(super) fn opaque_subject(task: &(impl SpanFields<Source = Task> + ?Sized)) -> bool {
    task.span_source().is_some()
}

/// A future, with two subjects that are fields of a parameter which the body moves.
#[step_span("step.execution", step = message.1, task = message.0, failed = |done| !done)]
pub(super) async fn execute(message: (Task, Step), log: &mut Vec<Task>) -> bool {
    yield_now().await;
    log.push(message.0);
    true
}

/// A future in one line.
#[rustfmt::skip]
#[task_span("step.discovery", task_uuid = id, inherit(correlation_id, namespace))]
pub(super) async fn discover(id: Uuid) { yield_now().await; }

/// A custom span, late attributes, a borrow that is returned.
#[task_span(
    "task.initialization",
    within = "task.orchestration",
    level = "debug",
    target = "tasker::init",
    correlation_id = task.correlation_id,
    namespace = task.namespace_name,
    late(task_uuid = |created| created.task_uuid)
)]
pub(super) fn initialize(task: &mut Task) -> &mut Task {
    task.priority = 7i32;
    task
}

/// A custom span whose subject is asked.
#[step_span("step.retry", within = "step.execution")]
pub(super) fn retry(task: &Task, step: &Step) -> bool {
    step.task_uuid == task.task_uuid
}

/// A function that returns a future.
#[task_span("result.evaluation")]
pub(super) fn evaluate(task: Task) -> Pin<Box<dyn Future<Output = i32> + Send>> {
    Box::pin(async move {
        let priority = task.priority;
        drop(task);
        priority
    })
}

/// A function that never returns.
#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
pub(super) fn never() -> ! {
    exit(1)
}

/// A future that never is ready.
#[task_span("task.orchestration", inherit(correlation_id, task_uuid, namespace))]
pub(super) async fn forever() -> ! {
    loop {
        yield_now().await;
    }
}
