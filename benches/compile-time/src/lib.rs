//! Three hundred functions of an orchestrator and its workers.

pub mod model;

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use uuid::Uuid;

use crate::model::{Error, Message, Step, Store, Task};

// Copies of `part.rs`, so that each has its own functions.
macro_rules! parts {
    ($($part:ident)*) => {
        $(pub mod $part;)*

        async fn all(store: &Store, message: &mut Message) -> Result<usize, Error> {
            store.save(&message.task).await?;
            let mut sum = 0;
            $(sum += $part::all(store, message).await?;)*
            Ok(sum)
        }
    };
}

parts! {
    part_0 part_1 part_2 part_3 part_4 part_5 part_6 part_7 part_8 part_9
    part_10 part_11 part_12 part_13 part_14 part_15 part_16 part_17 part_18 part_19
    part_20 part_21 part_22 part_23 part_24 part_25 part_26 part_27 part_28 part_29
}

/// Calls them all, so that all of them are compiled to the end.
pub fn run() -> Result<usize, Error> {
    let [task_uuid, correlation_id, workflow_step_uuid] = [1, 2, 4].map(Uuid::from_u128);
    let [namespace_name, handler] = ["payments", "charge_payment"].map(str::to_owned);
    let [task_state, state] = ["enqueuing_steps", "pending"].map(str::to_owned);
    let task = Task { task_uuid, correlation_id, priority: 3, namespace_name, state: task_state };
    let step = Step { workflow_step_uuid, handler, attempt_number: 1, state };
    let (store, mut message) = (Store::default(), Message { task, step });
    let mut future = pin!(all(&store, &mut message));
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            return output;
        }
    }
}
