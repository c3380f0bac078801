//! What a span is linked to: the senders of the messages that it processes.

use smol_str::SmolStr;

use crate::propagation::Carrier;

/// A message, or what it carries: the value of `link = …`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` names no span to link to",
    label = "expected a `Carrier` or a message that has one",
    note = "give `link = message.carrier`, or implement `AsLink` for `{Self}`"
)]
pub trait AsLink {
    /// Adds the links.
    fn add_to(&self, links: &mut Links);
}

/// Collects what a span is linked to.
#[derive(Debug, Default)]
pub struct Links {
    pub(crate) carriers: Vec<Carrier>,
    pub(crate) received: Vec<Received>,
}

/// A message that a span processes.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) system: &'static str,
    pub(crate) destination: SmolStr,
    pub(crate) message_id: SmolStr,
}

impl Links {
    /// Links to the span that sent a message.
    pub fn carrier(&mut self, carrier: &Carrier) {
        self.carriers.push(carrier.clone());
    }

    /// Says which message the span processes: its attributes by the messaging conventions.
    pub fn message(&mut self, system: &'static str, destination: &str, message_id: &str) {
        self.received.push(Received {
            system,
            destination: destination.into(),
            message_id: message_id.into(),
        });
    }
}

impl AsLink for Carrier {
    fn add_to(&self, links: &mut Links) {
        links.carrier(self);
    }
}

impl<T: AsLink + ?Sized> AsLink for &T {
    fn add_to(&self, links: &mut Links) {
        (**self).add_to(links);
    }
}

impl<T: AsLink> AsLink for Option<T> {
    fn add_to(&self, links: &mut Links) {
        self.iter().for_each(|link| link.add_to(links));
    }
}

impl<T: AsLink> AsLink for [T] {
    fn add_to(&self, links: &mut Links) {
        self.iter().for_each(|link| link.add_to(links));
    }
}

impl<T: AsLink, const N: usize> AsLink for [T; N] {
    fn add_to(&self, links: &mut Links) {
        self.as_slice().add_to(links);
    }
}

impl<T: AsLink> AsLink for Vec<T> {
    fn add_to(&self, links: &mut Links) {
        self.as_slice().add_to(links);
    }
}
