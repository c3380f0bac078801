//! The examples with a database, Jaeger, Prometheus and a browser.

mod admin;
mod arrival;
mod browser;
mod crashes;
mod dashboard;
mod jaeger;
mod junk;
mod processes;
mod program;
mod prometheus;
mod python_host;
mod running;
mod shop;
mod upkeep;

use tasker_span_demo::orders::{Order, example_orders};

/// The order of the examples with this number.
fn example_order(number: &str) -> Order {
    let mut orders = example_orders().unwrap().into_iter();
    orders.find(|order| order.number == number).unwrap()
}
