//! `Watch`: a thread that reads the configuration files in intervals. `handle` applies it.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::setup::config::Content;
use crate::setup::env::Environment;
use crate::setup::handle::SamplingHandle;

/// The thread ends when this is dropped.
#[derive(Debug)]
pub(super) struct Watch {
    stop: Sender<()>,
}

impl Watch {
    pub(super) fn start(handle: SamplingHandle, interval: Duration) -> Result<Self, Error> {
        let (stop, stopped) = mpsc::channel();
        thread::Builder::new()
            .name("tasker-span-config".to_owned())
            .spawn(move || {
                let mut observed = Observed::default();
                while stopped.recv_timeout(interval) == Err(RecvTimeoutError::Timeout) {
                    if let Some(contents) = observed.stable(handle.changed_contents()) {
                        // The error is logged, counted and stored.
                        let _ = handle.take_over(contents, Environment::process());
                    }
                }
            })
            .map_err(|error| Error::exporter("no thread to watch the configuration file", error))?;
        Ok(Self { stop })
    }

    /// Ends the thread before the drop, without waiting: it may be reading from a disk that hangs.
    pub(super) fn stop(&self) {
        let _ = self.stop.send(());
    }
}

/// The change that the last reading found.
#[derive(Debug, Default)]
struct Observed(Option<Vec<Content>>);

impl Observed {
    /// The new contents, if two readings are the same: while a program writes the file in place, a
    /// part of it may be valid TOML. Modification times may be coarse, or copied with the file.
    fn stable(&mut self, changed: Option<Vec<Content>>) -> Option<Vec<Content>> {
        if changed.is_some() && changed == self.0 {
            return self.0.take();
        }
        self.0 = changed;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_if_two_readings_are_the_same() {
        let content = |text: &str| Some(vec![Ok(text.as_bytes().to_vec())]);
        let gone = || Some(vec![Err("gone".to_owned())]);
        let mut observed = Observed::default();
        for (seen, expected) in [
            (None, None),
            (content(""), None),
            (content("half"), None),
            (content("whole"), None),
            (content("whole"), content("whole")),
            (None, None),
            (gone(), None),
            (None, None),
            (gone(), None),
            (gone(), gone()),
        ] {
            assert_eq!(observed.stable(seen.clone()), expected, "{seen:?}");
        }
    }
}
