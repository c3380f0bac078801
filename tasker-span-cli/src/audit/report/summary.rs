//! The figures of a report.

use std::fmt::Write;

use crate::audit::check::Report;
use crate::audit::finding::{Severity, SiteReport};
use crate::audit::identity::Id;
use crate::audit::model::Kind;

/// The figures.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Summary {
    pub(super) spans: usize,
    pub(super) about_tasks: usize,
    /// Of these.
    pub(super) about_steps: usize,
    /// Of the spans about tasks, how many have each id; of those about steps, how many have `step_uuid`.
    pub(super) with_id: [usize; 4],
    pub(super) clean: usize,
    pub(super) without_span: usize,
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) notes: usize,
    pub(super) allowed: usize,
    pub(super) in_baseline: usize,
}

impl Summary {
    pub(super) fn of(report: &Report<'_>) -> Self {
        let mut summary = Self::of_sites(report.sites.iter());
        summary.count(report.comments.iter().map(|comment| comment.finding.severity));
        summary
    }

    pub(super) fn of_sites<'r>(sites: impl Iterator<Item = &'r SiteReport<'r>>) -> Self {
        let mut summary = Self::default();
        for site in sites {
            if *site.kind == Kind::Nothing {
                summary.without_span += usize::from(!site.findings.is_empty());
            } else {
                summary.spans += 1;
                summary.clean += usize::from(site.findings.is_empty() && site.in_baseline == 0);
                if site.is_about_task {
                    summary.about_tasks += 1;
                    summary.about_steps += usize::from(site.is_about_step);
                    for ((count, has), id) in summary.with_id.iter_mut().zip(site.ids).zip(Id::ALL) {
                        let counts = id != Id::Step || site.is_about_step;
                        *count += usize::from(has.is_some() && counts);
                    }
                }
            }
            summary.allowed += site.allowed;
            summary.in_baseline += site.in_baseline;
            summary.count(site.findings.iter().map(|finding| finding.severity));
        }
        summary
    }

    fn count(&mut self, severities: impl Iterator<Item = Severity>) {
        for severity in severities {
            match severity {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Note => self.notes += 1,
            }
        }
    }

    pub(super) fn findings(&self) -> usize {
        self.errors + self.warnings + self.notes
    }

    /// `64 spans, 23 % without a finding; …`
    pub(super) fn text(&self) -> String {
        let mut text = format!(
            "{}, {} without a finding",
            plural(self.spans, "span"),
            percent(self.clean, self.spans)
        );
        if self.about_tasks > 0 {
            let ids: Vec<String> = Id::ALL
                .iter()
                .zip(self.with_id)
                .filter(|(id, _)| **id != Id::Step || self.about_steps > 0)
                .map(|(id, count)| {
                    let of = if *id == Id::Step {
                        self.about_steps
                    } else {
                        self.about_tasks
                    };
                    format!("{} {}", id.name(), percent(count, of))
                })
                .collect();
            let _ = write!(
                text,
                "; of the {} about tasks have {}",
                self.about_tasks,
                ids.join(", ")
            );
        }
        let _ = write!(
            text,
            "; {}: {}, {}, {}",
            plural(self.findings(), "finding"),
            plural(self.errors, "error"),
            plural(self.warnings, "warning"),
            plural(self.notes, "note"),
        );
        if self.in_baseline > 0 {
            let _ = write!(text, "; {} more in the baseline", self.in_baseline);
        }
        if self.allowed > 0 {
            let _ = write!(text, "; {} allowed by comments", self.allowed);
        }
        text
    }
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

fn percent(part: usize, whole: usize) -> String {
    (part * 100)
        .checked_div(whole)
        .map_or_else(|| "–".to_owned(), |percent| format!("{percent} %"))
}
