//! A shop whose open work can be looked at, before any of it ends: as a page, and as JSON. One payment hangs.
//!
//! ```text
//! OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4317 cargo run --example admin
//! curl localhost:3001/open-work.json
//! ```
//!
//! The argument is the address of the page, `127.0.0.1:3001` by default.

mod routes;

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use tasker_span_cli::jaeger::jaeger_url;
use tasker_span_demo::orders::{Order, example_orders, handlers, workflows};
use tasker_span_demo::program::print;
use tasker_span_demo::tasker::{InProcessTasker, TaskerResult};
use tasker_span_runtime::Telemetry;
use tokio::net::TcpListener;

const ADDRESS: &str = "127.0.0.1:3001";
/// The pause between two rounds of orders.
const PAUSE: Duration = Duration::from_secs(1);

fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1).unwrap_or_else(|| ADDRESS.to_owned());
    let telemetry = Telemetry::builder()
        .service_name("admin")
        .running_after(Duration::from_secs(10))
        .log_filter("warn")
        .install()?;
    let telemetry = Arc::new(telemetry);
    let served = tokio::runtime::Runtime::new()?.block_on(serve(&address, Arc::clone(&telemetry)));
    telemetry.shutdown(Duration::from_secs(5))?;
    served
}

/// Until Ctrl-C.
async fn serve(address: &str, telemetry: Arc<Telemetry>) -> Result<(), Box<dyn Error>> {
    let router = routes::router(telemetry, format!("{}/trace/{{trace_id}}", jaeger_url()));
    let listener = TcpListener::bind(address).await;
    let listener = listener.map_err(|error| format!("cannot listen at {address}: {error}; expected HOST:PORT"))?;
    print(format_args!("http://{}/\n", listener.local_addr()?))?;
    let tasker = InProcessTasker::start(workflows()?, handlers, 2);
    let (mut orders, hanging) = (example_orders()?, hanging_order()?);
    tokio::select! {
        served = axum::serve(listener, router).into_future() => served?,
        placed = place(&tasker, &hanging, &mut orders) => placed?,
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}

/// The orders again and again, after the one whose payment hangs. An order that its customer cancels would stay open.
async fn place(tasker: &InProcessTasker, hanging: &Order, orders: &mut [Order]) -> TaskerResult<()> {
    tasker.initializer().create_task(hanging.request()?).await?;
    loop {
        for order in orders.iter().filter(|order| order.cancel_in.is_none()) {
            tasker.initializer().create_task(order.request()?).await?;
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The first of the examples, whose payment gets no answer.
fn hanging_order() -> Result<Order, Box<dyn Error>> {
    let first = example_orders()?.into_iter().next();
    let mut order = first.ok_or("there are no example orders")?;
    order.payment.hangs = 1;
    Ok(order)
}
