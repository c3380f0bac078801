//! The types that values come in.

use std::borrow::Cow;
use std::num::NonZero;
use std::rc::Rc;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::prelude::*;

#[test]
fn newtypes_of_the_user() {
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
    assert_supplies!(task; task_uuid: Some(ID), namespace: Some("payments"), priority: Some(7));
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
    assert_supplies!(step; attempt_number: Some(i64::MAX), max_attempts: Some(3), priority: Some(u32::MAX.into()));
}

#[test]
fn texts_in_every_container() {
    macro_rules! namespace {
        ($($ty:ty = $value:expr),* $(,)?) => {$({
            #[derive(SpanFields)]
            struct Task {
                namespace: $ty,
            }
            assert_supplies!(Task { namespace: $value }; namespace: Some("payments"));
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
fn an_option_may_be_empty_at_any_depth() {
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
    assert_supplies!(task; task_uuid: None, namespace: None, priority: None);
}

#[test]
fn moments_of_the_standard_library_chrono_and_time() {
    #[derive(SpanFields)]
    struct Task<T>(#[span(started_at)] T);

    let second = 1_700_000_000;
    let moment = SystemTime::UNIX_EPOCH + Duration::new(1_700_000_000, 250);
    assert_supplies!(Task(moment); started_at: Some(moment));
    assert_supplies!(Task(None::<SystemTime>); started_at: None);

    let utc = chrono::DateTime::from_timestamp(second, 250).unwrap();
    let berlin = utc.with_timezone(&chrono::FixedOffset::east_opt(7_200).unwrap());
    assert_supplies!(Task(utc); started_at: Some(moment));
    assert_supplies!(Task(Some(berlin)); started_at: Some(moment));
    assert_supplies!(Task(utc.naive_utc()); started_at: Some(moment));
    let before_1970 = chrono::DateTime::from_timestamp(-1, 0).unwrap();
    assert_supplies!(Task(before_1970); started_at: SystemTime::UNIX_EPOCH.checked_sub(Duration::from_secs(1)));

    let utc = time::OffsetDateTime::from_unix_timestamp(second).unwrap() + time::Duration::nanoseconds(250);
    let berlin = utc.to_offset(time::UtcOffset::from_hms(2, 0, 0).unwrap());
    assert_supplies!(Task(berlin); started_at: Some(moment));
    assert_supplies!(Task(time::PrimitiveDateTime::new(utc.date(), utc.time())); started_at: Some(moment));
}
