//! Values that panic when a span reads them: errors and fields as text, and what judges a returned value.

use std::panic::{AssertUnwindSafe, catch_unwind};

use tasker_span_runtime::testing::Status;
use tasker_span_runtime::{Failure, Outcome, stats, task_scope, task_span};
use tasker_span_tests::fixture::Task;

use crate::{Bomb, dropping, kept_and_dropped, ready};

#[task_span("task.audit", within = "task.orchestration")]
fn display(task: &Task) -> Result<u8, Bomb> {
    Err(Bomb)
}

#[task_span("task.audit", within = "task.orchestration", err(Debug))]
fn debug(task: &Task) -> Result<u8, Bomb> {
    Err(Bomb)
}

#[task_span("task.audit", within = "task.orchestration")]
async fn display_async(task: &Task) -> Result<u8, Bomb> {
    Err(Bomb)
}

#[task_span("task.audit", within = "task.orchestration", failed = |_| Some(Bomb))]
fn reason(task: &Task) -> Result<u8, Bomb> {
    Err(Bomb)
}

fn in_scope(task: &Task) -> Result<u8, Bomb> {
    let span = task_scope!("task.audit", within = "task.orchestration", task = task);
    span.try_in_scope(|| Err(Bomb))
}

#[test]
fn an_error_that_cannot_be_shown_is_returned_and_exported_with_what_it_said() {
    type Work = fn(&Task) -> Result<u8, Bomb>;
    let works: [(&str, Work); 5] = [
        ("card decl", display),
        ("Card { decl", debug),
        ("card decl", |task| ready(display_async(task))),
        ("card decl", reason),
        ("card decl", in_scope),
    ];
    for (said, work) in works {
        kept_and_dropped(|capture, kept| {
            let before = stats().panics_caught;
            assert!(work(&Task::default()) == Err(Bomb));
            assert!(stats().panics_caught > before);
            let span = capture.spans().one();
            assert_eq!(*span.status(), Status::error(said));
            assert_eq!(span.text("tasker.sampled_by"), (!kept).then_some("error"));
        });
    }
}

#[test]
fn an_error_may_be_returned_in_a_destructor_while_another_panic_is_on_its_way() {
    struct Guard(Task);
    impl Drop for Guard {
        fn drop(&mut self) {
            assert!(display(&self.0) == Err(Bomb));
        }
    }
    kept_and_dropped(|capture, _| {
        let panic = catch_unwind(AssertUnwindSafe(|| {
            let _guard = Guard(Task::default());
            panic!("the first one");
        }));
        assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "the first one");
        assert_eq!(*capture.spans().one().status(), Status::error("card decl"));
    });
}

#[test]
fn a_field_that_cannot_be_shown_is_exported_with_what_it_said_and_not_read_of_a_dropped_span() {
    #[task_span("task.audit", within = "task.orchestration", fields(display = %Bomb, debug = ?Bomb))]
    fn audit(task: &Task) -> u8 {
        7
    }
    kept_and_dropped(|capture, kept| {
        assert_eq!(audit(&Task::default()), 7);
        if kept {
            let span = capture.spans().one();
            assert_eq!(span.text("display"), Some("card decl"));
            assert_eq!(span.text("debug"), Some("Card { decl"));
            assert!(!span.is_error());
        } else {
            assert!(capture.spans().is_empty());
        }
    });
}

struct Explosive;

impl Outcome for Explosive {
    fn failure(&self) -> Option<Failure> {
        panic!("outcome")
    }
}

#[task_span("task.audit", within = "task.orchestration", failed = |reply| reply[0] != 0)]
fn judged(task: &Task) -> Vec<u8> {
    Vec::new()
}

#[task_span("task.audit", within = "task.orchestration", failed = |reply| reply[0] != 0)]
async fn judged_async(task: &Task) -> Vec<u8> {
    Vec::new()
}

#[task_span("task.audit", within = "task.orchestration")]
fn explosive(task: &Task) -> Explosive {
    Explosive
}

#[task_span("task.audit", within = "task.orchestration", task_uuid = task.task_uuid, correlation_id = task.correlation_id,
    late(namespace = |ok| ok[0].clone()))]
fn late(task: &Task) -> Result<Vec<String>, String> {
    Ok(Vec::new())
}

/// Of kept spans, another test tells.
#[test]
fn a_judgement_that_panics_has_no_dropped_span_exported() {
    let works: [fn(&Task); 5] = [
        |task| assert!(judged(task).is_empty()),
        |task| assert!(ready(judged_async(task)).is_empty()),
        |task| assert!(matches!(explosive(task), Explosive)),
        |task| assert_eq!(late(task), Ok(Vec::new())),
        |task| {
            let span = task_scope!("task.audit", within = "task.orchestration", task = task);
            assert!(matches!(span.try_in_scope(|| Explosive), Explosive));
        },
    ];
    let capture = dropping();
    for work in works {
        let before = stats().panics_caught;
        work(&Task::default());
        assert!(stats().panics_caught > before);
    }
    assert!(capture.spans().is_empty());
}
