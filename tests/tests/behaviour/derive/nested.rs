//! Attributes of subjects inside fields.

use std::rc::Rc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use tasker_span_runtime::{HasCorrelationId, HasNamespace, HasStartedAt, HasStepUuid, HasTaskUuid, SpanFields, Uuid};

use super::{ID, OTHER};

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

#[derive(SpanFields)]
struct TaskForOrchestration {
    #[span(nested(task_uuid, correlation_id, namespace, started_at))]
    task: Task,
}

#[derive(SpanFields)]
struct TaskSequenceStep {
    #[span(nested(task_uuid, correlation_id))]
    #[span(nested(namespace))]
    task: TaskForOrchestration,
    #[span(step_uuid)]
    workflow_step_uuid: Uuid,
}

#[derive(SpanFields)]
struct Message {
    #[span(nested(task_uuid, correlation_id, step_uuid, namespace))]
    payload: Option<Box<TaskSequenceStep>>,
}

#[derive(SpanFields)]
struct Envelope<'a> {
    #[span(nested(task_uuid, correlation_id, step_uuid, namespace))]
    message: &'a Arc<Message>,
}

#[test]
fn four_deep() {
    let step = TaskSequenceStep {
        task: TaskForOrchestration { task: task() },
        workflow_step_uuid: OTHER,
    };
    let message = Arc::new(Message {
        payload: Some(Box::new(step)),
    });
    let envelope = Envelope { message: &message };
    assert_eq!(envelope.task_uuid(), Some(ID));
    assert_eq!(envelope.correlation_id(), Some(OTHER));
    assert_eq!(envelope.step_uuid(), Some(OTHER));
    assert_eq!(envelope.namespace(), Some("payments"));
}

#[test]
fn an_absent_subject_supplies_nothing() {
    let message = Arc::new(Message { payload: None });
    let envelope = Envelope { message: &message };
    assert_eq!((envelope.task_uuid(), envelope.namespace()), (None, None));
}

#[test]
fn the_start_of_the_task_is_found_inside() {
    assert_eq!(
        TaskForOrchestration { task: task() }.started_at(),
        Some(SystemTime::UNIX_EPOCH)
    );
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
    assert_eq!(
        (pointers.task_uuid(), pointers.correlation_id()),
        (Some(ID), Some(OTHER))
    );
    assert_eq!(
        (pointers.namespace(), pointers.started_at()),
        (Some("payments"), Some(SystemTime::UNIX_EPOCH))
    );
}

#[test]
fn a_list_of_tasks_supplies_its_own_kind() {
    /// Links to itself: the bounds must not run in circles.
    #[derive(SpanFields)]
    struct Node {
        task_uuid: Uuid,
        #[span(nested(correlation_id))]
        parent: Option<Box<Self>>,
        #[span(nested(namespace))]
        task: Option<Task>,
    }
    let parent = Node {
        task_uuid: OTHER,
        parent: None,
        task: None,
    };
    let node = Node {
        task_uuid: ID,
        parent: Some(Box::new(parent)),
        task: Some(task()),
    };
    assert_eq!(
        (node.task_uuid(), node.correlation_id(), node.namespace()),
        (Some(ID), None, Some("payments"))
    );
}
