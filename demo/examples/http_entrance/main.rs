//! An HTTP server that creates tasks, and answers with the address of each trace.
//!
//! ```text
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --example http_entrance
//! curl -i localhost:3000/tasks --json @order.json
//! ```
//!
//! An order is one of those in `demo/src/orders/example.json`. The page on HTTP has the rest.

mod routes;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use opentelemetry::global;
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tasker_span_cli::jaeger::jaeger_url;
use tasker_span_demo::orders::{handlers, workflows};
use tasker_span_demo::program::print;
use tasker_span_demo::tasker::InProcessTasker;
use tasker_span_runtime::Telemetry;
use tasker_span_runtime::otel::Propagator;
use tokio::net::TcpListener;

const ADDRESS: &str = "127.0.0.1:3000";

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = Telemetry::builder().service_name("http-entrance").install()?;
    // The middleware reads the headers of requests by it.
    global::set_text_map_propagator(Propagator::new(TraceContextPropagator::new()));
    let served = tokio::runtime::Runtime::new()?.block_on(serve());
    telemetry.shutdown(Duration::from_secs(5))?;
    served
}

/// Until Ctrl-C.
async fn serve() -> Result<(), Box<dyn Error>> {
    let tasker = Arc::new(InProcessTasker::start(workflows()?, handlers, 2));
    let router = routes::router(tasker, format!("{}/trace/{{trace_id}}", jaeger_url()));
    let listener = TcpListener::bind(ADDRESS).await?;
    print(format_args!("http://{ADDRESS}/tasks\n"))?;
    let stopped = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    axum::serve(listener, router).with_graceful_shutdown(stopped).await?;
    Ok(())
}
