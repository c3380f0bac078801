//! Publishes domain events in a step, and prints the trace of publisher, router and subscribers.
//!
//! ```text
//! cargo run --example domain_events
//! ```

mod delivery;
mod events;
mod step;
mod subscribers;

use std::error::Error;
use std::time::Duration;

use tasker_span_demo::program::print;
use tasker_span_runtime::Telemetry;
use tasker_span_runtime::testing::{Outline, SpanStore};

/// The attributes that the outline shows.
const SHOWN: [&str; 5] = [
    "event.name",
    "event.delivery",
    "subscriber.name",
    "messaging.destination.name",
    "tasker.delivery_count",
];

fn main() -> Result<(), Box<dyn Error>> {
    let store = SpanStore::new();
    let telemetry = Telemetry::builder()
        .service_name("domain-events")
        .log_filter("off")
        .span_processor(store.clone())
        .console_only()
        .install()?;
    let step = step::Step::new();
    // One thread: the order of the spans is always the same.
    tokio::runtime::Builder::new_current_thread()
        .build()?
        .block_on(step::run(&step));
    telemetry.shutdown(Duration::from_secs(5))?;

    let tree = store.spans().tree_of(step.task_uuid);
    print(Outline::of([tree]).kinds().links().attributes(&SHOWN))?;
    Ok(())
}
