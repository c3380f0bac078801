//! `SlowerThan`: the duration from which an unsampled span is sampled by slowness, and which of the
//! settings' durations is that of a span.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::namespaces::NameHash;
use super::settings::Sampling;
use crate::clock::{self, Instant};
use crate::identity::intern::{Text, intern};

/// A duration in nanoseconds. It is resolved when the span starts, so that the end only compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlowerThan(u64);

impl SlowerThan {
    /// No span is slow.
    pub(crate) const OFF: Self = Self(u64::MAX);

    fn new(duration: Duration) -> Self {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        Self(nanos.min(u64::MAX - 1))
    }

    #[inline]
    pub(crate) fn is_off(self) -> bool {
        self == Self::OFF
    }

    /// Whether a span with these times lasted at least so long.
    pub(crate) fn is_reached(self, started: Instant, ended: Instant) -> bool {
        !self.is_off() && clock::lasted(started, ended, self.0)
    }

    /// The same of times in nanoseconds since 1970.
    pub(crate) fn is_reached_by_nanos(self, started: u64, ended: u64) -> bool {
        !self.is_off() && ended.saturating_sub(started) >= self.0
    }
}

/// The durations of the settings, for the hot path.
#[derive(Debug)]
pub(super) struct Slowness {
    /// Whether there is any duration.
    is_on: bool,
    all: SlowerThan,
    namespaces: HashMap<Text, SlowerThan, NameHash>,
    handlers: HashMap<Text, SlowerThan, NameHash>,
}

impl Slowness {
    pub(super) fn new(sampling: &Sampling) -> Self {
        let by_name = |durations: &BTreeMap<String, Duration>| {
            let durations = durations.iter();
            durations
                .map(|(name, duration)| (intern(name), SlowerThan::new(*duration)))
                .collect()
        };
        Self {
            is_on: sampling.has_slower_than(),
            all: sampling.get_slower_than().map_or(SlowerThan::OFF, SlowerThan::new),
            namespaces: by_name(sampling.get_namespaces_slower_than()),
            handlers: by_name(sampling.get_handlers_slower_than()),
        }
    }

    /// The duration of a span: that of its handler, or else of its namespace, or else of all spans.
    #[inline]
    pub(super) fn of(&self, namespace: Option<&Text>, handler: Option<&Text>) -> SlowerThan {
        if !self.is_on {
            return SlowerThan::OFF;
        }
        // An empty map hashes nothing.
        let of_handler = handler.and_then(|name| self.handlers.get(name));
        let of_namespace = || namespace.and_then(|name| self.namespaces.get(name));
        of_handler.or_else(of_namespace).copied().unwrap_or(self.all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_handler_wins_over_the_namespace_and_that_over_all() {
        let sampling = Sampling::new()
            .slower_than(Duration::from_secs(5))
            .namespace_slower_than("payments", Duration::from_secs(2))
            .handler_slower_than("charge", Duration::from_millis(500));
        let slowness = Slowness::new(&sampling);
        let [payments, orders, charge, ship] = ["payments", "orders", "charge", "ship"].map(intern);
        let of = |namespace, handler| slowness.of(namespace, handler);
        let [all, namespace, handler] = [5_000, 2_000, 500].map(|millis| SlowerThan(millis * 1_000_000));
        assert_eq!(of(None, None), all);
        assert_eq!(of(Some(&orders), Some(&ship)), all);
        assert_eq!(of(Some(&payments), None), namespace);
        assert_eq!(of(Some(&payments), Some(&ship)), namespace);
        assert_eq!(of(Some(&payments), Some(&charge)), handler);
        assert_eq!(of(None, Some(&charge)), handler);
    }

    #[test]
    fn without_a_duration_nothing_is_slow() {
        let [payments, charge] = ["payments", "charge"].map(intern);
        let off = Slowness::new(&Sampling::new()).of(Some(&payments), Some(&charge));
        assert!(off.is_off() && !off.is_reached(Instant::ZERO, clock::now()));
        let handler = Sampling::new().handler_slower_than("charge", Duration::ZERO);
        let slowness = Slowness::new(&handler);
        assert!(slowness.of(Some(&payments), None).is_off());
        let now = clock::now();
        assert!(slowness.of(Some(&payments), Some(&charge)).is_reached(now, now));
    }

    #[test]
    fn the_longest_duration_is_reached_by_nothing() {
        let longest = SlowerThan::new(Duration::MAX);
        assert!(!longest.is_off() && !longest.is_reached(Instant::ZERO, clock::now()));
        assert!(!longest.is_reached_by_nanos(0, u64::MAX - 2));
    }
}
