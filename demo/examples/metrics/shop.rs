//! Orders, the steps of each, and a few workers that execute them. Some steps fail, and some workers die.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::{AsLink, Failure, Links, SpanFields, Uuid, record_lost_attempt, step_span, task_span};
use tokio::sync::Semaphore;
use tokio::time::sleep;

#[derive(Clone, SpanFields)]
struct Order {
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: &'static str,
    task_name: &'static str,
    #[span(started_at)]
    placed_at: SystemTime,
}

/// A step as its message tells of it.
#[derive(SpanFields)]
struct Message {
    #[span(nested(task_uuid, correlation_id, namespace))]
    order: Order,
    step_uuid: Uuid,
    handler_name: &'static str,
    attempt_number: u32,
    sent_at: SystemTime,
}

impl AsLink for Message {
    fn add_to(&self, links: &mut Links) {
        links.delivery(self.sent_at, 1);
    }
}

/// The handlers of a workflow, with the milliseconds that they take.
type Steps = &'static [(&'static str, u64)];

/// Namespaces, and the name and the steps of the workflow of each.
const WORKFLOWS: [(&str, &str, Steps); 2] = [
    (
        "payments",
        "order_payment",
        &[("validate_order", 1), ("charge_payment", 8)],
    ),
    (
        "fulfillment",
        "order_fulfillment",
        &[("reserve_stock", 3), ("ship_order", 5), ("send_receipt", 1)],
    ),
];
const BETWEEN_ORDERS: Duration = Duration::from_millis(4);
const WORKERS: usize = 3;

/// Places orders, and processes them at the same time.
pub(super) async fn run() {
    let workers = Arc::new(Semaphore::new(WORKERS));
    for number in 0.. {
        tokio::spawn(process(number, Arc::clone(&workers)));
        sleep(BETWEEN_ORDERS).await;
    }
}

async fn process(number: usize, workers: Arc<Semaphore>) {
    let (namespace, task_name, steps) = WORKFLOWS[number % WORKFLOWS.len()];
    let order = Order {
        task_uuid: Uuid::now_v7(),
        correlation_id: Uuid::new_v4(),
        namespace,
        task_name,
        placed_at: SystemTime::now(),
    };
    transition(&order, "pending", "initializing");
    let mut end = "complete";
    for (index, &(handler_name, millis)) in steps.iter().enumerate() {
        let message = Message {
            order: order.clone(),
            step_uuid: Uuid::now_v7(),
            handler_name,
            attempt_number: 1,
            sent_at: SystemTime::now(),
        };
        let Ok(_worker) = workers.acquire().await else { return };
        let draw = (number / 2 * 7 + index) % 50;
        if draw == 13 {
            // It has died: the attempt is recorded by the one that takes over.
            record_lost_attempt(&message, message.sent_at);
        } else if execute(&message, millis, draw).await.is_err() {
            end = "error";
            break;
        }
    }
    transition(&order, "evaluating_results", end);
}

#[task_span("task.state_transition", task = order, from = from, to = to)]
fn transition(order: &Order, from: &str, to: &str) {}

#[step_span("step.execution", step = message, task = message, link = message)]
async fn execute(message: &Message, millis: u64, draw: usize) -> Result<(), Failure> {
    handle(millis, draw).await
}

#[step_span("handler.execution", inherit)]
async fn handle(millis: u64, draw: usize) -> Result<(), Failure> {
    sleep(Duration::from_millis(millis)).await;
    match draw {
        0 => Err(Failure::new("gateway_timeout")),
        1 | 2 => Err(Failure::new("card_declined")),
        _ => Ok(()),
    }
}
