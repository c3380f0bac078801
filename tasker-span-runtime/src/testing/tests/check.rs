use opentelemetry::trace::{SpanKind, Status};

use super::{
    CORRELATION, Made, STEP, TASK, capture, captured, execution, execution_id, made, of_step, of_task, root, root_id,
    transition,
};
use crate::identity;
use crate::testing::{Problem, ProblemKind};

/// What is wrong with a complete task of which `span` is a part; without the span's own description.
fn problems_with(span: Made) -> Vec<(ProblemKind, String)> {
    let problems = captured([root(), span]).check_complete();
    let message = |problem: &Problem| {
        let text = problem.to_string();
        let message = text
            .split_once(": ")
            .filter(|_| problem.span().is_some())
            .map(|(_, message)| message.to_owned());
        message.unwrap_or(text)
    };
    problems
        .iter()
        .map(|problem| (problem.kind(), message(problem)))
        .collect()
}

fn one_problem(span: Made, kind: ProblemKind, message: &str) {
    assert_eq!(problems_with(span), [(kind, message.to_owned())]);
}

#[test]
fn a_whole_task_is_right() {
    let step_transition = of_step("step.state_transition", 8)
        .with("from_state", "enqueued")
        .with("to_state", "in_progress");
    let handler = of_step("handler.execution", 9)
        .under(execution_id())
        .with("handler_name", "charge_payment");
    let spans = captured([
        root().with("priority", 5).with("task_name", "fulfill_order"),
        transition(1, "pending", "initializing"),
        transition(2, "initializing", "enqueuing_steps"),
        of_task("step.discovery", 3).under(2),
        transition(4, "enqueuing_steps", "steps_in_process"),
        of_task("step.enqueuing", 5).under(4).kind(SpanKind::Producer),
        transition(6, "steps_in_process", "evaluating_results"),
        of_task("result.evaluation", 7).under(6),
        execution().failed("payment.declined", "card declined"),
        step_transition.under(execution_id()),
        handler,
        of_step("result.submission", 10)
            .under(execution_id())
            .kind(SpanKind::Producer),
        // Other code's spans between ours.
        made("sqlx.query", 11)
            .trace(identity::trace_id(TASK).to_u128())
            .under(execution_id()),
    ]);
    assert_eq!(spans.check_complete(), []);
    assert_eq!(spans.absent(), [""; 0]);
    spans.assert_complete();
}

#[test]
fn required_attributes_must_be_there() {
    one_problem(
        execution().without("handler_name"),
        ProblemKind::MissingAttribute,
        "required attribute `handler_name` is missing",
    );
}

#[test]
fn work_that_broke_off_need_not_know_what_it_was_to_record_late() {
    let unknown = || transition(2, "evaluating_results", "complete").without("to_state");
    assert_eq!(problems_with(unknown()).len(), 1);
    assert_eq!(problems_with(unknown().failed("Timeout", "")), []);
    assert_eq!(problems_with(unknown().with("tasker.cancelled", true)), []);
}

#[test]
fn values_must_have_the_catalogues_type_and_form() {
    for (name, value, message) in [
        (
            "correlation_id",
            "0198C0DE-0000-7000-8000-000000000003",
            "must be in lower case with hyphens",
        ),
        (
            "correlation_id",
            "0198c0de000070008000000000000003",
            "must be in lower case with hyphens",
        ),
        ("correlation_id", "request 7", "must be a UUID"),
        (
            "correlation_id",
            "00000000-0000-0000-0000-000000000000",
            "is the nil UUID",
        ),
        ("namespace", "", "is empty"),
        ("priority", "5", "must be an integer and is a text"),
        ("to_state", "StepsInProcess", "must be in snake case"),
        ("to_state", "", "must be in snake case"),
    ] {
        let span = transition(2, "pending", "initializing").without(name).with(name, value);
        let message = match message {
            "is the nil UUID" | "is empty" => format!("attribute `{name}` {message}"),
            _ => format!("attribute `{name}` {message}: {value}"),
        };
        one_problem(span, ProblemKind::WrongValue, &message);
    }
    let span = execution().without("handler_name").with("handler_name", 7);
    one_problem(
        span,
        ProblemKind::WrongValue,
        "attribute `handler_name` must be a text and is an integer: 7",
    );
}

