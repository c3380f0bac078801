//! What spans share that no code of this process ran: lost attempts and recorded transitions.

use std::time::SystemTime;

use super::settings::Settings;
use super::{started_at, violation};
use crate::catalogue::attributes::Attributes;
use crate::catalogue::{self, Attribute};
use crate::record::{SpanRecord, pool};
use crate::stats;

/// The violations of a span that is recorded in place of its code.
pub(super) struct Reported<'a> {
    settings: &'a Settings,
    name: &'static str,
    violations: Vec<String>,
}

impl<'a> Reported<'a> {
    pub(super) fn new(settings: &'a Settings, name: &'static str, conflicts: Vec<String>) -> Self {
        Self {
            settings,
            name,
            violations: conflicts,
        }
    }

    /// Counts the required attributes that have no value.
    pub(super) fn note_missing(&mut self, attributes: &Attributes) {
        let may_lack = |required| required == Attribute::Namespace && self.settings.unknown_namespace.is_absent();
        let required = catalogue::span(self.name).map_or(&[][..], |span| span.required);
        for attribute in required {
            if attributes.get(*attribute).is_none() && !may_lack(*attribute) {
                stats::MISSING_ATTRIBUTES.add_one();
                self.violations.push(violation::not_supplied(self.name, *attribute));
            }
        }
    }

    /// The time as it is, or else `now` if it is not believed.
    pub(super) fn time(&mut self, what: &str, time: SystemTime, now: SystemTime) -> SystemTime {
        if started_at::believed(time).is_some() {
            return time;
        }
        self.violations.push(violation::start(self.name, what, time));
        now
    }

    /// Hands the record over. Returns the violations that stop a test in strict mode.
    pub(super) fn record(self, mut record: SpanRecord) -> Option<String> {
        let stopped_by = violation::strict_of(self.settings.is_strict, &self.violations);
        if !self.violations.is_empty() {
            record.extra.get_or_insert_default().violations = self.violations;
        }
        self.settings.recorder.record(pool::fill(record));
        stopped_by
    }
}
