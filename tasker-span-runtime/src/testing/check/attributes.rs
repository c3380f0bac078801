//! Checks the attributes, kind, status and times of a single span.

use std::collections::HashSet;

use uuid::Uuid;

use super::{Problem, ProblemKind, is_custom, marked};
use crate::UnknownNamespace;
use crate::catalogue::{self, Attribute, Family, SpanSpec, ValueType};
use crate::testing::{CapturedSpan, Status, Value};

pub(super) fn check(span: &CapturedSpan, unknown_namespace: UnknownNamespace, problems: &mut Vec<Problem>) {
    let is_required = |attribute: &Attribute| *attribute != Attribute::Namespace || !unknown_namespace.is_absent();
    check_duplicates(span, problems);
    if let Some(violation) = span.text("tasker.violation") {
        problems.push(Problem::of(span, ProblemKind::Violation, violation));
    }
    if let Some(spec) = catalogue::span(span.name()) {
        check_values(span, spec.required.iter().copied().filter(is_required), problems);
        check_kind(span, spec, problems);
        check_status(span, problems);
    } else if let Some(work) = marked(span) {
        check_values(span, work.required.iter().copied().filter(is_required), problems);
        check_marker(span, problems);
    } else if is_custom(span) {
        // The family of a custom span is not exported; step spans require what task spans do.
        check_values(
            span,
            Family::Task.required().iter().copied().filter(is_required),
            problems,
        );
        check_status(span, problems);
    }
    if span.end() < span.start() {
        problems.push(Problem::of(span, ProblemKind::WrongTimes, "ends before it starts"));
    }
}

/// A marker says for how long its work has run, and nothing of the outcome.
fn check_marker(span: &CapturedSpan, problems: &mut Vec<Problem>) {
    if *span.status() != Status::Unset {
        let message = "its status is set: a marker of running work has no outcome";
        problems.push(Problem::of(span, ProblemKind::WrongStatus, message));
    }
    if span.integer("tasker.running_for_ms").is_none_or(|millis| millis < 0) {
        let message = "attribute `tasker.running_for_ms` is missing or negative";
        problems.push(Problem::of(span, ProblemKind::MissingAttribute, message));
    }
}

fn check_duplicates(span: &CapturedSpan, problems: &mut Vec<Problem>) {
    let mut seen = HashSet::new();
    for (name, _) in span.attributes().iter().filter(|(name, _)| !seen.insert(name)) {
        let message = format!("attribute `{name}` is recorded more than once");
        problems.push(Problem::of(span, ProblemKind::DuplicateAttribute, message));
    }
}

fn check_values(span: &CapturedSpan, required: impl IntoIterator<Item = Attribute>, problems: &mut Vec<Problem>) {
    // Aborted work may lack its `late` attributes. The runtime marks those missing at the start.
    let is_aborted = span.is_error() || span.attribute("tasker.cancelled").is_some();
    for attribute in required {
        if !is_aborted && span.attribute(attribute.name()).is_none() {
            let message = format!("required attribute `{}` is missing", attribute.name());
            problems.push(Problem::of(span, ProblemKind::MissingAttribute, message));
        }
    }
    for &attribute in Attribute::ALL {
        let value = span.attribute(attribute.name());
        if let Some(mistake) = value.and_then(|value| mistake(attribute, value)) {
            let message = format!("attribute `{}` {mistake}", attribute.name());
            problems.push(Problem::of(span, ProblemKind::WrongValue, message));
        }
    }
}

/// The mistake in the value.
fn mistake(attribute: Attribute, value: &Value) -> Option<String> {
    let text = match (attribute.value_type(), value) {
        (ValueType::Integer, Value::Integer(_)) => return None,
        (ValueType::Integer, _) => return Some(format!("must be an integer and is {}: {value}", value.type_name())),
        (_, Value::Text(text)) => text,
        (_, _) => return Some(format!("must be a text and is {}: {value}", value.type_name())),
    };
    match attribute.value_type() {
        ValueType::Uuid => match Uuid::try_parse(text) {
            Ok(id) if id.is_nil() => Some("is the nil UUID".to_owned()),
            Ok(id) if id.hyphenated().to_string() == *text => None,
            Ok(_) => Some(format!("must be in lower case with hyphens: {text}")),
            Err(_) => Some(format!("must be a UUID: {text}")),
        },
        ValueType::State => {
            let is_snake = |c: char| c == '_' || c.is_alphanumeric() && !c.is_uppercase();
            (text.is_empty() || !text.chars().all(is_snake)).then(|| format!("must be in snake case: {text}"))
        }
        ValueType::Text | ValueType::Integer => text.is_empty().then(|| "is empty".to_owned()),
    }
}

fn check_kind(span: &CapturedSpan, spec: &SpanSpec, problems: &mut Vec<Problem>) {
    if span.kind() != spec.kind {
        let message = format!("its span kind is {:?} and must be {:?}", span.kind(), spec.kind);
        problems.push(Problem::of(span, ProblemKind::WrongSpanKind, message));
    }
}

fn check_status(span: &CapturedSpan, problems: &mut Vec<Problem>) {
    let message = match span.status() {
        Status::Ok => "its status is Ok: success leaves the status unset",
        Status::Error { .. } if span.error_type().is_none_or(str::is_empty) => {
            "its status is Error without `error.type`"
        }
        Status::Unset | Status::Error { .. } => return,
    };
    problems.push(Problem::of(span, ProblemKind::WrongStatus, message));
}
