//! The shop's step handlers. They sleep instead of working.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tasker_span_runtime::{FutureExt, step_scope, step_span};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Item, Order, Payment};
use crate::tasker::{
    HandlerRegistry, HandlerResult, StepFailure, StepOutput, Store, TaskInitializer, TaskRequest, TaskSequenceStep,
};

/// Longer than any worker runs.
const NEVER: Duration = Duration::from_hours(1);

/// The handlers of all steps. `initializer` creates their child tasks.
pub fn handlers<S: Store>(initializer: Arc<TaskInitializer<S>>) -> HandlerRegistry {
    let mut handlers = HandlerRegistry::default();
    handlers.register("validate_order", validate_order);
    handlers.register("charge_payment", charge_payment);
    handlers.register("reserve_stock", move |step| {
        reserve_stock(Arc::clone(&initializer), step)
    });
    handlers.register("ship_order", ship_order);
    handlers.register("send_receipt", send_receipt);
    handlers.register("order_from_supplier", order_from_supplier);
    handlers.register("receive_goods", receive_goods);
    handlers
}

async fn validate_order(step: TaskSequenceStep) -> HandlerResult {
    let order = order(&step)?;
    sleep(Duration::from_millis(2)).await;
    if order.payment.amount == 0 {
        return Err(StepFailure::permanent("invalid_order", "nothing to pay"));
    }
    Ok(StepOutput::new(json!({ "amount": order.payment.amount })))
}

async fn charge_payment(step: TaskSequenceStep) -> HandlerResult {
    let order = order(&step)?;
    let attempt = step.workflow_step.attempt.unwrap_or_default();
    let receipt = authorize_payment(&order.payment, attempt).await?;
    Ok(StepOutput::new(json!({ "receipt": receipt })))
}

/// A span of the shop, with an attribute of the shop. It inherits its required attributes from the
/// handler's span.
#[step_span(
    "payment.authorization",
    within = "handler.execution",
    kind = client,
    inherit(correlation_id, task_uuid, step_uuid, namespace),
    fields(amount = payment.amount),
    failed = |authorized| authorized.as_ref().err().map(StepFailure::describe),
)]
async fn authorize_payment(payment: &Payment, attempt: u32) -> Result<String, StepFailure> {
    if attempt <= payment.hangs {
        tracing::warn!("waiting for the payment gateway");
        sleep(NEVER).await;
    }
    sleep(Duration::from_millis(15)).await;
    if attempt <= payment.timeouts {
        tracing::warn!("no answer from the payment gateway");
        return Err(StepFailure::retryable(
            "gateway_timeout",
            "no answer from the payment gateway",
        ));
    }
    if payment.declined {
        return Err(StepFailure::permanent("card_declined", "the bank declined the card"));
    }
    Ok(format!("RC-{}", payment.amount))
}

/// Reserves all items in parallel. A child task restocks the missing items.
async fn reserve_stock<S: Store>(initializer: Arc<TaskInitializer<S>>, step: TaskSequenceStep) -> HandlerResult {
    let items = order(&step)?.items;
    let mut reservations = JoinSet::new();
    for item in items.clone() {
        reservations.spawn(reserve_item(item).in_current_scope());
    }
    let reserved = reservations.join_all().await.into_iter().sum::<u32>();

    let output = StepOutput::new(json!({ "reserved": reserved }));
    let missing = items.into_iter().filter(|item| item.missing > 0).collect::<Vec<_>>();
    if missing.is_empty() {
        return Ok(output);
    }
    let request = TaskRequest::new("inventory", "restock", json!({ "items": missing })).on_behalf_of(&step.task);
    let restock = initializer
        .create_task(request)
        .await
        .map_err(|error| StepFailure::retryable("restock_failed", error))?;
    Ok(output.awaiting(restock.correlation_id))
}

/// An `#[instrument]`ed function: its parent is the handler's span, also on another thread.
#[tracing::instrument(skip_all, fields(sku = %item.sku, quantity = item.quantity))]
async fn reserve_item(item: Item) -> u32 {
    sleep(Duration::from_millis(5 + u64::from(item.quantity))).await;
    item.quantity - item.missing.min(item.quantity)
}

async fn ship_order(step: TaskSequenceStep) -> HandlerResult {
    let order = order(&step)?;
    // A block with a span: too short for a function.
    let booking = step_scope!(
        "shipment.booking",
        within = "handler.execution",
        inherit(correlation_id, task_uuid, step_uuid, namespace),
        fields(service = "standard"),
    );
    booking.instrument(sleep(Duration::from_millis(8))).await;
    Ok(StepOutput::new(json!({ "tracking": format!("PKG-{}", order.number) })))
}

async fn send_receipt(_step: TaskSequenceStep) -> HandlerResult {
    sleep(Duration::from_millis(3)).await;
    Ok(StepOutput::default())
}

async fn order_from_supplier(_step: TaskSequenceStep) -> HandlerResult {
    sleep(Duration::from_millis(10)).await;
    Ok(StepOutput::default())
}

async fn receive_goods(_step: TaskSequenceStep) -> HandlerResult {
    sleep(Duration::from_millis(20)).await;
    Ok(StepOutput::default())
}

fn order(step: &TaskSequenceStep) -> Result<Order, StepFailure> {
    serde_json::from_value(step.task.context.clone()).map_err(|error| StepFailure::permanent("invalid_order", error))
}
