//! `Batch`: the size of the queue and of batches, by the `OTEL_BSP_*` variables.

use std::time::Duration;

use crate::error::{Error, Kind, Origin};
use crate::export::Batching;
use crate::setup::env::Environment;
use crate::setup::settings::{EffectiveSetting, Key};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    queue: u32,
    size: u32,
    delay: Duration,
}

const QUEUE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const SIZE: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
const DELAY: &str = "OTEL_BSP_SCHEDULE_DELAY";

impl Batch {
    /// The specification's.
    pub(super) const DEFAULT_QUEUE: usize = 2048;

    /// The SDK parses these variables too, but replaces wrong values by its defaults.
    pub(super) fn resolve(env: Environment<'_>) -> Result<Self, Error> {
        // No collector accepts a million spans per delay.
        let queue = env.number(&[QUEUE], 1..=1_000_000)?.unwrap_or(2048);
        let size = env.number(&[SIZE], 1..=1_000_000)?;
        if let Some(size) = size.filter(|size| *size > queue) {
            let (origin, size) = (Origin::Variable(SIZE), size.to_string());
            let problem = format_args!("a batch does not fit into the queue of {queue} (`{QUEUE}`)");
            return Err(Error::invalid(Kind::Configuration, origin, &size, problem));
        }
        let delay = env.number(&[DELAY], 0..=u32::MAX)?.unwrap_or(5000);
        Ok(Self {
            queue,
            size: size.unwrap_or(512).min(queue),
            // A thread that waits for no time would never sleep.
            delay: Duration::from_millis(delay.max(1).into()),
        })
    }

    /// The effective settings.
    pub(super) fn settings(self, env: Environment<'_>) -> [EffectiveSetting; 3] {
        [
            ("queue_size", self.queue.into(), QUEUE),
            ("batch_size", self.size.into(), SIZE),
            ("schedule_delay_ms", self.delay.into(), DELAY),
        ]
        .map(|(name, value, variable)| {
            EffectiveSetting::new(Key::new("telemetry.export", name), value, env.source(&[variable]))
        })
    }

    /// The capacity of the queue.
    pub(super) fn capacity(self) -> usize {
        self.queue as usize
    }

    pub(super) fn batching(self) -> Batching {
        Batching {
            capacity: self.capacity(),
            size: self.size as usize,
            delay: self.delay,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    #[test]
    fn has_the_defaults_of_the_specification() {
        let expected = Batch {
            queue: 2048,
            size: 512,
            delay: Duration::from_secs(5),
        };
        assert_eq!(with(&[], Batch::resolve).unwrap(), expected);
    }

    #[test]
    fn a_small_queue_makes_the_default_batch_smaller() {
        assert_eq!(with(&[(QUEUE, "100")], Batch::resolve).unwrap().size, 100);
    }

    #[test]
    fn numbers_may_have_spaces_and_no_delay_is_a_short_one() {
        let variables = [(QUEUE, " 100 "), (SIZE, "\t7\n"), ("OTEL_BSP_SCHEDULE_DELAY", "0")];
        let expected = Batch {
            queue: 100,
            size: 7,
            delay: Duration::from_millis(1),
        };
        assert_eq!(with(&variables, Batch::resolve).unwrap(), expected);
    }

    #[test]
    fn rejects_values_that_the_sdk_would_ignore() {
        for variables in [&[(QUEUE, "0")][..], &[(SIZE, "many")], &[(QUEUE, "100"), (SIZE, "200")]] {
            let error = with(variables, Batch::resolve).unwrap_err();
            assert!(error.to_string().contains(variables.last().unwrap().0), "{error}");
        }
        assert!(with(&[("OTEL_BSP_SCHEDULE_DELAY", "5s")], Batch::resolve).is_err());
    }
}
