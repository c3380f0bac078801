//! The shop's step handlers. What takes time in a real shop is a short sleep here.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::{Item, Order};
use crate::tasker::{
    HandlerRegistry, HandlerResult, Queue, StepFailure, StepOutput, Store, TaskInitializer, TaskRequest,
    TaskSequenceStep,
};

/// The handlers of every step. `initializer` is for those that need a task of their own.
pub fn handlers<S: Store, Q: Queue>(initializer: Arc<TaskInitializer<S, Q>>) -> HandlerRegistry {
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
        return Err(StepFailure::permanent("nothing to pay"));
    }
    Ok(StepOutput::new(json!({ "amount": order.payment.amount })))
}

async fn charge_payment(step: TaskSequenceStep) -> HandlerResult {
    let payment = order(&step)?.payment;
    sleep(Duration::from_millis(15)).await;
    if step.workflow_step.attempt <= Some(payment.timeouts) {
        tracing::warn!(amount = payment.amount, "gateway does not answer");
        return Err(StepFailure::retryable("payment gateway timed out"));
    }
    if payment.declined {
        return Err(StepFailure::permanent("card declined"));
    }
    Ok(StepOutput::new(json!({ "charged": payment.amount })))
}

/// Reserves all items at once, and has the missing ones ordered by a task of its own.
async fn reserve_stock<S: Store, Q: Queue>(
    initializer: Arc<TaskInitializer<S, Q>>,
    step: TaskSequenceStep,
) -> HandlerResult {
    let items = order(&step)?.items;
    let mut reservations = JoinSet::new();
    for item in items.clone() {
        reservations.spawn(reserve_item(item));
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
        .map_err(|error| StepFailure::retryable(error.to_string()))?;
    Ok(output.awaiting(restock.correlation_id))
}

async fn reserve_item(item: Item) -> u32 {
    sleep(Duration::from_millis(5 + u64::from(item.quantity))).await;
    item.quantity - item.missing.min(item.quantity)
}

async fn ship_order(step: TaskSequenceStep) -> HandlerResult {
    let order = order(&step)?;
    sleep(Duration::from_millis(8)).await;
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
    serde_json::from_value(step.task.context.clone()).map_err(|error| StepFailure::permanent(error.to_string()))
}
