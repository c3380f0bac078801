//! The subscribers: consumers that link to the publisher. They are in the trace of the task, as children of the execution
//! that published, because its id is derived.

use tasker_span_runtime::step_span;

use crate::delivery::Delivery;
use crate::events::Events;

/// Those of the process.
pub(crate) async fn of_channel(events: &Events) {
    while let Some(delivery) = receive(events) {
        count_payment(delivery).await;
    }
}

fn receive(events: &Events) -> Option<Delivery> {
    events.channel.lock().unwrap().receive()
}

/// Those of the queue: what failed comes again.
pub(crate) async fn of_queue(events: &Events) {
    while let Some(delivery) = read(events) {
        if enter_in_ledger(&delivery).await.is_ok() {
            events.queue.lock().unwrap().archive(&delivery);
        }
    }
}

fn read(events: &Events) -> Option<Delivery> {
    events.queue.lock().unwrap().read()
}

#[step_span(
    "event.subscriber",
    within = "step.execution",
    kind = consumer,
    step = delivery.event.step,
    link = delivery,
    fields(event.name = delivery.event.name, subscriber.name = "metrics"),
)]
async fn count_payment(delivery: Delivery) {
    tokio::task::yield_now().await;
}

#[step_span(
    "event.subscriber",
    within = "step.execution",
    kind = consumer,
    step = delivery.event.step,
    link = delivery,
    fields(event.name = delivery.event.name, subscriber.name = "ledger"),
)]
async fn enter_in_ledger(delivery: &Delivery) -> Result<(), &'static str> {
    tokio::task::yield_now().await;
    if delivery.count == 1 {
        return Err("the ledger is locked");
    }
    Ok(())
}
