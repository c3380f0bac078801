//! Attributes of subjects inside fields.

use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use super::prelude::*;

#[derive(SpanFields, Clone)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
    #[span(namespace)]
    namespace_name: String,
    #[span(started_at)]
    created_at: SystemTime,
}

fn task() -> Task {
    Task {
        task_uuid: ID,
        correlation_id: OTHER,
        namespace_name: "payments".into(),
        created_at: SystemTime::UNIX_EPOCH,
    }
}

#[test]
fn four_deep() {
    #[derive(SpanFields)]
    struct TaskForOrchestration {
        #[span(nested(task_uuid, correlation_id, namespace, started_at))]
        task: Task,
    }
    #[derive(SpanFields)]
    struct TaskSequenceStep {
        #[span(nested(task_uuid, correlation_id))]
        #[span(nested(namespace, started_at))]
        task: TaskForOrchestration,
        #[span(step_uuid)]
        workflow_step_uuid: Uuid,
    }
    #[derive(SpanFields)]
    struct Message {
        #[span(nested(task_uuid, correlation_id, step_uuid, namespace, started_at))]
        payload: Option<Box<TaskSequenceStep>>,
    }
    #[derive(SpanFields)]
    struct Envelope<'a> {
        #[span(nested(task_uuid, correlation_id, step_uuid, namespace, started_at))]
        message: &'a Arc<Message>,
    }

    let step = TaskSequenceStep {
        task: TaskForOrchestration { task: task() },
        workflow_step_uuid: OTHER,
    };
    let message = &Arc::new(Message {
        payload: Some(Box::new(step)),
    });
    let envelope = Envelope { message };
    assert_supplies!(envelope; task_uuid: Some(ID), correlation_id: Some(OTHER), step_uuid: Some(OTHER));
    assert_supplies!(envelope; namespace: Some("payments"), started_at: Some(SystemTime::UNIX_EPOCH));
    let message = &Arc::new(Message { payload: None });
    assert_supplies!(Envelope { message }; task_uuid: None, namespace: None);
}

#[test]
fn every_pointer_is_looked_through() {
    #[derive(SpanFields)]
    struct Pointers<'a> {
        #[span(nested(task_uuid))]
        unique: &'a mut Task,
        #[span(nested(correlation_id))]
        counted: Rc<Box<Task>>,
        #[span(nested(namespace))]
        locked: MutexGuard<'a, Task>,
        #[span(nested(started_at))]
        several: Option<Arc<Option<&'a Task>>>,
    }
    let (mut unique, mutex, shared) = (task(), Mutex::new(task()), task());
    let pointers = Pointers {
        unique: &mut unique,
        counted: Rc::new(Box::new(task())),
        locked: mutex.lock().unwrap(),
        several: Some(Arc::new(Some(&shared))),
    };
    assert_supplies!(pointers; task_uuid: Some(ID), correlation_id: Some(OTHER));
    assert_supplies!(pointers; namespace: Some("payments"), started_at: Some(SystemTime::UNIX_EPOCH));
}
