use tasker_span_runtime::{SpanFields, Uuid, task_scope, task_span};

#[derive(Clone, SpanFields)]
struct Task {
    correlation_id: Uuid,
    task_uuid: Uuid,
    namespace: String,
}

fn load(_id: Uuid) -> Result<Task, String> {
    Err("no such task".to_owned())
}

#[task_span("task.orchestration", task = load(_id)?)]
fn by_question_mark(_id: Uuid) -> Result<(), String> {
    Ok(())
}

#[task_span("task.orchestration", task = async { load(_id) }.await.unwrap(), fields(size = std::future::ready(1).await))]
async fn by_await(_id: Uuid) {}

#[task_span("task.orchestration", inherit, fields(size = match _size { Some(size) => size, None => return }))]
fn by_return(_size: Option<u8>) {}

#[task_span("task.orchestration", task = (|| Some(load(_id).ok()?))())]
fn inside_a_closure(_id: Uuid) {}

fn out_of_a_loop(ids: &[Uuid]) {
    for _id in ids {
        let _ = task_scope!("task.orchestration", task = if _id.is_nil() { continue } else { load(*_id).unwrap() });
        let _ = task_scope!("task.orchestration", inherit, fields(size = break));
        let _ = task_scope!("task.orchestration", inherit, fields(size = loop { break 7 }, odd = 'odd: { break 'odd 1 }));
    }
}

fn main() {}
