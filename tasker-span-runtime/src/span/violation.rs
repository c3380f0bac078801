//! Violations of the catalogue: they are counted, exported with the span, and in strict mode they panic.

use std::time::SystemTime;

use tracing_subscriber::Registry;
use tracing_subscriber::registry::LookupSpan;

use super::local::LocalSpan;
use super::settings::Settings;
use super::stack::{self, Entered};
use super::unseen::At;
use crate::catalogue::Attribute;
use crate::catalogue::attributes::AttributeValue;
use crate::catalogue::site::Site;
use crate::stats;

/// Of a required attribute that has no value.
pub(super) fn missing(site: &Site, attribute: Attribute) -> String {
    let (span, attribute) = (site.name(), attribute.name());
    format!("{span} has no {attribute}: no argument, enclosing span or identity cache supplies it")
}

/// The same of a span that no code ran.
pub(super) fn not_supplied(span: &str, attribute: Attribute) -> String {
    let attribute = attribute.name();
    format!("{span} has no {attribute}: neither the subject nor the identity cache supplies it")
}

/// Of a late attribute that was not recorded.
pub(super) fn never_recorded(site: &Site, attribute: Attribute) -> String {
    format!("{} ended without its late {}", site.name(), attribute.name())
}

/// Notes ids that were the nil UUID.
#[cold]
pub(super) fn note_nil(span: &mut LocalSpan, nil: u64) {
    let violation = format!("{} was given a nil UUID", span.site.name());
    let extra = span.extra_mut();
    extra.nil_uuids += nil;
    extra.violations.push(violation);
}

/// A value as violations show it: texts are input, and may be long.
pub(super) fn shown(value: AttributeValue<'_>) -> String {
    const LONGEST: usize = 64;
    match value {
        AttributeValue::Uuid(id) => id.hyphenated().to_string(),
        AttributeValue::Integer(integer) => integer.to_string(),
        AttributeValue::Text(text) if text.len() > LONGEST => {
            format!("`{}…`", &text[..text.floor_char_boundary(LONGEST)])
        }
        AttributeValue::Text(text) => format!("`{text}`"),
    }
}

/// Notes numbers of an execution that cannot be true. They are exported as they are, and it has no derived id.
#[cold]
pub(super) fn note_numbers(span: &mut LocalSpan) {
    if span.settings.is_none() {
        return;
    }
    let own = &span.record.attributes;
    let name = span.site.name();
    let is_false = own.false_numbers();
    let violations = is_false.map(|(attribute, number, range)| {
        let (attribute, least, most) = (attribute.name(), range.start(), range.end());
        format!("{name} has the {attribute} {number}: expected {least} to {most}")
    });
    let violations: Vec<_> = violations.collect();
    stats::ATTEMPTS_OUT_OF_RANGE.add(violations.len() as u64);
    span.extra_mut().violations.extend(violations);
}

/// Notes a start of the task that is not believed.
#[cold]
pub(super) fn note_start(span: &mut LocalSpan, started_at: SystemTime) {
    if span.settings.is_some() {
        let violation = start(span.site.name(), "a started_at", started_at);
        span.extra_mut().violations.push(violation);
    }
}

/// Counts a start or another time that is not believed, and returns the violation.
pub(super) fn start(span: &str, name: &str, time: SystemTime) -> String {
    stats::STARTS_NOT_BELIEVED.add_one();
    let when = match SystemTime::now().duration_since(time) {
        Ok(age) => format!("{} days ago", age.as_secs() / 86_400),
        Err(ahead) => format!("{} s ahead", ahead.duration().as_secs()),
    };
    format!("{span} has {name} of {when}: expected a time of the last ten years")
}

/// The violations that stop a test in strict mode.
pub(super) fn strict(span: &LocalSpan) -> Option<String> {
    let is_strict = span.settings.as_ref().is_some_and(|settings| settings.is_strict);
    // A panic would abort the process while it unwinds, or drops a thread-local.
    if !is_strict || !span.is_exported() || std::thread::panicking() || stack::is_thread_ending() {
        return None;
    }
    span.with_extra(|extra| {
        let violations = &extra?.violations;
        (!violations.is_empty()).then(|| shown_at(violations, span.site))
    })
}

/// The violations of one span, and where it is.
pub(super) fn shown_at(violations: &[String], site: &'static Site) -> String {
    format!("{} ({})", violations.join("; "), At(site))
}

/// The same, of spans whose records are exported.
pub(super) fn strict_of(is_strict: bool, violations: &[String]) -> Option<String> {
    let may_panic = is_strict && !std::thread::panicking() && !stack::is_thread_ending();
    (may_panic && !violations.is_empty()).then(|| violations.join("; "))
}

/// # Panics
///
/// With the path of spans that led to the violations.
#[allow(clippy::panic, reason = "strict mode exists to stop a test at its first violation")]
pub(super) fn stop(violations: &str) {
    let path = path().join(" → ");
    let path = if path.is_empty() { "no span".to_owned() } else { path };
    panic!("tasker-span, strict mode: {violations} (inside {path})");
}

/// The names of the nearest spans that the running code is in, outermost first.
fn path() -> Vec<&'static str> {
    enum Name {
        Known(&'static str),
        Of(tracing::span::Id),
    }
    let names = stack::near_entries(|entries| {
        let mut names = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            match &entry.span {
                Entered::Local { span, .. } => {
                    if index == 0 {
                        let outer: Vec<_> = span
                            .near_ancestors()
                            .map(|span| Name::Known(span.site.name()))
                            .collect();
                        names.extend(outer.into_iter().rev());
                    }
                    names.push(Name::Known(span.site.name()));
                }
                Entered::Foreign { id, .. } => names.push(Name::Of(id.clone())),
            }
        }
        names
    });
    let names = names.unwrap_or_default().into_iter().filter_map(|name| match name {
        Name::Known(name) => Some(name),
        Name::Of(id) => {
            tracing::dispatcher::get_default(|dispatch| Some(dispatch.downcast_ref::<Registry>()?.span(&id)?.name()))
        }
    });
    names.collect()
}

fn may_lack_namespace(settings: Option<&Settings>) -> bool {
    settings.is_some_and(|settings| settings.unknown_namespace.is_absent())
}

/// Finds what an exported span lacks at its end, after looking for it once more.
pub(super) fn note_missing(
    site: &Site,
    settings: Option<&Settings>,
    known: &crate::catalogue::attributes::Attributes,
    has_succeeded: bool,
) -> Vec<String> {
    let mut violations = Vec::new();
    for attribute in site.required().filter(|attribute| known.get(*attribute).is_none()) {
        if !site.late().contains(&attribute) {
            if attribute == Attribute::Namespace && may_lack_namespace(settings) {
                continue;
            }
            stats::MISSING_ATTRIBUTES.add_one();
            violations.push(missing(site, attribute));
        } else if has_succeeded {
            stats::LATE_NEVER_RECORDED.add_one();
            violations.push(never_recorded(site, attribute));
        }
    }
    violations
}
