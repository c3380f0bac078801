//! A collector that a trial has in its hands.

use crate::collector::{Behaviour, Collector, Counts};

/// What a trial does to a collector, wherever that runs.
pub trait Controlled {
    /// Where it listens, or will.
    fn url(&self) -> String;

    /// Has it listen, if it does not.
    fn start(&mut self);

    /// Kills it. What it has counted stays known.
    fn kill(&mut self);

    /// What it does with requests from now on, while it runs.
    fn behave(&mut self, behaviour: Behaviour);

    /// What it has done, over all its lives.
    fn counts(&mut self) -> Counts;
}

impl Controlled for Collector {
    fn url(&self) -> String {
        self.url()
    }

    fn start(&mut self) {
        self.start();
    }

    fn kill(&mut self) {
        self.stop();
    }

    fn behave(&mut self, behaviour: Behaviour) {
        Collector::behave(self, behaviour);
    }

    fn counts(&mut self) -> Counts {
        Collector::counts(self)
    }
}
