//! A message as read.

use std::ops::Deref;

use crate::link::{AsLink, Links};
use crate::propagation::Carrier;

/// A message of a queue, with what `pgmq`'s own type leaves out.
#[derive(Debug)]
pub struct Message<M> {
    /// The message as the `pgmq` crate reads it; `Message` dereferences to it.
    pub inner: ::pgmq::Message<M>,
    /// The queue that it was read from.
    pub queue: String,
    /// All of its headers.
    pub headers: Option<serde_json::Value>,
    /// The context of the span that sent it; empty where the sender wrote none.
    pub carrier: Carrier,
}

impl<M> Deref for Message<M> {
    type Target = ::pgmq::Message<M>;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}

impl<M> AsLink for Message<M> {
    fn add_to(&self, links: &mut Links) {
        links.carrier(&self.carrier);
        links.message("pgmq", &self.queue, &self.inner.msg_id.to_string());
    }
}