#[test]
fn no_attribute_is_there_twice() {
    let twice = ProblemKind::DuplicateAttribute;
    let message = "attribute `namespace` is there more than once";
    one_problem(execution().with("namespace", "orders"), twice, message);
    let foreign = made("sqlx.query", 3)
        .trace(identity::trace_id(TASK).to_u128())
        .under(root_id());
    one_problem(foreign.with("namespace", "a").with("namespace", "b"), twice, message);
}

#[test]
fn kinds_and_outcomes_are_the_catalogues() {
    let kind = ProblemKind::WrongSpanKind;
    one_problem(
        execution().kind(SpanKind::Server),
        kind,
        "its span kind is Server and must be Consumer",
    );
    let status = ProblemKind::WrongStatus;
    one_problem(
        execution().status(Status::Ok),
        status,
        "its status is Ok: success leaves the status unset",
    );
    one_problem(
        execution().status(Status::error("no")),
        status,
        "its status is Error without `error.type`",
    );
}

#[test]
fn a_violation_that_the_runtime_marked_is_repeated() {
    one_problem(
        execution().with("tasker.violation", "has no x"),
        ProblemKind::Violation,
        "has no x",
    );
}

#[test]
fn a_span_stands_under_the_catalogues_parent() {
    let place = ProblemKind::WrongPlace;
    one_problem(
        of_task("step.discovery", 3),
        place,
        "stands under `task.orchestration`, but belongs under `task.state_transition` initializing → enqueuing_steps",
    );
    one_problem(
        of_step("handler.execution", 3).with("handler_name", "x"),
        place,
        "stands under `task.orchestration`, but belongs under `step.execution`",
    );
    one_problem(
        transition(3, "a", "b").under(0),
        place,
        "stands alone, but belongs under `task.orchestration`",
    );
}

#[test]
fn a_transition_is_the_right_parent_only_between_the_right_states() {
    let of = |from, to| {
        let spans = captured([
            root(),
            transition(2, from, to),
            of_task("result.evaluation", 3).under(2),
        ]);
        spans
            .check_complete()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("steps_in_process", "evaluating_results"), [""; 0]);
    assert_eq!(of("unknown", "evaluating_results"), [""; 0]);
    let expected = format!(
        "`result.evaluation` of task {TASK}: stands under `task.state_transition` pending → initializing, but belongs \
         under `task.state_transition` steps_in_process → evaluating_results"
    );
    assert_eq!(of("pending", "initializing"), [expected]);
}

#[test]
fn other_spans_are_looked_through() {
    let trace = identity::trace_id(TASK).to_u128();
    let spans = captured([
        root(),
        made("http.request", 2).trace(trace).under(root_id()),
        made("sqlx.query", 3).trace(trace).under(2),
        transition(4, "pending", "initializing").under(3),
    ]);
    assert_eq!(spans.check_complete(), []);
}

#[test]
fn a_step_moves_under_any_task_span_or_its_execution() {
    let moves = |under| {
        of_step("step.state_transition", 3)
            .with("from_state", "a")
            .with("to_state", "b")
            .under(under)
    };
    for under in [root_id(), 2, execution_id()] {
        let spans = captured([root(), transition(2, "a", "b"), execution(), moves(under)]);
        assert_eq!(spans.check_complete(), []);
    }
    let handler = of_step("handler.execution", 9)
        .under(execution_id())
        .with("handler_name", "x");
    let spans = captured([root(), execution(), handler, moves(9)]);
    let problems = spans.check_complete();
    assert!(
        problems[0]
            .to_string()
            .ends_with("but belongs under `step.execution` or any task span"),
        "{problems:?}"
    );
}

