//! Runs orders through a small Tasker and prints the trace of each.
//!
//! ```text
//! cargo run --example order_fulfillment [ORDERS.json]
//! ```
//!
//! With a collector, the traces are exported as well:
//!
//! ```text
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --example order_fulfillment
//! ```

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use tasker_span_cli::jaeger::jaeger_url;
use tasker_span_demo::orders::{Report, process, read_orders};
use tasker_span_demo::program::{ProgramResult, exit_code, print};
use tasker_span_runtime::testing::SpanStore;
use tasker_span_runtime::{SpanNames, Telemetry};

fn main() -> ExitCode {
    exit_code("order_fulfillment", run())
}

fn run() -> ProgramResult {
    let path = std::env::args_os().nth(1).map(PathBuf::from);
    let orders = read_orders(path.as_deref())?;
    let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT")
        .ok()
        .filter(|url| !url.is_empty());

    let store = SpanStore::new();
    let telemetry = Telemetry::builder()
        .service_name("order-fulfillment")
        .span_names(SpanNames::Detailed)
        .log_filter("error")
        .span_processor(store.clone());
    let telemetry = match &endpoint {
        Some(_) => telemetry.install()?,
        None => telemetry.console_only().install()?,
    };

    let processed = tokio::runtime::Runtime::new()?.block_on(process(&orders))?;
    print(Report::new(&processed, &store.spans(), &jaeger_url()))?;

    let stats = telemetry.shutdown(Duration::from_secs(5))?;
    match endpoint {
        Some(url) => print(format_args!(
            "{} spans exported to {url}, {} lost\n",
            stats.spans_exported,
            stats.lost()
        ))?,
        None => print("not exported; to see them in Jaeger:\n  OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317\n")?,
    }
    Ok(())
}
