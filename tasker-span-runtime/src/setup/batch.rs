//! The queue in front of the exporter, from the `OTEL_BSP_*` variables.

use std::time::Duration;

use opentelemetry_sdk::trace::{BatchConfig, BatchConfigBuilder};

use crate::error::{Error, Kind, Origin};
use crate::setup::env::Environment;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Batch {
    queue: u32,
    size: u32,
    delay: Duration,
}

const QUEUE: &str = "OTEL_BSP_MAX_QUEUE_SIZE";
const SIZE: &str = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";

impl Batch {
    /// The SDK reads these variables too, but takes its default for what it cannot read.
    pub(super) fn resolve(env: Environment<'_>) -> Result<Self, Error> {
        // The SDK allocates the queue at once; a million spans is far beyond what a collector takes in one delay.
        let queue = env.number(&[QUEUE], 1..=1_000_000)?.unwrap_or(2048);
        let size = env.number(&[SIZE], 1..=1_000_000)?;
        if let Some(size) = size.filter(|size| *size > queue) {
            let problem = format_args!("a batch does not fit into the queue of {queue} (`{QUEUE}`)");
            return Err(Error::invalid(
                Kind::Configuration,
                Origin::Variable(SIZE),
                &size.to_string(),
                problem,
            ));
        }
        let delay = env.number(&["OTEL_BSP_SCHEDULE_DELAY"], 1..=u32::MAX)?.unwrap_or(5000);
        Ok(Self {
            queue,
            size: size.unwrap_or(512).min(queue),
            delay: Duration::from_millis(delay.into()),
        })
    }

    /// How many spans the queue has room for.
    pub(super) fn room(self) -> usize {
        usize::try_from(self.queue).unwrap_or(usize::MAX)
    }

    pub(super) fn config(self) -> BatchConfig {
        let size = |spans| usize::try_from(spans).unwrap_or(usize::MAX);
        BatchConfigBuilder::default()
            .with_max_queue_size(size(self.queue))
            .with_max_export_batch_size(size(self.size))
            .with_scheduled_delay(self.delay)
            .build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    #[test]
    fn has_the_defaults_of_the_specification() {
        let batch = with(&[], Batch::resolve).unwrap();
        assert_eq!(
            batch,
            Batch {
                queue: 2048,
                size: 512,
                delay: Duration::from_secs(5)
            }
        );
    }

    #[test]
    fn a_small_queue_makes_the_default_batch_smaller() {
        assert_eq!(with(&[(QUEUE, "100")], Batch::resolve).unwrap().size, 100);
    }

    #[test]
    fn rejects_what_the_sdk_would_ignore() {
        for variables in [&[(QUEUE, "0")][..], &[(SIZE, "many")], &[(QUEUE, "100"), (SIZE, "200")]] {
            let error = with(variables, Batch::resolve).unwrap_err();
            assert!(error.to_string().contains(variables.last().unwrap().0), "{error}");
        }
        assert!(with(&[("OTEL_BSP_SCHEDULE_DELAY", "5s")], Batch::resolve).is_err());
    }
}
