//! Subjects and values by expression, which borrow from their owners as long as they must, and no longer.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, RwLock};

use tasker_span_tests::prelude::*;

use super::{span_of, span_of_future};

struct Message {
    task: Task,
    step: Option<Step>,
}

impl Message {
    fn task(&self) -> &Task {
        &self.task
    }
}

#[task_span("task.orchestration", task = message.task())]
fn by_method(message: &Message) {}

#[task_span("task.orchestration", task = &batch[1])]
fn by_index(batch: &[Task]) {}

#[step_span("step.execution", step = message.step, task = message.task)]
fn by_field(message: Message) -> Message {
    message
}

#[task_span("task.orchestration", task = Arc::clone(task))]
fn by_value(task: &Arc<Task>) {}

#[task_span("task.orchestration", task = tasks.iter().find(|task| task.priority > 0))]
fn by_closure(tasks: &[Task]) {}

#[test]
fn expressions() {
    let message = |task: Task| Message {
        step: Some(task.step()),
        task,
    };
    span_of(|task| by_method(&message(task)));
    span_of(|task| by_index(&[Task::default(), task]));
    let (_, span) = span_of(|task| by_field(message(task)));
    assert_eq!(span.text("handler_name"), Some("charge_payment"));
    assert_eq!(span.integer("attempt_number"), Some(1));
    span_of(|task| by_value(&Arc::new(task)));
    span_of(|task| by_closure(&[task]));
}

/// Two subjects behind one lock would block each other, were a guard held any longer than its subject is read.
#[step_span("step.execution", step = state.lock().unwrap().1, task = state.lock().unwrap().0)]
fn locked(state: &Mutex<(Task, Step)>) -> String {
    state.lock().unwrap().0.namespace_name.clone()
}

#[task_span("task.orchestration", task = state.lock().unwrap())]
fn guard(state: &Mutex<Task>) -> bool {
    state.try_lock().is_ok()
}

#[task_span("task.orchestration", task = state.read().unwrap(), priority = state.read().unwrap().priority)]
fn read(state: &RwLock<Task>) -> bool {
    state.try_write().is_ok()
}

#[test]
fn locks_are_released_before_the_body() {
    let state = |task: Task| Mutex::new((task.clone(), task.step()));
    assert_eq!(span_of(|task| locked(&state(task))).0, "payments");
    assert!(span_of(|task| guard(&Mutex::new(task))).0);
    assert!(span_of(|task| read(&RwLock::new(task))).0);
}

struct Connection {
    task: Task,
    reads: u32,
}

impl Connection {
    fn task_uuid(&mut self) -> &Uuid {
        self.reads += 1;
        &self.task.task_uuid
    }

    fn namespace(&mut self) -> Option<&str> {
        self.reads += 1;
        self.task.namespace_name.split('/').next()
    }
}

#[task_span(
    "task.orchestration",
    namespace = connection.namespace(),
    task_uuid = connection.task_uuid(),
    correlation_id = Uuid::nil(),
    fields(reads = connection.reads)
)]
fn borrows_mutably(connection: &mut Connection) -> u32 {
    connection.reads += 10;
    connection.reads
}

#[test]
fn each_value_is_read_once_in_the_order_written() {
    let capture = tasker_span_runtime::testing::Capture::start();
    let mut connection = Connection {
        task: Task::default(),
        reads: 0,
    };
    assert_eq!(borrows_mutably(&mut connection), 12);
    assert_eq!(capture.spans().one().integer("reads"), Some(2));
}

#[task_span("task.orchestration")]
async fn moved(task: Task, log: &RefCell<Vec<Task>>) {
    log.borrow_mut().push(task);
}

#[task_span("task.orchestration")]
async fn mutable(task: &mut Task) -> i32 {
    task.priority += 1;
    tokio::task::yield_now().await;
    task.priority
}

#[test]
fn parameters_that_the_body_needs_itself() {
    let log = RefCell::default();
    span_of_future(|task| moved(task, &log));
    assert_eq!(log.into_inner().len(), 1);
    assert_eq!(span_of_future(|mut task| async move { mutable(&mut task).await }).0, 4);
}
