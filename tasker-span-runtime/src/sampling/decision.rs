//! `Decision`: whether the spans of a task or of a step are sampled. `tracestate` writes it down.

use uuid::Uuid;

use super::namespaces::Namespace;
use super::randomness::{RANGE, Randomness};
use super::rates::Rates;
use super::threshold::Threshold;
use crate::identity::TraceId;
use crate::identity::intern::Text;

/// A sampling decision, with its probability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) sampled: bool,
    pub(crate) threshold: Threshold,
    /// What the threshold was compared with, unless that was the trace id's randomness.
    pub(crate) randomness: Option<Randomness>,
}

impl Decision {
    /// Whether every such span is sampled. Then a collector needs no probability.
    pub(crate) fn is_certain(&self) -> bool {
        self.threshold.is_always()
    }
}

impl Rates {
    /// Decides on a task's spans. The trace id is computed only if it matters.
    #[inline]
    pub(crate) fn decide_task(&self, trace: impl FnOnce() -> TraceId) -> Decision {
        let threshold = self.task();
        let is_fixed = threshold.is_always() || threshold.is_never();
        Decision {
            sampled: threshold.is_always() || (!is_fixed && threshold.samples(Randomness::of_trace(trace()))),
            threshold,
            randomness: None,
        }
    }

    /// Decides on all spans of a step, in each of its attempts. Returns where the step is counted,
    /// too.
    pub(crate) fn decide_step(&self, task: &Decision, step: Uuid, namespace: Option<&Text>) -> (Decision, Namespace) {
        let (threshold, namespace) = self.step(namespace);
        (of_step(task, threshold, step), namespace)
    }

    /// The same decision, for the hot path: it is computed in full only if the step is sampled.
    #[inline]
    pub(crate) fn sample_step(
        &self,
        task: &Decision,
        step: Uuid,
        namespace: Option<&Text>,
    ) -> (Option<Decision>, Namespace) {
        let (threshold, namespace) = self.step(namespace);
        let is_sampled = task.sampled && !threshold.is_never() && threshold.samples(Randomness::of_step(step));
        (is_sampled.then(|| of_step(task, threshold, step)), namespace)
    }
}

fn of_step(task: &Decision, threshold: Threshold, step: Uuid) -> Decision {
    if threshold.is_always() {
        *task
    } else {
        combined(task, threshold, Randomness::of_step(step))
    }
}

/// A step is sampled if its task is, and if its own randomness reaches its own threshold.
///
/// One randomness R′ and one threshold T′ are written for it, which must tell the same. Let the
/// thresholds of the task and of the step sample P and p of N = 2⁵⁶, and let u = N − R be the
/// distance of the step's R from the top:
///
/// - T′ = N − ⌈p · P / N⌉. Its rate is the product of both rates, by which a collector
///   extrapolates.
/// - R′ = N − ⌈u · P / N⌉ if the task is sampled. It spreads the step's R evenly over the share
///   that the task's threshold samples.
/// - R′ is the task's R if the task is unsampled. It is spread evenly over the rest.
///
/// So R′ is uniform over all steps. ⌈x · P / N⌉ never decreases as x grows, so R ≥ T implies
/// R′ ≥ T′. If the R of an unsampled step is rounded into T′, R′ is the number below T′.
fn combined(task: &Decision, threshold: Threshold, randomness: Randomness) -> Decision {
    let combined = Threshold::from_share(share(threshold.share(), task.threshold));
    if !task.sampled {
        return Decision {
            threshold: combined,
            ..*task
        };
    }
    let sampled = threshold.samples(randomness);
    let mut from_top = share(RANGE - randomness.to_u64(), task.threshold);
    if !sampled {
        from_top = from_top.max(combined.share() + 1);
    }
    Decision {
        sampled,
        threshold: combined,
        randomness: Randomness::from_u64(RANGE.saturating_sub(from_top)),
    }
}

/// ⌈part · P / N⌉.
fn share(part: u64, task: Threshold) -> u64 {
    let product = u128::from(part) * u128::from(task.share());
    let rounded = product.div_ceil(u128::from(RANGE));
    u64::try_from(rounded).unwrap_or(RANGE)
}
