use tasker_span_runtime::task_span;

#[task_span("task.orchestration", inherit = namespace)]
fn a_list_as_a_value() {}

#[task_span("task.orchestration", inherit())]
fn an_empty_list() {}

#[task_span("task.orchestration", task)]
fn a_value_as_a_word() {}

#[task_span("task.orchestration", failed(true), task_uuid)]
fn a_value_as_a_list() {}

#[task_span("task.orchestration", fields, late)]
fn a_list_as_a_word() {}

#[task_span("task.orchestration", ret = true, err = Debug)]
fn a_word_as_a_value() {}

fn main() {}
