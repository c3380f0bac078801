//! `OpenTask`: what is known of a task that is open.

use triomphe::Arc;

use crate::catalogue::attributes::{Attributes, Text};
use crate::clock::Instant;
use crate::span::local::LocalSpan;

#[derive(Debug)]
pub(super) struct OpenTask {
    /// Its state is `to_state`.
    pub(super) attributes: Attributes,
    /// The open `task.orchestration`.
    pub(super) driver: Option<Arc<LocalSpan>>,
    /// Nanoseconds since 1970.
    pub(super) started: u64,
    pub(super) seen: Instant,
    pub(super) markers: u8,
}

impl OpenTask {
    pub(super) fn state(&self) -> Option<Text> {
        self.attributes.to_state.clone()
    }
}
