//! The types that values come in.

use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;

use tasker_span_runtime::{
    AsInteger, AsText, AsUuid, HasAttemptNumber, HasMaxAttempts, HasNamespace, HasPriority, HasTaskUuid, SpanFields,
    Uuid,
};

use super::ID;

#[test]
fn newtypes_of_ones_own() {
    struct TaskId(Uuid);
    impl AsUuid for TaskId {
        fn as_uuid(&self) -> Option<Uuid> {
            Some(self.0)
        }
    }
    struct Namespace(Arc<str>);
    impl AsText for Namespace {
        fn as_text(&self) -> Option<&str> {
            Some(&self.0)
        }
    }
    #[derive(Clone, Copy)]
    struct Priority(u8);
    impl AsInteger for Priority {
        fn as_integer(&self) -> Option<i64> {
            Some(self.0.into())
        }
    }
    #[derive(SpanFields)]
    struct Task {
        task_uuid: Option<TaskId>,
        namespace: Namespace,
        priority: Box<Priority>,
    }
    let task = Task {
        task_uuid: Some(TaskId(ID)),
        namespace: Namespace("payments".into()),
        priority: Box::new(Priority(7)),
    };
    assert_eq!(
        (task.task_uuid(), task.namespace(), task.priority()),
        (Some(ID), Some("payments"), Some(7))
    );
}

#[test]
fn integers_beyond_i64_saturate() {
    #[derive(SpanFields)]
    struct Step {
        attempt_number: u64,
        max_attempts: usize,
        priority: NonZero<u32>,
    }
    let step = Step {
        attempt_number: u64::MAX,
        max_attempts: 3,
        priority: NonZero::<u32>::MAX,
    };
    assert_eq!(step.attempt_number(), Some(i64::MAX));
    assert_eq!(
        (step.max_attempts(), step.priority()),
        (Some(3), Some(i64::from(u32::MAX)))
    );
}

#[test]
fn texts_in_every_container() {
    macro_rules! namespace {
        ($($ty:ty = $value:expr),* $(,)?) => {$({
            #[derive(SpanFields)]
            struct Task {
                namespace: $ty,
            }
            assert_eq!(Task { namespace: $value }.namespace(), Some("payments"), stringify!($ty));
        })*};
    }
    namespace! {
        &'static str = "payments",
        String = "payments".into(),
        Box<str> = "payments".into(),
        Rc<str> = "payments".into(),
        Arc<String> = Arc::new("payments".into()),
        Cow<'static, str> = Cow::Owned("payments".into()),
        Option<&'static &'static str> = Some(&"payments"),
    }
}

#[test]
fn none_is_absent_at_any_depth() {
    #[derive(SpanFields)]
    struct Task {
        task_uuid: Option<Option<Uuid>>,
        namespace: Option<String>,
        priority: Arc<Option<i32>>,
    }
    let task = Task {
        task_uuid: Some(None),
        namespace: None,
        priority: Arc::new(None),
    };
    assert_eq!(
        (task.task_uuid(), task.namespace(), task.priority()),
        (None, None, None)
    );
}
