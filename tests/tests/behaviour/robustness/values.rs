//! Values that panic when a span reads them: errors and fields as text, and what judges a returned
//! value.

use std::fmt;

use tasker_span_runtime::{Failure, Outcome};
use tasker_span_tests::prelude::*;

use super::{Bomb, sampled_and_unsampled};

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
        ("card decl", |task| finish(display_async(task))),
        ("card decl", reason),
        ("card decl", in_scope),
    ];
    for (said, work) in works {
        sampled_and_unsampled(|capture, sampled| {
            let before = stats().panics_caught;
            assert!(work(&Task::default()) == Err(Bomb));
            assert!(stats().panics_caught > before);
            let span = capture.spans().one();
            assert_eq!(*span.status(), Status::error(said));
            assert_eq!(span.text("tasker.sampled_by"), (!sampled).then_some("error"));
        });
    }
}

#[test]
fn a_field_that_cannot_be_shown_is_exported_with_what_it_said_and_not_read_of_an_unsampled_span() {
    #[task_span("task.audit", within = "task.orchestration", fields(display = %Bomb, debug = ?Bomb))]
    fn audit(task: &Task) -> u8 {
        7
    }
    sampled_and_unsampled(|capture, sampled| {
        assert_eq!(audit(&Task::default()), 7);
        let spans = capture.spans();
        assert_eq!(spans.len(), usize::from(sampled));
        for span in &spans {
            assert_eq!(span.text("display"), Some("card decl"));
            assert_eq!(span.text("debug"), Some("Card { decl"));
            assert!(!span.is_error());
        }
    });
}

#[test]
fn a_debug_that_panics_for_ret_does_not_reach_the_caller() {
    #[task_span("task.audit", within = "task.orchestration", ret)]
    fn returns(task: &Task) -> Bomb {
        Bomb
    }
    let capture = Capture::start();
    returns(&Task::default());
    assert_eq!(*capture.spans().one().status(), Status::Unset);
}

#[test]
fn a_late_state_with_a_panicking_display_is_never_recorded() {
    struct Silent;
    impl fmt::Display for Silent {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("display")
        }
    }
    #[task_span("task.state_transition", from = "pending", late(to))]
    fn evaluate(task: &Task) {
        span_record!(to = Silent);
    }
    let capture = Capture::start();
    evaluate(&Task::default());
    let span = capture.spans().one();
    assert!(span.text("tasker.violation").unwrap().contains("late to_state"));
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

#[test]
fn a_judgement_that_panics_does_not_take_the_result_away() {
    let works: [fn(&Task); 5] = [
        |task| assert!(judged(task).is_empty()),
        |task| assert!(finish(judged_async(task)).is_empty()),
        |task| assert!(matches!(explosive(task), Explosive)),
        |task| assert_eq!(late(task), Ok(Vec::new())),
        |task| {
            let span = task_scope!("task.audit", within = "task.orchestration", task = task);
            assert!(matches!(span.try_in_scope(|| Explosive), Explosive));
        },
    ];
    for work in works {
        sampled_and_unsampled(|capture, sampled| {
            let before = stats().panics_caught;
            work(&Task::default());
            assert!(stats().panics_caught > before);
            let spans = capture.spans();
            assert_eq!(
                spans.len(),
                usize::from(sampled),
                "no unsampled span is exported for it"
            );
            for span in &spans {
                assert!(!span.is_error(), "the work itself did not panic");
                assert!(span.text("tasker.violation").unwrap().contains("panicked"));
            }
        });
    }
}
