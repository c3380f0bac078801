//! Our telemetry, with the exporter of the others as a processor of the program.

use std::time::Duration;

use anyhow::{Context, Result};
use tasker_span_runtime::{Console, ExportOptions, Protocol, Sampling, Telemetry};

use super::exporter::{Counting, Tally, batched};
use super::{Destination, Pipeline, Wire};
use crate::calls::namespace;
use crate::subject::Subject;

pub(super) fn install(subject: Subject, destination: &Destination, namespaces: usize) -> Result<Pipeline> {
    let (tally, builder) = (Tally::default(), Telemetry::builder());
    let builder = builder.service_name("benches").console(Console::Off);
    let builder = builder.sampling(sampling(subject, namespaces));
    let builder = match subject {
        Subject::Visible => builder.visible(),
        Subject::ActivatingContext => builder.activate_context(),
        _ => builder,
    };
    let builder = match destination {
        Destination::Collector(url, wire) => {
            let protocol = match wire {
                Wire::Grpc => Protocol::Grpc,
                Wire::Http => Protocol::HttpProtobuf,
            };
            builder.export(ExportOptions::new().endpoint(url).protocol(protocol))
        }
        Destination::Discard => builder.console_only().span_processor(batched(None, &tally)),
        Destination::DiscardAtEnd => builder.console_only().span_processor(Counting(None, tally.clone())),
    };
    let telemetry = builder.install().context("installing our telemetry")?;
    let flush = move || telemetry.flush(Duration::from_mins(1)).context("flushing");
    Ok((tally, Box::new(flush)))
}

fn sampling(subject: Subject, namespaces: usize) -> Sampling {
    /// The runtime takes 1,024.
    const MOST: usize = 1_000;
    let (sampling, rate) = match subject {
        Subject::Unsampled => (Sampling::new().task_rate(0.0).step_rate(0.0), 0.0),
        // Each decision looks up a rate, although the namespace with another rate has no steps.
        Subject::SampledAmongRates => (Sampling::new().namespace_rate("muted", 0.0), 1.0),
        _ => return Sampling::new(),
    };
    let namespaces = (0..namespaces.min(MOST)).map(namespace);
    namespaces.fold(sampling, |sampling, name| sampling.namespace_rate(name, rate))
}
