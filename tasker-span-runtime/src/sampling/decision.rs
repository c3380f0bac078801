//! Whether a task's spans and a step's spans are kept, and what is written for them.

use uuid::Uuid;

use super::namespaces::Namespace;
use super::randomness::Randomness;
use super::rates::Rates;
use super::threshold::{RANGE, Threshold};
use crate::identity::TraceId;

/// Whether spans are kept, and with which probability they were to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) keep: bool,
    pub(crate) threshold: Threshold,
    /// What the threshold was compared with, where it is not the trace id's own.
    pub(crate) randomness: Option<Randomness>,
}

impl Decision {
    /// Whether all such spans are kept, so that there is nothing to tell a collector.
    pub(crate) fn is_certain(&self) -> bool {
        self.threshold.is_always()
    }
}

impl Rates {
    /// By the trace id alone, which is asked for only where it matters.
    #[inline]
    pub(crate) fn decide_task(&self, trace: impl FnOnce() -> TraceId) -> Decision {
        let threshold = self.task();
        let is_fixed = threshold.is_always() || threshold.is_never();
        Decision {
            keep: threshold.is_always() || (!is_fixed && threshold.keeps(Randomness::of_trace(trace()))),
            threshold,
            randomness: None,
        }
    }

    /// By the task's decision and the step's UUID, for all the spans of the step and each of its attempts; and where the
    /// step is counted.
    pub(crate) fn decide_step(&self, task: &Decision, step: Uuid, namespace: Option<&str>) -> (Decision, Namespace) {
        let (threshold, namespace) = self.step(namespace);
        (of_step(task, threshold, step), namespace)
    }

    /// The same where most are dropped: nothing is worked out that would be written for a step which is kept.
    #[inline]
    pub(crate) fn keep_step(
        &self,
        task: &Decision,
        step: Uuid,
        namespace: Option<&str>,
    ) -> (Option<Decision>, Namespace) {
        let (threshold, namespace) = self.step(namespace);
        let is_kept = task.keep && !threshold.is_never() && threshold.keeps(Randomness::of_step(step));
        (is_kept.then(|| of_step(task, threshold, step)), namespace)
    }
}

fn of_step(task: &Decision, threshold: Threshold, step: Uuid) -> Decision {
    if threshold.is_always() {
        // The step is kept where the task is: its spans have the trace's own randomness.
        *task
    } else {
        within(task, threshold, Randomness::of_step(step))
    }
}

/// A step is kept if and only if its task is, and its own randomness reaches its own threshold.
///
/// What is written for it has to tell so with one randomness R′ and one threshold T′. With P and p for how many of N = 2⁵⁶
/// the task's and the step's threshold keep, and u = N − R for how far the step's R is from the top:
///
/// - T′ = N − ⌈p · P / N⌉, whose rate is the product of both rates, which a collector extrapolates by;
/// - R′ = N − ⌈u · P / N⌉ where the task is kept, which spreads the step's R evenly over what the task's threshold keeps;
/// - R′ is the task's R where the task is dropped, which is spread evenly over the rest.
///
/// So R′ is uniform over all steps. ⌈x · P / N⌉ never falls as x grows, so that R ≥ T makes R′ ≥ T′; of a dropped step whose R
/// is rounded into T′, R′ is the number below it.
fn within(task: &Decision, threshold: Threshold, randomness: Randomness) -> Decision {
    let combined = Threshold::keeping(share(threshold.kept(), task.threshold));
    if !task.keep {
        return Decision {
            threshold: combined,
            ..*task
        };
    }
    let keep = threshold.keeps(randomness);
    let from_top = share(RANGE - randomness.to_u64(), task.threshold);
    let from_top = if keep {
        from_top
    } else {
        from_top.max(combined.kept() + 1)
    };
    Decision {
        keep,
        threshold: combined,
        randomness: Randomness::from_u64(RANGE.saturating_sub(from_top)),
    }
}

/// ⌈part · P / N⌉.
fn share(part: u64, task: Threshold) -> u64 {
    let product = u128::from(part) * u128::from(task.kept());
    let rounded = product.div_ceil(u128::from(RANGE));
    u64::try_from(rounded).unwrap_or(RANGE)
}
