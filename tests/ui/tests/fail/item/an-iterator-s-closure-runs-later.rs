use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit)]
fn mapped(ids: Vec<u32>) -> impl Iterator<Item = u32> {
    ids.into_iter().map(|id| id + 1).take(3)
}

#[task_span("task.orchestration", inherit)]
async fn loaded(ids: Vec<u32>) -> impl Iterator<Item = u32> {
    ids.into_iter().inspect(|id| drop(*id))
}

#[task_span("task.orchestration", inherit)]
fn boxed(ids: Vec<u32>) -> Box<dyn Iterator<Item = u32>> {
    Box::new(ids.into_iter().filter(|id| *id > 1))
}

#[task_span("task.orchestration", inherit)]
fn collected(ids: Vec<u32>) -> impl Iterator<Item = u32> {
    let ids = ids.into_iter().map(|id| id + 1).collect::<Vec<_>>();
    ids.into_iter()
}

fn main() {}
