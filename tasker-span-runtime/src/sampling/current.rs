//! The current settings and rates of this process. A test's `Capture` has rates of its own.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::{ArcSwap, Cache};

use super::namespaces;
use super::rates::Rates;
use super::settings::Sampling;
use crate::error::Error;

static CURRENT: LazyLock<ArcSwap<Current>> = LazyLock::new(|| ArcSwap::from_pointee(Current::new(Arc::default())));
static ACTIVE: AtomicBool = AtomicBool::new(false);
static SAMPLES_SLOW: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Is empty while the thread reads the rates, and while it ends.
    static CACHE: Cell<Option<Cache<&'static ArcSwap<Current>, Arc<Current>>>> = const { Cell::new(None) };
}

struct Current {
    sampling: Arc<Sampling>,
    rates: Rates,
}

impl Current {
    fn new(sampling: Arc<Sampling>) -> Self {
        let rates = Rates::new(&sampling);
        Self { sampling, rates }
    }
}

/// Makes the rates, unless they are.
pub(crate) fn prepare() {
    LazyLock::force(&CURRENT);
    namespaces::prepare();
}

/// Whether a span of this process may be unsampled. Until then there is nothing to decide.
pub(crate) fn is_active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// Whether there has been a duration from which a span is sampled by slowness.
pub(crate) fn samples_slow() -> bool {
    SAMPLES_SLOW.load(Ordering::Relaxed)
}

/// Has unsampled spans store their fields, because they may be exported for another reason than an error.
pub(crate) fn store_fields() {
    SAMPLES_SLOW.store(true, Ordering::Relaxed);
}

/// Reads the rates of the process. It takes no lock.
#[inline]
pub(crate) fn with_rates<R>(read: impl FnOnce(&Rates) -> R) -> R {
    let cache = CACHE.try_with(Cell::take).ok().flatten();
    let mut cache = cache.unwrap_or_else(|| Cache::new(&CURRENT));
    let rates = &cache.load().rates;
    let result = read(rates);
    if rates.is_stale() {
        refresh();
    }
    let _ = CACHE.try_with(|cell| cell.set(Some(cache)));
    result
}

/// Creates the rates anew, with the namespaces that have been added.
#[cold]
fn refresh() {
    CURRENT.rcu(|current| Current::new(Arc::clone(&current.sampling)));
}

/// The current settings of the process.
pub(crate) fn settings() -> Sampling {
    Sampling::clone(&CURRENT.load().sampling)
}

/// Activates decisions, for ever: an unsampled span may still be open when all rates are 1 again.
pub(crate) fn activate() {
    ACTIVE.store(true, Ordering::Relaxed);
}

/// Has the durations of these settings looked up, for ever.
pub(crate) fn activate_slowness(sampling: &Sampling) {
    if sampling.has_slower_than() {
        SAMPLES_SLOW.store(true, Ordering::Relaxed);
    }
}

/// Applies the settings, or changes nothing if they are wrong. `origin` names their source.
pub(crate) fn apply(sampling: Sampling, origin: impl fmt::Display) -> Result<(), Error> {
    sampling.validate(origin)?;
    let rates = sampling.namespaces().map(|(_, rate)| rate);
    let decides = rates
        .chain([sampling.get_task_rate(), sampling.get_step_rate()])
        .any(|rate| rate < 1.0);
    activate_slowness(&sampling);
    CURRENT.store(Arc::new(Current::new(Arc::new(sampling))));
    if decides {
        activate();
    }
    Ok(())
}