#[test]
fn a_ring_is_reported_and_ends() {
    let trace = identity::trace_id(TASK).to_u128();
    let spans = captured([
        root(),
        execution().under(2),
        made("a", 2).trace(trace).under(3),
        made("b", 3).trace(trace).under(execution_id()),
    ]);
    let problems = spans.check_complete();
    assert!(problems[0].to_string().contains("is its own ancestor"), "{problems:?}");
    let foreign_ring = captured([root(), execution().under(2), made("a", 2).trace(trace).under(2)]);
    assert_eq!(foreign_ring.check_complete()[0].kind(), ProblemKind::WrongPlace);
}

#[test]
fn parents_must_be_there_once_the_task_has_ended() {
    let orphan = || transition(3, "a", "b").under(0x77);
    assert_eq!(captured([orphan()]).check(), []);
    let missing = ProblemKind::MissingParent;
    one_problem(orphan(), missing, "its parent, 0000000000000077, was not captured");
    let trace = identity::trace_id(TASK).to_u128();
    let open = capture([root(), orphan()], [("sqlx.query", trace, 0x77)]).check();
    assert!(
        open[0]
            .to_string()
            .ends_with("its parent, 0000000000000077, has not ended"),
        "{open:?}"
    );
}

#[test]
fn a_task_is_complete_only_with_its_root_and_without_open_spans() {
    let trace = identity::trace_id(TASK).to_u128();
    let spans = capture(
        [transition(2, "a", "b"), execution()],
        [("step.execution", trace, 5), ("other", 9, 5)],
    );
    assert_eq!(spans.check(), []);
    let problems = spans.check_complete();
    assert_eq!(
        problems.iter().map(Problem::kind).collect::<Vec<_>>(),
        [ProblemKind::Unfinished; 2]
    );
    assert_eq!(
        problems[0].to_string(),
        format!("`step.execution` in trace {} has not ended", identity::trace_id(TASK))
    );
    let expected = format!(
        "task {TASK} has no `task.orchestration`: no transition from a running to a terminal state was captured"
    );
    assert_eq!(problems[1].to_string(), expected);
}

#[test]
fn ids_are_those_that_uuids_give() {
    let trace_of_task = identity::trace_id(TASK);
    let spans = captured([transition(2, "a", "b").trace(5)]);
    let message = format!(
        "`task.state_transition` a → b of task {TASK}: stands in trace 00000000000000000000000000000005 instead of its \
         task's, {trace_of_task}"
    );
    assert_eq!(
        spans.check().iter().map(ToString::to_string).collect::<Vec<_>>(),
        [message]
    );
    let second = execution().without("attempt_number").with("attempt_number", 2);
    let message = format!(
        "has the id {} instead of the derived one, {}",
        identity::execution_span_id(STEP, 1),
        identity::execution_span_id(STEP, 2)
    );
    one_problem(second, ProblemKind::WrongIdentity, &message);
    let another_root = of_task("task.orchestration", 3).under(0);
    assert_eq!(captured([another_root]).check()[0].kind(), ProblemKind::WrongIdentity);
}

#[test]
fn a_derived_id_is_given_away_once() {
    let again = |mut span: Made, id| {
        span.0.span_context = super::context(identity::trace_id(TASK).to_u128(), id);
        span
    };
    let redelivered = again(execution(), 7).at(5, 6);
    let second_driver = again(root(), 8).under(root_id()).at(700, 1_000);
    assert_eq!(
        captured([root(), execution(), redelivered, second_driver]).check_complete(),
        []
    );
    let trace = identity::trace_id(TASK).to_u128();
    let first_runs = capture(
        [again(root(), 8).under(root_id())],
        [("task.orchestration", trace, root_id())],
    );
    assert_eq!(first_runs.check(), []);
    let nested = again(root(), 9).under(2);
    let problems = captured([root(), transition(2, "a", "b"), nested]).check_complete();
    assert_eq!(
        problems.iter().map(Problem::kind).collect::<Vec<_>>(),
        [ProblemKind::WrongPlace]
    );
}

