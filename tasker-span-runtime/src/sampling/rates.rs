//! `Rates`: the thresholds of the settings, for the hot path. Decisions by them are in `decision`.

use std::collections::HashMap;

use super::namespaces::{self, NameHash, Namespace};
use super::settings::Sampling;
use super::slowness::{SlowerThan, Slowness};
use super::threshold::Threshold;
use crate::identity::intern::{Text, intern};

#[derive(Debug)]
pub(crate) struct Rates {
    task: Threshold,
    /// Of steps whose namespace has no rate of its own.
    step: Threshold,
    /// All namespaces that were known when these rates were created: one look-up is enough.
    namespaces: HashMap<Text, (Threshold, Namespace), NameHash>,
    known: usize,
    keep_errors: bool,
    slowness: Slowness,
}

impl Rates {
    /// Of valid settings. A rate that is invalid nevertheless samples every span.
    pub(crate) fn new(sampling: &Sampling) -> Self {
        let threshold = |rate| Threshold::from_rate(rate).unwrap_or(Threshold::ALWAYS);
        let step = threshold(sampling.get_step_rate());
        let rated = sampling.namespaces().map(|(name, rate)| {
            let namespace = Namespace::rated(name);
            (intern(name), (threshold(rate), namespace))
        });
        let rated: Vec<_> = rated.collect();
        let known = namespaces::count();
        let unrated = namespaces::known().into_iter();
        let unrated = unrated.map(|(name, namespace)| (intern(name), (step, namespace)));
        Self {
            task: threshold(sampling.get_task_rate()),
            step,
            namespaces: unrated.chain(rated).collect(),
            known,
            keep_errors: sampling.get_keep_errors(),
            slowness: Slowness::new(sampling),
        }
    }

    /// Whether more namespaces are known than when these rates were created.
    #[inline]
    pub(super) fn is_stale(&self) -> bool {
        self.known != namespaces::count()
    }

    pub(super) fn task(&self) -> Threshold {
        self.task
    }

    /// The threshold of a namespace's steps, and where they are counted.
    pub(super) fn step(&self, namespace: Option<&Text>) -> (Threshold, Namespace) {
        let Some(name) = namespace else {
            return (self.step, Namespace::OTHERS);
        };
        match self.namespaces.get(name) {
            Some(known) => *known,
            None => (self.step, Namespace::of_step(name)),
        }
    }

    /// Where the steps of a namespace are counted.
    pub(crate) fn namespace(&self, name: Option<&Text>) -> Namespace {
        self.step(name).1
    }

    pub(crate) fn keeps_errors(&self) -> bool {
        self.keep_errors
    }

    /// From which duration a span of this namespace and handler is sampled by slowness.
    #[inline]
    pub(crate) fn slower_than(&self, namespace: Option<&Text>, handler: Option<&Text>) -> SlowerThan {
        self.slowness.of(namespace, handler)
    }
}

#[cfg(test)]
mod tests {
    use super::super::namespaces::namespace_stats;
    use super::*;

    #[test]
    fn a_namespace_has_its_own_rate_or_that_of_the_others() {
        let sampling = Sampling::new()
            .task_rate(0.75)
            .step_rate(0.5)
            .namespace_rate("payments", 1.0)
            .namespace_rate("", 0.25);
        let rates = Rates::new(&sampling);
        for name in ["payments", "", "registered_at_run_time", "Payments", "payments "] {
            for _ in 0..2 {
                let (threshold, _) = rates.step(Some(&intern(name)));
                let expected = Threshold::from_rate(sampling.get_namespace_rate(name));
                assert_eq!(Some(threshold), expected, "{name:?}");
            }
        }
        assert_eq!(rates.step(None).0.to_string(), "8");
        assert_eq!(rates.task().to_string(), "4");
        assert!(rates.keeps_errors() && !Rates::new(&sampling.discard_errors()).keeps_errors());
    }

    #[test]
    fn as_many_namespaces_as_are_valid_have_their_rates() {
        let rate = |index: u32| f64::from(index) / 1024.0;
        let all = (0..1024).fold(Sampling::new(), |all, index| {
            all.namespace_rate(format!("rated {index}"), rate(index))
        });
        let rates = Rates::new(&all);
        for index in 0..1024 {
            let (threshold, _) = rates.step(Some(&intern(&format!("rated {index}"))));
            assert_eq!(Some(threshold), Threshold::from_rate(rate(index)), "{index}");
        }
    }

    #[test]
    fn counts_go_on_under_new_rates() {
        let unrated = Sampling::new();
        let rated = Sampling::new().namespace_rate("re-rated", 0.5);
        for sampling in [&unrated, &rated, &unrated] {
            Rates::new(sampling).step(Some(&intern("re-rated"))).1.count(true);
        }
        let counts = namespace_stats().find(|(name, _)| *name == Some("re-rated"));
        assert_eq!(counts.map(|(_, counts)| counts.sampled), Some(3));
    }
}
