use tasker_span_runtime::span_record;

struct Task;

fn record(task: &Task) {
    span_record!(subject = task);
}

fn main() {}
