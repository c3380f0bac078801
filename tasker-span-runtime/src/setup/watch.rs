//! A thread that looks at the configuration file from time to time.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use crate::error::Error;
use crate::setup::config::Content;
use crate::setup::env::Environment;
use crate::setup::handle::SamplingHandle;

/// Ends the thread when it is dropped.
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
                    if let Some(content) = observed.settled(handle.changed_content()) {
                        // Logged, counted, and kept for whoever asks.
                        let _ = handle.take_over(content, Environment::process());
                    }
                }
            })
            .map_err(|error| Error::exporter("no thread to watch the configuration file", error))?;
        Ok(Self { stop })
    }

    /// Ends the thread before the drop. It is not waited for: it may be reading from a disk that hangs.
    pub(super) fn stop(&self) {
        let _ = self.stop.send(());
    }
}

/// The change that was seen at the last look.
#[derive(Debug, Default)]
struct Observed(Option<Content>);

impl Observed {
    /// The new content, once it was the same at two looks: a program that writes the file in place leaves a part of it
    /// there for a moment, which may be valid TOML and say something else.
    ///
    /// It is the content that is compared, since a time of modification may be coarse, or be copied along.
    fn settled(&mut self, changed: Option<Content>) -> Option<Content> {
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
    fn a_change_counts_when_it_stands_still() {
        let content = |text: &str| Some(Ok(text.as_bytes().to_vec()));
        let gone = || Some(Err("gone".to_owned()));
        let mut observed = Observed::default();
        for (seen, settled) in [
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
            assert_eq!(observed.settled(seen.clone()), settled, "{seen:?}");
        }
    }
}
