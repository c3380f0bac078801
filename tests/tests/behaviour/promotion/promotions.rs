//! Means to promote local spans, and when a program uses them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use proptest::prelude::{Just, Strategy, prop, prop_oneof};
use tasker_span_tests::prelude::*;
use tracing::{Instrument, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use super::world::World;

/// How code asks for the active span.
#[derive(Clone, Copy, Debug)]
pub(super) enum Means {
    Current,
    Context,
    InScope,
    Instrument,
    Spawn,
    /// Keeps the `tracing` span until the program ends.
    Keep,
    /// Enters a span that was held, which may have ended.
    Reenter,
    ReadTraceContext,
    /// Carries nothing to elsewhere.
    CarryScope,
}

/// The means at each point of a program, over and over.
#[derive(Clone, Debug)]
pub(super) struct Promotions(Vec<Option<Means>>);

impl Promotions {
    pub(super) fn none() -> Self {
        Self(vec![None])
    }

    /// Each means at one of the first points, or at all of them.
    #[cfg(test)]
    pub(super) fn all_over() -> impl Iterator<Item = Self> {
        [Means::Current, Means::InScope, Means::Spawn, Means::Keep]
            .into_iter()
            .flat_map(|means| {
                let alone = (0..16).map(move |point| (0..16).map(|other| (other == point).then_some(means)).collect());
                alone.chain([vec![Some(means)]]).map(Self)
            })
    }

    /// The means at the point of this number.
    fn at(&self, point: usize) -> Option<Means> {
        self.0[point % self.0.len()]
    }
}

pub(super) fn promotions() -> impl Strategy<Value = Promotions> {
    let means = prop_oneof![
        Just(Means::Current),
        Just(Means::Context),
        Just(Means::InScope),
        Just(Means::Instrument),
        Just(Means::Spawn),
        Just(Means::Keep),
        Just(Means::Reenter),
    ];
    at_points(means)
}

/// With means that promote nothing.
pub(super) fn promotions_and_reads() -> impl Strategy<Value = Promotions> {
    let reads = prop_oneof![Just(Means::ReadTraceContext), Just(Means::CarryScope)];
    let only_reads = at_points(reads.clone());
    let means = prop_oneof![Just(Means::Current), Just(Means::Context), Just(Means::Spawn), reads];
    prop_oneof![only_reads, at_points(means)]
}

fn at_points(means: impl Strategy<Value = Means>) -> impl Strategy<Value = Promotions> {
    let point = prop_oneof![2 => Just(None), 1 => means.prop_map(Some)];
    prop::collection::vec(point, 1..16).prop_map(Promotions)
}

impl World {
    /// A point at which the program may promote its spans.
    pub(super) fn point(&self) {
        let point = self.points.fetch_add(1, Ordering::Relaxed);
        match self.promotions.at(point) {
            None => {}
            Some(Means::Current) => drop(Span::current()),
            Some(Means::Context) => drop(Span::current().context()),
            Some(Means::InScope) => Span::current().in_scope(|| ()),
            Some(Means::Instrument) => finish(async {}.instrument(Span::current())),
            Some(Means::Spawn) => {
                let work = async {}.in_current_span();
                self.on_thread(|| finish(work));
            }
            Some(Means::Keep) => self.held.push(Span::current()),
            Some(Means::Reenter) => {
                if let Some(span) = self.held.take(point) {
                    span.in_scope(|| ());
                    self.held.push(span);
                }
            }
            Some(Means::ReadTraceContext) => drop(TraceContext::current()),
            Some(Means::CarryScope) => in_current_scope(|| ())(),
        }
    }
}

/// Promotes spans where the values of a function are dropped: at its end, while it unwinds, or as a cancelled future.
pub(super) struct AtDrop(pub(super) Arc<World>);

impl Drop for AtDrop {
    fn drop(&mut self) {
        self.0.point();
    }
}
