//! The settings, compiled for the hot path.

use super::namespaces::{self, Namespace};
use super::settings::Sampling;
use super::threshold::Threshold;

/// What [`Sampling`] says, as thresholds: a namespace is hashed once, and nothing is allocated but for the first step of a
/// namespace.
#[derive(Debug)]
pub(crate) struct Rates {
    task: Threshold,
    /// Of steps whose namespace has no rate of its own.
    step: Threshold,
    /// By the hash of the name, with open addressing; at least half of them are free.
    listed: Box<[Option<Listed>]>,
    keep_errors: bool,
}

#[derive(Debug)]
struct Listed {
    hash: u64,
    name: Box<str>,
    threshold: Threshold,
    namespace: Namespace,
}

impl Rates {
    /// Of settings that are valid. A rate that is none keeps all, since what is dropped never comes back.
    pub(crate) fn new(sampling: &Sampling) -> Self {
        let threshold = |rate| Threshold::from_rate(rate).unwrap_or(Threshold::ALWAYS);
        let slots = match sampling.namespaces().count() {
            0 => 0,
            count => (2 * count).next_power_of_two(),
        };
        let mut listed: Box<[Option<Listed>]> = (0..slots).map(|_| None).collect();
        for (name, rate) in sampling.namespaces() {
            let hash = namespaces::hash(name);
            let free = namespaces::probe_mut(&mut listed, hash).find(|slot| slot.is_none());
            if let Some(slot) = free {
                *slot = Some(Listed {
                    hash,
                    name: name.into(),
                    threshold: threshold(rate),
                    namespace: Namespace::listed(name, hash),
                });
            }
        }
        Self {
            task: threshold(sampling.get_task_rate()),
            step: threshold(sampling.get_step_rate()),
            listed,
            keep_errors: sampling.get_keep_errors(),
        }
    }

    pub(super) fn task(&self) -> Threshold {
        self.task
    }

    /// The threshold of a namespace's steps, and where they are counted.
    pub(super) fn step(&self, namespace: Option<&str>) -> (Threshold, Namespace) {
        let Some(name) = namespace else {
            return (self.step, Namespace::NONE);
        };
        let hash = namespaces::hash(name);
        let candidates = namespaces::probe(&self.listed, hash).map_while(Option::as_ref);
        let mut same = candidates.filter(|listed| listed.hash == hash && *listed.name == *name);
        match same.next() {
            Some(listed) => (listed.threshold, listed.namespace),
            None => (self.step, Namespace::met(name, hash)),
        }
    }

    /// Where the steps of a namespace are counted.
    pub(crate) fn namespace(&self, name: Option<&str>) -> Namespace {
        self.step(name).1
    }

    pub(crate) fn keeps_errors(&self) -> bool {
        self.keep_errors
    }
}

#[cfg(test)]
mod tests {
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
                let (threshold, _) = rates.step(Some(name));
                assert_eq!(
                    Some(threshold),
                    Threshold::from_rate(sampling.get_namespace_rate(name)),
                    "{name:?}"
                );
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
            let (threshold, _) = rates.step(Some(&format!("rated {index}")));
            assert_eq!(Some(threshold), Threshold::from_rate(rate(index)), "{index}");
        }
    }

    #[test]
    fn counts_go_on_under_new_rates() {
        let kept = || {
            let mut counted = namespaces::counted();
            counted
                .find(|(name, _)| *name == Some("re-rated"))
                .map(|(_, counted)| counted.sampled)
        };
        Rates::new(&Sampling::new()).step(Some("re-rated")).1.count(true);
        Rates::new(&Sampling::new().namespace_rate("re-rated", 0.5))
            .step(Some("re-rated"))
            .1
            .count(true);
        Rates::new(&Sampling::new()).step(Some("re-rated")).1.count(true);
        assert_eq!(kept(), Some(3));
    }
}
