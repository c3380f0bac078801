//! Markers: spans that say which work runs, and since when. They are exported while it runs, at growing intervals.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::Link;

use super::open_task::OpenTask;
use crate::catalogue::Family;
use crate::catalogue::attributes::Text;
use crate::catalogue::site::Role;
use crate::clock::{Instant, Wall};
use crate::identity::{self, cache};
use crate::record::{End, Extra, Source, SpanNames, SpanRecord, Time};
use crate::sampled_by::SampledBy;
use crate::sampling::SampleReason;
use crate::span::export::wanted_bits;
use crate::span::local::{ENDED, LocalSpan};
use crate::span::previous::RELATION;
use crate::span::sampling_decision::SamplingDecision;
use crate::span::{decide, position, random};

/// The most markers of one work, and how much older it is at each than at the one before.
const MOST: u8 = 4;
const GROWTH: u32 = 4;

/// Work that runs for so long is slow.
const BY: SampledBy = SampledBy::Slow;

/// One look at the open work.
pub(super) struct Look {
    pub(super) after: Duration,
    pub(super) names: SpanNames,
    pub(super) wall: Wall,
    pub(super) now: Instant,
}

impl Look {
    /// Whether work gets another marker, which is counted. Of several that are due it gets the last one only.
    pub(super) fn is_due(&self, started: u64, markers: &mut u8) -> bool {
        let age = Duration::from_nanos(self.wall.at(self.now).saturating_sub(started));
        let reached = |marker: &u8| age >= self.after.saturating_mul(GROWTH.pow(u32::from(*marker)));
        let due = (0..MOST).take_while(reached).last().map_or(0, |last| last + 1);
        let before = std::mem::replace(markers, due.max(*markers));
        due > before
    }

    /// The marker of a span's work, unless it has ended. An unsampled span is then exported at its end, too.
    pub(super) fn of_span(&self, span: &LocalSpan, state: Option<Text>) -> Option<SpanRecord> {
        if span.has_ended() || span.is_unplaced || !span.may_be_exported() {
            return None;
        }
        let mut attributes = span.known();
        attributes.to_state = state;
        if !span.sampling.is_sampled {
            if span.set(wanted_bits(BY)) & ENDED != 0 {
                return None;
            }
            if let Some(task_uuid) = attributes.task_uuid {
                cache::update_task(span.realm(), task_uuid, |task| task.note_sampled_by(BY));
            }
        }
        let is_step = span.site.role() == Role::Execution;
        let link = || {
            let relation = KeyValue::new(RELATION, "running");
            Link::new(position::derived(span.trace_id(), span.span_id()), vec![relation], 0)
        };
        Some(SpanRecord {
            source: Source::Running(if is_step { Family::Step } else { Family::Task }),
            names: self.names,
            attributes,
            trace_id: span.trace_id(),
            span_id: random::span_id(),
            // A task's own span has no parent: it is the parent.
            parent_id: Some(span.record.parent_id.unwrap_or_else(|| span.span_id())),
            parent_is_remote: span.record.parent_is_remote,
            started: Time::Unix(self.wall.at(span.started)),
            ended: Time::Unix(self.wall.at(self.now)),
            end: End::Returned,
            reason: reason(&span.sampling),
            extra: is_step.then(|| {
                Box::new(Extra {
                    links: vec![link()],
                    ..Extra::default()
                })
            }),
        })
    }

    /// The marker of a task. Its root is emitted when it ends.
    pub(super) fn of_task(&self, task: &OpenTask) -> Option<SpanRecord> {
        if let Some(driver) = &task.driver {
            return self.of_span(driver, task.state());
        }
        let task_uuid = task.attributes.task_uuid?;
        let sampling = decide::of_open_task(task_uuid, &task.attributes);
        if !sampling.is_sampled {
            cache::update_task(0, task_uuid, |task| task.note_sampled_by(BY));
        }
        Some(SpanRecord {
            source: Source::Running(Family::Task),
            names: self.names,
            attributes: task.attributes.clone(),
            trace_id: identity::trace_id(task_uuid),
            span_id: random::span_id(),
            parent_id: Some(identity::root_span_id(task_uuid)),
            parent_is_remote: true,
            started: Time::Unix(task.started),
            ended: Time::Unix(self.wall.at(self.now)),
            end: End::Returned,
            reason: reason(&sampling),
            extra: None,
        })
    }
}

fn reason(sampling: &SamplingDecision) -> SampleReason {
    if sampling.is_sampled {
        SampleReason::at_start(sampling.decision)
    } else {
        SampleReason::AtEnd(BY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;

    #[test]
    fn markers_come_at_growing_intervals_and_few_of_them() {
        let (wall, now) = (clock::wall(), clock::now());
        let look = Look {
            after: Duration::from_secs(10),
            names: SpanNames::Plain,
            wall,
            now,
        };
        let at = |age: u64, markers: &mut u8| look.is_due(wall.at(now) - age * 1_000_000_000, markers);
        let mut markers = 0;
        let due: Vec<_> = (0..10_000).filter(|age| at(*age, &mut markers)).collect();
        assert_eq!(due, [10, 40, 160, 640]);
        // Of a task that began long ago.
        let mut markers = 0;
        let due: Vec<_> = (200..10_000).filter(|age| at(*age, &mut markers)).collect();
        assert_eq!(due, [200, 640]);
    }
}