#[test]
fn a_span_that_learned_its_task_late_stays_with_its_caller() {
    let spans = captured([
        root(),
        transition(2, "a", "b")
            .trace(5)
            .under(0)
            .link(identity::trace_id(TASK).to_u128(), root_id()),
    ]);
    assert_eq!(spans.check_complete(), []);
}

#[test]
fn one_id_is_one_span() {
    let spans = captured([root(), transition(2, "a", "b"), transition(2, "b", "c").at(5, 6)]);
    let problems = spans.check_complete();
    assert_eq!(
        problems.iter().map(Problem::kind).collect::<Vec<_>>(),
        [ProblemKind::DuplicateSpanId]
    );
}

#[test]
fn times_are_possible() {
    let times = ProblemKind::WrongTimes;
    one_problem(execution().at(9, 5), times, "ends before it starts");
    let spans = captured([
        root().at(100, 200),
        execution().at(10, 50),
        transition(2, "a", "b").at(90, 110),
    ]);
    let problems = spans.check_complete();
    assert_eq!(problems.len(), 1);
    assert!(
        problems[0].to_string().contains("ended before its task started"),
        "{problems:?}"
    );
}

#[test]
fn spans_of_ones_own_carry_what_every_span_of_theirs_must() {
    let own = || {
        made("task.finalization", 3)
            .trace(identity::trace_id(TASK).to_u128())
            .under(root_id())
    };
    let own = || {
        own()
            .with("code.function.name", "app::finalize")
            .with("task_uuid", TASK.to_string())
    };
    let missing = ProblemKind::MissingAttribute;
    let expected =
        ["correlation_id", "namespace"].map(|name| (missing, format!("required attribute `{name}` is missing")));
    assert_eq!(problems_with(own()), expected);
    assert_eq!(
        problems_with(
            own()
                .with("correlation_id", CORRELATION.to_string())
                .with("namespace", "orders")
        ),
        []
    );
}

#[test]
fn a_trace_of_any_depth_is_checked() {
    let trace = identity::trace_id(TASK).to_u128();
    let chain = (2..=1_000).map(|id| {
        made("link", id)
            .trace(trace)
            .under(if id == 2 { root_id() } else { id - 1 })
    });
    let spans = captured(chain.chain([root(), transition(2_000, "a", "b").under(1_000)]));
    assert_eq!(spans.check_complete(), []);
}

#[test]
fn what_an_error_has_kept_may_stand_alone() {
    let kept = || {
        let handler = of_step("handler.execution", 9).with("handler_name", "charge_payment");
        handler
            .failed("payment.declined", "card declined")
            .with("tasker.sampled_by", "error")
    };
    // The step's execution is dropped: it has succeeded.
    assert_eq!(problems_with(kept()), []);
    // And so is the root, in a process that knew of no error.
    assert_eq!(captured([kept()]).check_complete(), []);
    one_problem(
        kept().without("tasker.sampled_by"),
        ProblemKind::WrongPlace,
        "stands under `task.orchestration`, but belongs under `step.execution`",
    );
    one_problem(
        kept().under(7),
        ProblemKind::MissingParent,
        "its parent, 0000000000000007, was not captured",
    );
}

#[test]
fn thresholds_are_no_higher_than_the_randomness() {
    assert_eq!(problems_with(execution().tracestate("ot=th:8;rv:80000000000000")), []);
    assert_eq!(problems_with(execution().tracestate("a=1,ot=rv:00000000000000")), []);
    // The end of the trace id is c20e92f2895a40.
    assert_eq!(problems_with(execution().tracestate("ot=th:c2")), []);
    one_problem(
        execution().tracestate("ot=th:c3"),
        ProblemKind::WrongSampling,
        "its randomness is below its threshold: th:c3",
    );
    one_problem(
        execution().tracestate("ot=th:8;rv:7fffffffffffff"),
        ProblemKind::WrongSampling,
        "its randomness is below its threshold: th:8;rv:7fffffffffffff",
    );
    one_problem(
        execution().tracestate("ot=th:8").with("tasker.sampled_by", "error"),
        ProblemKind::WrongSampling,
        "an error has kept it, and it says that a threshold did: th:8",
    );
}
