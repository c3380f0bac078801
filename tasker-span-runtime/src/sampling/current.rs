//! The rates of this process, read wherever a span starts.

use std::cell::Cell;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use arc_swap::ArcSwap;

use super::rates::Rates;
use super::settings::Sampling;
use crate::error::Error;
use crate::{layer, span_filter};

static IN_FORCE: LazyLock<ArcSwap<InForce>> = LazyLock::new(|| ArcSwap::from_pointee(InForce::new(Sampling::new())));
/// How often it has changed.
static CHANGES: AtomicU64 = AtomicU64::new(0);
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
    if let Some(rates) = layer::rates() {
        return look(&rates);
    }
    let seen = Seen::take();
    let looked = look(&seen.in_force.rates);
    seen.put_back();
    looked
}

/// What a thread has seen of the rates in force: looking again costs it one load.
struct Seen {
    change: u64,
    in_force: Arc<InForce>,
}

thread_local! {
    static SEEN: Cell<Option<Seen>> = const { Cell::new(None) };
}

impl Seen {
    fn now() -> Self {
        // In this order: what has changed in between is seen the next time.
        let change = CHANGES.load(Ordering::Acquire);
        let in_force = IN_FORCE.load_full();
        Self { change, in_force }
    }

    /// What the thread has seen, if it is still so; it has nothing while it looks, and while it ends.
    #[inline]
    fn take() -> Self {
        let seen = SEEN.try_with(Cell::take).ok().flatten();
        seen.filter(|seen| seen.change == CHANGES.load(Ordering::Acquire))
            .unwrap_or_else(Self::now)
    }

    #[inline]
    fn put_back(self) {
        let _ = SEEN.try_with(|seen| seen.set(Some(self)));
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
        span_filter::ask_again();
    }
}

/// Puts these settings in force, or leaves all as it was; `origin` is where they came from.
pub(crate) fn set_rates(sampling: Sampling, origin: impl fmt::Display) -> Result<(), Error> {
    sampling.validate(origin)?;
    let rates = sampling.namespaces().map(|(_, rate)| rate);
    let drops = rates
        .chain([sampling.get_task_rate(), sampling.get_step_rate()])
        .any(|rate| rate < 1.0);
    IN_FORCE.store(Arc::new(InForce::new(sampling)));
    CHANGES.fetch_add(1, Ordering::Release);
    if drops {
        activate();
    }
    Ok(())
}
