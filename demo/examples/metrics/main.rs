//! A shop that processes orders for ever, and serves its metrics to Prometheus. One of a hundred tasks is sampled.
//!
//! ```text
//! cargo run --example metrics [ADDRESS]     # http://127.0.0.1:9464/metrics, until Ctrl-C
//! ```
//!
//! The dashboard `docs/grafana/tasker-span.json` shows them. With `OTEL_EXPORTER_OTLP_ENDPOINT`, the spans are exported.

mod shop;

use std::error::Error;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use opentelemetry::metrics::MeterProvider;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use prometheus::{Registry, TextEncoder};
use tasker_span_demo::program::print;
use tasker_span_runtime::otel::register_metrics;
use tasker_span_runtime::{Sampling, Telemetry};
use tokio::net::TcpListener;

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:9464".to_owned());

    // Prometheus reads them when it scrapes.
    let registry = Registry::new();
    let reader = opentelemetry_prometheus::exporter()
        .with_registry(registry.clone())
        .build()?;
    let provider = SdkMeterProvider::builder().with_reader(reader).build();
    register_metrics(&provider.meter("tasker-span"));

    let telemetry = Telemetry::builder()
        .service_name("metrics")
        .sampling(Sampling::new().task_rate(0.01))
        .log_filter("error");
    let endpoint = std::env::var("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap_or_default();
    let telemetry = if endpoint.is_empty() {
        telemetry.console_only().install()?
    } else {
        telemetry.install()?
    };

    let served = tokio::runtime::Runtime::new()?.block_on(serve(&address, registry));
    telemetry.shutdown(Duration::from_secs(5))?;
    provider.shutdown()?;
    served
}

/// Until Ctrl-C.
async fn serve(address: &str, registry: Registry) -> Result<(), Box<dyn Error>> {
    let text = move || {
        std::future::ready(
            TextEncoder::new()
                .encode_to_string(&registry.gather())
                .unwrap_or_default(),
        )
    };
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| format!("cannot listen at {address}: {error}; expected HOST:PORT"))?;
    print(format_args!("http://{}/metrics\n", listener.local_addr()?))?;
    let stopped = async {
        tokio::select! {
            () = shop::run() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    let router = Router::new().route("/metrics", get(text));
    axum::serve(listener, router).with_graceful_shutdown(stopped).await?;
    Ok(())
}
