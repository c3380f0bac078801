//! The name of a span: the catalogue's where the function's name is plain, or else its own, within the nearest one.

use tasker_span_runtime::catalogue::{self, Attribute, CATALOGUE, Family, SpanSpec};

use crate::audit::config::words;
use crate::audit::identity::About;
use crate::audit::model::{Function, Kind, Site};

/// A span to be.
#[derive(Debug)]
pub(super) struct Span {
    pub(super) name: String,
    pub(super) family: Family,
    /// Of a span that is not in the catalogue.
    pub(super) within: Option<&'static str>,
    pub(super) kind: Option<String>,
    pub(super) required: Vec<&'static str>,
}

const CUSTOM_TASK: [&str; 3] = ["correlation_id", "task_uuid", "namespace"];
const CUSTOM_STEP: [&str; 4] = ["correlation_id", "task_uuid", "step_uuid", "namespace"];

/// Names a function's span.
pub(super) fn choose(function: &Function, site: &Site, about: About) -> Span {
    let written = site.arguments.name.as_deref();
    let of_catalogue = written.and_then(catalogue::span).or_else(|| plain(function, site));
    if let Some(spec) = of_catalogue.filter(|spec| fits(spec, function, about)) {
        return Span {
            name: spec.name.to_owned(),
            family: spec.family,
            within: None,
            kind: None,
            required: spec.required.iter().map(|attribute| attribute.name()).collect(),
        };
    }
    let (family, prefix, within, required) = if about.step {
        (Family::Step, "step", "step.execution", &CUSTOM_STEP[..])
    } else {
        (Family::Task, "task", "task.orchestration", &CUSTOM_TASK[..])
    };
    // A block has a name of its own; the function's may be that of several blocks.
    let said = written
        .filter(|_| site.kind != Kind::Instrument)
        .unwrap_or(&function.name);
    let own = written.filter(|name| is_valid(name) && name.contains('.') && catalogue::span(name).is_none());
    Span {
        name: own.map_or_else(|| format!("{prefix}.{}", word(said)), str::to_owned),
        family,
        within: Some(within),
        kind: kind(site),
        required: required.to_vec(),
    }
}

/// Whether the function can supply what the span is about.
fn fits(spec: &SpanSpec, function: &Function, about: About) -> bool {
    let has_states = states(function).is_some();
    let wants_states = spec.required.contains(&Attribute::FromState);
    (spec.family == Family::Task || about.step) && (!wants_states || has_states)
}

/// The parameters with the states of a transition.
pub(super) fn states(function: &Function) -> Option<(&str, &str)> {
    const NAMES: [(&str, &str); 5] = [
        ("from", "to"),
        ("from_state", "to_state"),
        ("current_state", "new_state"),
        ("old_state", "new_state"),
        ("current", "next"),
    ];
    let has = |name: &str| {
        function
            .parameters
            .iter()
            .any(|parameter| parameter.name == name && parameter.is_plain)
    };
    NAMES.into_iter().find(|(from, to)| has(from) && has(to))
}

/// The catalogue's span that a function's name and module say.
fn plain(function: &Function, site: &Site) -> Option<&'static SpanSpec> {
    if matches!(site.kind, Kind::Macro(_)) {
        return None;
    }
    let words: Vec<String> = words(&function.name).collect();
    let has = |any: &[&str]| words.iter().any(|word| any.contains(&word.as_str()));
    let first = words.first().map_or("", String::as_str);
    let handler = function
        .of_trait
        .as_deref()
        .is_some_and(|name| name.ends_with("Handler"));
    let in_worker = ["worker", "executor"]
        .iter()
        .any(|module| function.module.contains(module));
    let name = match first {
        "discover" | "find" | "get" if has(&["steps"]) && (first == "discover" || has(&["ready", "viable"])) => {
            "step.discovery"
        }
        "enqueue" if has(&["step", "steps"]) => "step.enqueuing",
        "evaluate" if has(&["result", "results"]) || function.module.contains("result") => "result.evaluation",
        "submit" | "publish" | "send" if has(&["result", "results"]) => "result.submission",
        "call" | "invoke" | "run" | "execute" if has(&["handler"]) => "handler.execution",
        "handle" | "call" | "execute" if handler && words.len() == 1 => "handler.execution",
        "execute" | "run" if has(&["step"]) || in_worker && words.len() == 1 => "step.execution",
        "transition" if has(&["step"]) || of_step(function) => "step.state_transition",
        "transition" => "task.state_transition",
        _ => return None,
    };
    CATALOGUE.iter().find(|span| span.name == name)
}

fn of_step(function: &Function) -> bool {
    let mut parameters = function.parameters.iter();
    parameters.any(|parameter| parameter.name == "step" || parameter.name == "step_uuid")
}

/// Names are words of `a-z`, `0-9` and `_` that begin with a letter, joined by dots.
fn is_valid(name: &str) -> bool {
    name.split('.').all(|word| {
        word.starts_with(|first: char| first.is_ascii_lowercase())
            && word
                .chars()
                .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
    })
}

fn word(name: &str) -> String {
    let word = words(name).filter(|word| word.is_ascii()).collect::<Vec<_>>().join("_");
    let word = word.trim_start_matches(|first: char| !first.is_ascii_lowercase());
    if word.is_empty() {
        "work".to_owned()
    } else {
        word.to_owned()
    }
}

/// `otel.kind = "consumer"` is an argument.
fn kind(site: &Site) -> Option<String> {
    let field = site.arguments.fields.iter().find(|field| field.name == "otel.kind")?;
    let kind = field.value.as_deref()?.trim_matches('"').to_lowercase();
    ["client", "consumer", "internal", "producer", "server"]
        .contains(&kind.as_str())
        .then_some(kind)
}
