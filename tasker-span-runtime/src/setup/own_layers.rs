//! `OwnLayers`: the `tracing` layers of a program, on their way from a builder to the subscriber of `install`. The builder's
//! methods for them are in `layers`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tracing_subscriber::{Layer, Registry};

type BoxedLayer = Box<dyn Layer<Registry> + Send + Sync>;

/// Layers, shared by the clones of a builder: one of them can be installed in a process.
#[derive(Clone, Default)]
pub(super) struct OwnLayers(Arc<Mutex<Vec<BoxedLayer>>>);

impl OwnLayers {
    pub(super) fn add(&self, layer: impl Layer<Registry> + Send + Sync) {
        self.with(|layers| layers.push(layer.boxed()));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.with(|layers| layers.is_empty())
    }

    /// One layer of all of them, in their order.
    pub(super) fn take(&self) -> Option<Vec<BoxedLayer>> {
        let layers = self.with(std::mem::take);
        // Without a layer, a list would turn every level off.
        (!layers.is_empty()).then_some(layers)
    }

    fn with<R>(&self, change: impl FnOnce(&mut Vec<BoxedLayer>) -> R) -> R {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for OwnLayers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.with(|layers| layers.len());
        f.debug_struct("OwnLayers").field("count", &count).finish()
    }
}
