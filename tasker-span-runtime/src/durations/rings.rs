//! The rings of all threads. A thread that ends leaves its ring, with what is in it, to a later one: so there are never more
//! rings than threads at once.

use std::cell::{Cell, OnceCell};
use std::sync::{Arc, Mutex};

use super::measurement::Measurement;
use super::ring::{Pushed, Ring};
use crate::lock::lock;

struct Rings {
    all: Vec<Arc<Ring>>,
    /// Of threads that have ended.
    free: Vec<Arc<Ring>>,
}

static RINGS: Mutex<Rings> = Mutex::new(Rings {
    all: Vec::new(),
    free: Vec::new(),
});

/// The ring of a thread, which it gets with its first measurement.
struct Own(OnceCell<Option<Arc<Ring>>>);

thread_local! {
    static OWN: Own = const { Own(OnceCell::new()) };
    /// A meter is called on this thread. The spans that it ends are not measured: this would have no end.
    static IS_RECORDING: Cell<bool> = const { Cell::new(false) };
}

impl Own {
    #[cold]
    fn ring() -> Option<Arc<Ring>> {
        let mut rings = lock(&RINGS)?;
        Some(rings.free.pop().unwrap_or_else(|| {
            let ring = Arc::new(Ring::new());
            rings.all.push(Arc::clone(&ring));
            ring
        }))
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        if let Some(ring) = self.0.take().flatten()
            && let Some(mut rings) = lock(&RINGS)
        {
            rings.free.push(ring);
        }
    }
}

/// Calls meters, which do not panic into `record`.
pub(super) fn recording(record: impl FnOnce()) {
    IS_RECORDING.set(true);
    record();
    IS_RECORDING.set(false);
}

pub(super) fn is_recording() -> bool {
    IS_RECORDING.get()
}

/// Pushes into the ring of this thread. While the thread ends, it has none.
#[inline]
pub(super) fn push(measurement: Measurement) -> Pushed {
    if is_recording() {
        return Pushed::Yes;
    }
    let pushed = |own: &Own| Some(own.0.get_or_init(Own::ring).as_ref()?.push(measurement));
    OWN.try_with(pushed).ok().flatten().unwrap_or(Pushed::Full)
}

pub(super) fn all() -> Vec<Arc<Ring>> {
    lock(&RINGS).map(|rings| rings.all.clone()).unwrap_or_default()
}
