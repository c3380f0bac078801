//! Messages that were not handled: they are delivered again, or given up.

use super::{Delivery, Queue, TaskerError};

/// How often a message is delivered that no process can handle. More than once: its task may not be
/// visible yet, and a process of another version may be able to read it.
pub(super) const DELIVERIES: i32 = 3;

/// Logs why a message was not handled. A message about an unknown task or step is given up in the
/// end: delivered for ever, such messages would keep readers from all others.
pub(super) async fn not_handled<M>(queue: &impl Queue, delivery: &Delivery<M>, error: &TaskerError) {
    let (name, message_id) = (&*delivery.queue, delivery.message_id);
    if !matches!(error, TaskerError::NotFound(_)) || delivery.read_count < DELIVERIES {
        tracing::error!(%error, queue = name, message_id, "message not handled: it is delivered again");
        return;
    }
    match queue.give_up(name, message_id).await {
        Ok(()) => tracing::error!(%error, queue = name, message_id, "message given up after {DELIVERIES} deliveries"),
        Err(failure) => tracing::error!(%failure, queue = name, message_id, "message not archived"),
    }
}
