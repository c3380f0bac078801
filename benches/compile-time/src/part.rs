//! Ten functions of an orchestrator and its workers.

#[cfg(feature = "ours")]
use tasker_span_runtime::{span_record, step_span, task_span};
#[cfg(feature = "instrument")]
use tracing::instrument;
use uuid::Uuid;

use crate::model::{Error, Message, Reply, Store, Task};

#[cfg_attr(feature = "ours", task_span("task.state_transition", task = task, from = from, to = to))]
#[cfg_attr(feature = "instrument", instrument(name = "task.state_transition", skip_all, fields(
    correlation_id = %task.correlation_id, task_uuid = %task.task_uuid,
    namespace = task.namespace_name.as_str(), priority = task.priority,
    from_state = from.as_deref(), to_state = to.as_str(),
)))]
pub async fn transition(store: &Store, task: &Task, from: Option<String>, to: String) -> Result<Task, Error> {
    if from.as_deref() == Some(to.as_str()) {
        return Err(Error::Unchanged(to));
    }
    let mut stored = store.load(task.task_uuid).await?;
    stored.state = to;
    store.save(&stored).await?;
    Ok(stored)
}

#[cfg_attr(feature = "ours", step_span("step.execution", step = message.step, task = message.task))]
#[cfg_attr(feature = "instrument", instrument(name = "step.execution", skip_all, fields(
    correlation_id = %message.task.correlation_id, task_uuid = %message.task.task_uuid,
    step_uuid = %message.step.workflow_step_uuid, handler_name = message.step.handler.as_str(),
    namespace = message.task.namespace_name.as_str(), attempt_number = message.step.attempt_number,
)))]
pub async fn execute(store: &Store, message: Message) -> Result<Reply, Error> {
    if message.step.attempt_number > NUMBER + 1 {
        return Err(Error::Exhausted { attempts: message.step.attempt_number });
    }
    let reply = handle(&message).await?;
    submit(store, &message, &reply).await?;
    Ok(reply)
}

#[cfg_attr(feature = "ours", step_span("handler.execution", inherit))]
#[cfg_attr(feature = "instrument", instrument(name = "handler.execution", skip_all, fields(
    correlation_id = %message.task.correlation_id, task_uuid = %message.task.task_uuid,
    step_uuid = %message.step.workflow_step_uuid, handler_name = message.step.handler.as_str(),
    namespace = message.task.namespace_name.as_str(),
)))]
pub async fn handle(message: &Message) -> Result<Reply, Error> {
    let mut text = message.step.handler.clone();
    for word in message.step.state.split('_') {
        text.push(' ');
        text.push_str(word);
    }
    Ok(Reply { success: !text.is_empty(), text })
}

#[cfg_attr(feature = "ours", step_span("result.submission", step = message.step, inherit(correlation_id, task_uuid, namespace)))]
#[cfg_attr(feature = "instrument", instrument(name = "result.submission", skip_all, fields(
    correlation_id = %message.task.correlation_id, task_uuid = %message.task.task_uuid,
    step_uuid = %message.step.workflow_step_uuid, namespace = message.task.namespace_name.as_str(),
    attempt_number = message.step.attempt_number,
)))]
pub async fn submit(store: &Store, message: &Message, reply: &Reply) -> Result<(), Error> {
    let mut task = message.task.clone();
    if reply.success {
        task.state.clone_from(&reply.text);
    }
    store.save(&task).await
}

#[cfg_attr(feature = "ours", task_span("step.discovery", task_uuid = task_uuid, inherit(correlation_id, namespace)))]
#[cfg_attr(feature = "instrument", instrument(name = "step.discovery", skip_all, fields(
    correlation_id = %correlation_id, task_uuid = %task_uuid, namespace,
)))]
pub async fn discover(
    store: &Store,
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: &str,
) -> Result<Vec<String>, Error> {
    let task = store.load(task_uuid).await?;
    let is_same = task.correlation_id == correlation_id && task.namespace_name == namespace;
    let words = task.state.split('_').filter(|word| is_same || word.len() > NUMBER);
    Ok(words.map(str::to_owned).collect())
}

