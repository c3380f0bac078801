//! A program around the functions, with or without telemetry.

#[cfg(feature = "our-telemetry")]
fn main() {
    let telemetry = tasker_span_runtime::Telemetry::builder();
    let telemetry = telemetry.service_name("orders").install().expect("telemetry");
    println!("{:?}", functions::run());
    telemetry.shutdown(std::time::Duration::from_secs(5)).expect("an orderly end");
}

#[cfg(feature = "other-telemetry")]
fn main() {
    use opentelemetry::trace::TracerProvider;
    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;

    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.expect("a runtime");
    let _entered = runtime.enter();
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_tonic().build().expect("an exporter");
    let provider = opentelemetry_sdk::trace::SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    tracing_subscriber::registry()
        .with(tracing_opentelemetry::layer().with_tracer(provider.tracer("orders")))
        .with(tracing_subscriber::fmt::layer())
        .init();
    println!("{:?}", functions::run());
    provider.shutdown().expect("an orderly end");
}

#[cfg(not(any(feature = "our-telemetry", feature = "other-telemetry")))]
fn main() {
    println!("{:?}", functions::run());
}
