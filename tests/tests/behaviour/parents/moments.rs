//! Engines whose transitions are moments, before or after the work that belongs to them.

use tasker_span_tests::prelude::*;

#[task_span("task.state_transition", from = from, to = to)]
fn move_to(task: &Task, from: &str, to: &str) {}

#[task_span("result.evaluation")]
fn evaluate(task: &Task) {}

#[task_span("step.discovery")]
fn find_steps(task: &Task) {}

#[task_span("results.weighing", within = "result.evaluation")]
fn weigh(task: &Task) {}

#[task_span("task.processing", within = "task.orchestration")]
fn process<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

fn enqueue_steps(task: &Task) {
    send_steps(task, || find_steps(task));
}

fn begin_task(task: &Task) {
    move_to(task, "initializing", "enqueuing_steps");
    enqueue_steps(task);
    move_to(task, "enqueuing_steps", "steps_in_process");
}

fn tree(work: impl FnOnce(&Task)) -> String {
    let capture = Capture::strict();
    work(&Task::default());
    Outline::new(&capture.spans())
        .links()
        .attributes(&["tasker.transition_unseen"])
        .to_string()
}

#[test]
fn work_is_a_child_of_the_transition_before_or_after_it() {
    let tree = tree(|task| {
        begin_task(task);
        move_to(task, "steps_in_process", "evaluating_results");
        evaluate(task);
        weigh(task);
    });
    assert_eq!(
        tree,
        "\
(task.orchestration: not captured)
  task.state_transition initializing → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing
      step.discovery link=task.state_transition
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
    results.weighing
"
    );
}

#[test]
fn inside_of_other_spans_work_stays_and_links_to_its_transition() {
    let tree = tree(|task| {
        process(task, || begin_task(task));
        process(task, || {
            move_to(task, "waiting_for_dependencies", "evaluating_results");
            evaluate(task);
        });
    });
    assert_eq!(
        tree,
        "\
(task.orchestration: not captured)
  task.processing order_fulfillment
    task.state_transition initializing → enqueuing_steps
    step.enqueuing link=task.state_transition
      step.discovery link=task.state_transition
    task.state_transition enqueuing_steps → steps_in_process
  task.processing order_fulfillment
    task.state_transition waiting_for_dependencies → evaluating_results
    result.evaluation link=task.state_transition
"
    );
}

#[test]
fn discovery_may_come_before_its_transition() {
    let tree = tree(|task| {
        find_steps(task);
        move_to(task, "initializing", "enqueuing_steps");
    });
    assert_eq!(
        tree,
        "\
(task.orchestration: not captured)
  task.state_transition initializing → enqueuing_steps
    step.discovery
"
    );
}

#[test]
fn a_link_is_to_the_transition_that_led_to_the_work() {
    let capture = Capture::strict();
    let task = Task::default();
    process(&task, || begin_task(&task));
    let spans = capture.spans();
    spans.assert_valid();
    let transitions = spans.named("task.state_transition");
    let transition_to = |state: &str| {
        transitions
            .iter()
            .find(|span| span.text("to_state") == Some(state))
            .unwrap()
    };
    assert!(
        spans
            .named("step.discovery")
            .one()
            .is_linked_to(transition_to("enqueuing_steps"))
    );
    assert!(
        spans
            .named("step.enqueuing")
            .one()
            .is_linked_to(transition_to("steps_in_process"))
    );
}

#[test]
fn each_round_has_its_own_transition() {
    let tree = tree(|task| {
        for from in ["initializing", "evaluating_results", "waiting_for_retry"] {
            move_to(task, from, "enqueuing_steps");
            enqueue_steps(task);
            move_to(task, "enqueuing_steps", "steps_in_process");
        }
    });
    assert_eq!(
        tree,
        "\
(task.orchestration: not captured)
  task.state_transition initializing → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing
      step.discovery link=task.state_transition
  task.state_transition evaluating_results → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing
      step.discovery link=task.state_transition
  task.state_transition waiting_for_retry → enqueuing_steps
  task.state_transition enqueuing_steps → steps_in_process
    step.enqueuing
      step.discovery link=task.state_transition
"
    );
}

#[test]
fn without_its_transition_work_is_a_child_of_the_root_and_marked() {
    let before = stats();
    let tree = tree(|task| {
        evaluate(task);
        enqueue_steps(task);
        move_to(task, "pending", "initializing");
        evaluate(task);
    });
    assert_eq!(
        tree,
        "\
(task.orchestration: not captured)
  result.evaluation order_fulfillment tasker.transition_unseen=true
  step.enqueuing order_fulfillment tasker.transition_unseen=true
    step.discovery tasker.transition_unseen=true
  task.state_transition pending → initializing
  result.evaluation order_fulfillment tasker.transition_unseen=true
"
    );
    assert!(stats().since(&before).transitions_unseen >= 4);
}

#[test]
fn a_transition_of_another_task_is_not_theirs() {
    let tree = tree(|task| {
        move_to(&Task::default(), "steps_in_process", "evaluating_results");
        evaluate(task);
    });
    assert_eq!(
        tree,
        "\
(task.orchestration: not captured)
  task.state_transition steps_in_process → evaluating_results

(task.orchestration: not captured)
  result.evaluation order_fulfillment tasker.transition_unseen=true
"
    );
}

#[test]
fn a_transition_that_is_named_at_its_end_is_seen() {
    #[task_span("task.state_transition", from = "steps_in_process", late(to = |to| to))]
    fn decide(task: &Task) -> Result<&'static str, String> {
        Ok("evaluating_results")
    }
    let tree = tree(|task| {
        decide(task).unwrap();
        evaluate(task);
    });
    assert_eq!(
        tree,
        "\
(task.orchestration: not captured)
  task.state_transition steps_in_process → evaluating_results
    result.evaluation
"
    );
}

/// Work that moves the task itself.
#[task_span("step.enqueuing")]
fn enqueue_and_move(task: &Task) {
    move_to(task, "enqueuing_steps", "steps_in_process");
}

#[test]
fn a_transition_inside_of_its_work_is_linked_to_and_no_parent() {
    let capture = Capture::start();
    enqueue_and_move(&Task::default());
    assert_eq!(
        Outline::new(&capture.spans()).links().to_string(),
        "\
(task.orchestration: not captured)
  step.enqueuing order_fulfillment link=task.state_transition
    task.state_transition enqueuing_steps → steps_in_process VIOLATION (task.state_transition is a child of step.enqueuing; the catalogue allows task.orchestration)
"
    );
}

#[test]
fn work_inside_of_work_that_its_transition_adopts_is_right() {
    let capture = Capture::strict();
    begin_task(&Task::default());
    capture.spans().assert_valid();
}
