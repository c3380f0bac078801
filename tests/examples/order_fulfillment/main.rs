//! Runs orders through a small Tasker and prints the trace of each.
//!
//! ```text
//! cargo run --example order_fulfillment [orders.json]
//! ```
//!
//! Needs nothing but Rust. With a collector, the traces are exported as well:
//!
//! ```text
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --example order_fulfillment
//! ```

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use tasker_span_runtime::Telemetry;
use tasker_span_runtime::testing::SpanStore;
use tasker_span_tests::orders::{self, Order, Report};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("order_fulfillment: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let orders = read_orders()?;
    let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT")
        .ok()
        .filter(|url| !url.is_empty());

    let store = SpanStore::new();
    let telemetry = Telemetry::builder()
        .service_name("order-fulfillment")
        .log_filter("error")
        .span_processor(store.clone());
    let telemetry = match &endpoint {
        Some(_) => telemetry.install()?,
        None => telemetry.console_only().install()?,
    };

    let processed = tokio::runtime::Runtime::new()?.block_on(orders::process(&orders))?;
    print!("{}", Report::new(&processed, &store.spans(), "http://localhost:16686"));

    let exported = telemetry.shutdown(Duration::from_secs(5))?;
    match endpoint {
        Some(url) => println!(
            "{} spans exported to {url}, {} lost",
            exported.spans_exported,
            exported.lost()
        ),
        None => println!("not exported: set OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 to see them in Jaeger"),
    }
    Ok(())
}

/// The file that is named on the command line, or the orders that come with the example.
fn read_orders() -> Result<Vec<Order>, Box<dyn Error>> {
    let Some(path) = std::env::args_os().nth(1) else {
        return Ok(serde_json::from_str(include_str!("orders.json"))?);
    };
    let name = path.display();
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{name}: {error}"))?;
    Ok(serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?)
}