#[cfg_attr(feature = "ours", task_span("step.enqueuing", task = task, fields(queue = queue)))]
#[cfg_attr(feature = "instrument", instrument(name = "step.enqueuing", skip_all, fields(
    correlation_id = %task.correlation_id, task_uuid = %task.task_uuid,
    namespace = task.namespace_name.as_str(), priority = task.priority, queue,
)))]
pub async fn enqueue(store: &Store, task: &Task, queue: &str) -> Result<usize, Error> {
    let mut task = task.clone();
    task.state = format!("{queue} NUMBER");
    store.save(&task).await?;
    Ok(task.state.len())
}

#[cfg_attr(feature = "ours", task_span("result.evaluation", task = task))]
#[cfg_attr(feature = "instrument", instrument(name = "result.evaluation", skip_all, fields(
    correlation_id = %task.correlation_id, task_uuid = %task.task_uuid,
    namespace = task.namespace_name.as_str(), priority = task.priority,
)))]
pub fn evaluate(task: &Task, replies: &[Reply]) -> Result<usize, Error> {
    let good = replies.iter().filter(|reply| reply.success).count();
    if good < replies.len() / 2 {
        return Err(Error::Unchanged(task.state.clone()));
    }
    Ok(good + NUMBER)
}

#[cfg_attr(feature = "ours", step_span("step.state_transition", step = message.step, task = message.task, from = message.step.state, to = to))]
#[cfg_attr(feature = "instrument", instrument(name = "step.state_transition", skip_all, fields(
    correlation_id = %message.task.correlation_id, task_uuid = %message.task.task_uuid,
    step_uuid = %message.step.workflow_step_uuid, namespace = message.task.namespace_name.as_str(),
    attempt_number = message.step.attempt_number, from_state = message.step.state.as_str(),
    to_state = to,
)))]
pub fn step_transition(message: &mut Message, to: &str) -> Result<(), Error> {
    if message.step.state == to {
        return Err(Error::Unchanged(to.to_owned()));
    }
    message.step.state.clear();
    message.step.state.push_str(to);
    Ok(())
}

#[cfg_attr(feature = "ours", step_span("handler.execution", step = message.step, task = message.task, failed = |reply| !reply.success))]
#[cfg_attr(feature = "instrument", instrument(name = "handler.execution", skip_all, fields(
    correlation_id = %message.task.correlation_id, task_uuid = %message.task.task_uuid,
    step_uuid = %message.step.workflow_step_uuid, handler_name = message.step.handler.as_str(),
    namespace = message.task.namespace_name.as_str(), attempt_number = message.step.attempt_number,
)))]
pub fn run(message: &Message) -> Reply {
    let success = message.step.attempt_number < NUMBER;
    let text = if success { message.step.handler.clone() } else { format!("attempt {}", message.step.attempt_number) };
    Reply { success, text }
}

#[cfg_attr(feature = "ours", task_span("task.finalization", within = "task.orchestration", task_uuid = task_uuid, late(correlation_id, namespace)))]
#[cfg_attr(feature = "instrument", instrument(name = "task.finalization", skip_all, fields(
    task_uuid = %task_uuid, correlation_id = tracing::field::Empty,
    namespace = tracing::field::Empty,
)))]
pub async fn finalize(store: &Store, task_uuid: Uuid) -> Result<Task, Error> {
    let task = store.load(task_uuid).await?;
    #[cfg(feature = "ours")]
    span_record!(subject = task);
    #[cfg(feature = "instrument")]
    tracing::Span::current()
        .record("correlation_id", tracing::field::display(task.correlation_id))
        .record("namespace", task.namespace_name.as_str());
    store.save(&task).await?;
    Ok(task)
}

pub async fn all(store: &Store, message: &mut Message) -> Result<usize, Error> {
    let task = message.task.clone();
    transition(store, &task, None, "evaluating_results".to_owned()).await?;
    let replies = [execute(store, message.clone()).await?, run(message)];
    let steps = discover(store, task.task_uuid, task.correlation_id, &task.namespace_name).await?;
    let queued = enqueue(store, &task, "payments").await?;
    step_transition(message, "in_progress")?;
    finalize(store, task.task_uuid).await?;
    Ok(evaluate(&task, &replies)? + queued + steps.len())
}
