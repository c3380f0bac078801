//! The rates of this process, read wherever a span starts.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

use super::rates::Rates;
use super::settings::Sampling;
use crate::error::Error;
use crate::{layer, scope_filter};

static IN_FORCE: LazyLock<ArcSwap<InForce>> = LazyLock::new(|| ArcSwap::from_pointee(InForce::new(Sampling::new())));
static ACTIVE: AtomicBool = AtomicBool::new(false);

struct InForce {
    sampling: Sampling,
    rates: Rates,
}

impl InForce {
    fn new(sampling: Sampling) -> Self {
        let rates = Rates::new(&sampling);
        Self { sampling, rates }
    }
}

/// Whether anything may have been dropped in this process: as long as all is kept, nothing has to be decided.
pub(crate) fn is_active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// Looks at the rates of the running code: the process's, or those of a test's capture. A change meanwhile waits for nobody
/// and disturbs nobody.
#[inline]
pub(crate) fn with_rates<R>(look: impl FnOnce(&Rates) -> R) -> R {
    match layer::rates() {
        Some(rates) => look(&rates),
        None => look(&IN_FORCE.load().rates),
    }
}

/// The settings behind the process's rates.
pub(crate) fn settings() -> Sampling {
    IN_FORCE.load().sampling.clone()
}

/// Says that something may be dropped from now on. For ever: a scope that was dropped may still be open when all is kept
/// again.
pub(crate) fn activate() {
    if !ACTIVE.swap(true, Ordering::Relaxed) {
        scope_filter::ask_again();
    }
}

/// Puts these settings in force, or leaves all as it was; `origin` is where they came from.
pub(crate) fn set_rates(sampling: Sampling, origin: impl fmt::Display) -> Result<(), Error> {
    sampling.validate(origin)?;
    let rates = sampling.namespaces().map(|(_, rate)| rate);
    let drops = rates
        .chain([sampling.task_rate(), sampling.step_rate()])
        .any(|rate| rate < 1.0);
    IN_FORCE.store(Arc::new(InForce::new(sampling)));
    if drops {
        activate();
    }
    Ok(())
}
