use std::time::{Duration, SystemTime};

use opentelemetry::trace::{SpanKind, Status};

use super::{
    CORRELATION, Made, STEP, TASK, capture, captured, context, execution, execution_id, made, of_step, of_task, root,
    root_id, transition,
};
use crate::testing::{Problem, ProblemKind, Spans};
use crate::{UnknownNamespace, identity};

/// The kinds and messages of problems, without the descriptions of their spans.
fn described(problems: &[Problem]) -> Vec<String> {
    let described = problems.iter().map(|problem| {
        let text = problem.to_string();
        let message = text.split_once(": ").filter(|_| problem.span().is_some());
        let message = message.map_or(&*text, |(_, message)| message);
        format!("{:?}: {message}", problem.kind())
    });
    described.collect()
}

/// The problems of a complete capture.
fn problems<const N: usize>(spans: [Made; N]) -> Vec<String> {
    described(&captured(spans).check_complete())
}

/// The problems of a complete task with this span.
fn problems_with(span: Made) -> Vec<String> {
    problems([root(), span])
}

fn kinds(problems: &[Problem]) -> Vec<ProblemKind> {
    problems.iter().map(Problem::kind).collect()
}

/// A span of other code in the task's trace.
fn foreign(name: &'static str, id: u64) -> Made {
    made(name, id).trace(identity::trace_id(TASK).to_u128())
}

fn handler(id: u64) -> Made {
    of_step("handler.execution", id).with("handler_name", "charge_payment")
}

fn step_transition(id: u64) -> Made {
    let transition = of_step("step.state_transition", id);
    transition
        .with("from_state", "enqueued")
        .with("to_state", "in_progress")
}

#[test]
fn a_complete_task_has_no_problem() {
    let submission = of_step("result.submission", 10).kind(SpanKind::Producer);
    let spans = captured([
        root().with("priority", 5).with("task_name", "fulfill_order"),
        transition(1, "pending", "initializing"),
        transition(2, "initializing", "enqueuing_steps"),
        of_task("step.discovery", 3).child_of(2),
        transition(4, "enqueuing_steps", "steps_in_process"),
        of_task("step.enqueuing", 5).child_of(4).kind(SpanKind::Producer),
        transition(6, "steps_in_process", "evaluating_results"),
        of_task("result.evaluation", 7).child_of(6),
        execution().failed("payment.declined", "card declined"),
        step_transition(8).child_of(execution_id()),
        handler(9).child_of(execution_id()),
        submission.child_of(execution_id()),
        foreign("sqlx.query", 11).child_of(execution_id()),
    ]);
    assert_eq!(spans.check_complete(), []);
    assert_eq!(spans.absent(), [""; 0]);
    spans.assert_complete();
}

#[test]
fn required_attributes_must_be_recorded() {
    let problem = "MissingAttribute: required attribute `handler_name` is missing";
    assert_eq!(problems_with(execution().without("handler_name")), [problem]);
}

#[test]
fn aborted_work_may_lack_late_attributes() {
    let late = || transition(2, "evaluating_results", "complete").without("to_state");
    assert_eq!(problems_with(late()).len(), 1);
    assert_eq!(problems_with(late().failed("Timeout", "")), [""; 0]);
    assert_eq!(problems_with(late().with("tasker.cancelled", true)), [""; 0]);
}

#[test]
fn values_must_have_the_catalogues_type_and_form() {
    const UPPER_CASE: &str = "0198C0DE-0000-7000-8000-000000000003";
    const SIMPLE: &str = "0198c0de000070008000000000000003";
    const NIL: &str = "00000000-0000-0000-0000-000000000000";
    for (name, value, mistake) in [
        ("correlation_id", UPPER_CASE, "must be in lower case with hyphens: "),
        ("correlation_id", SIMPLE, "must be in lower case with hyphens: "),
        ("correlation_id", "request 7", "must be a UUID: "),
        ("priority", "5", "must be an integer and is a text: "),
        ("to_state", "StepsInProcess", "must be in snake case: "),
        ("to_state", "", "must be in snake case: "),
    ] {
        let span = transition(2, "pending", "initializing").without(name).with(name, value);
        let problem = format!("WrongValue: attribute `{name}` {mistake}{value}");
        assert_eq!(problems_with(span), [problem]);
    }
    for (name, value, mistake) in [
        ("correlation_id", NIL, "is the nil UUID"),
        ("namespace", "", "is empty"),
    ] {
        let problem = format!("WrongValue: attribute `{name}` {mistake}");
        assert_eq!(problems_with(execution().without(name).with(name, value)), [problem]);
    }
    let problem = "WrongValue: attribute `handler_name` must be a text and is an integer: 7";
    let span = execution().without("handler_name").with("handler_name", 7);
    assert_eq!(problems_with(span), [problem]);
}

#[test]
fn no_attribute_is_recorded_twice() {
    let problem = "DuplicateAttribute: attribute `namespace` is recorded more than once";
    assert_eq!(problems_with(execution().with("namespace", "orders")), [problem]);
    let foreign = foreign("sqlx.query", 3).child_of(root_id()).with("namespace", "a");
    assert_eq!(problems_with(foreign.with("namespace", "b")), [problem]);
}

#[test]
fn kinds_and_outcomes_are_the_catalogues() {
    let problem = "WrongSpanKind: its span kind is Server and must be Consumer";
    assert_eq!(problems_with(execution().kind(SpanKind::Server)), [problem]);
    let problem = "WrongStatus: its status is Ok: success leaves the status unset";
    assert_eq!(problems_with(execution().status(Status::Ok)), [problem]);
    let problem = "WrongStatus: its status is Error without `error.type`";
    assert_eq!(problems_with(execution().status(Status::error("no"))), [problem]);
}

#[test]
fn a_violation_that_the_runtime_marked_is_a_problem() {
    let span = execution().with("tasker.violation", "has no x");
    assert_eq!(problems_with(span), ["Violation: has no x"]);
}

#[test]
fn the_parent_must_be_allowed() {
    let discovery = "WrongParent: is a child of `task.orchestration`, but must be a child of \
                     `task.state_transition` initializing → enqueuing_steps or `task.state_transition` \
                     evaluating_results → enqueuing_steps or `task.state_transition` waiting_for_retry → \
                     enqueuing_steps";
    assert_eq!(problems_with(of_task("step.discovery", 3)), [discovery]);
    let unseen = of_task("step.discovery", 3).with("tasker.transition_unseen", true);
    assert_eq!(problems_with(unseen), [""; 0]);
    let orphaned = "WrongParent: is a child of `task.orchestration`, but must be a child of `step.execution`";
    assert_eq!(problems_with(handler(3)), [orphaned]);
    let alone = "WrongParent: has no parent, but must be a child of `task.orchestration`";
    assert_eq!(problems_with(transition(3, "a", "b").child_of(0)), [alone]);
}

#[test]
fn a_transition_is_the_right_parent_only_between_the_right_states() {
    let check = |from, to| {
        let evaluation = of_task("result.evaluation", 3).child_of(2);
        let problems = captured([root(), transition(2, from, to), evaluation]).check_complete();
        problems.iter().map(ToString::to_string).collect::<String>()
    };
    assert_eq!(check("steps_in_process", "evaluating_results"), "");
    assert_eq!(check("unknown", "evaluating_results"), "");
    let expected = format!(
        "`result.evaluation` of task {TASK}: is a child of `task.state_transition` pending → initializing, but must be \
         a child of `task.state_transition` steps_in_process → evaluating_results or `task.state_transition` \
         waiting_for_dependencies → evaluating_results"
    );
    assert_eq!(check("pending", "initializing"), expected);
}

#[test]
fn spans_of_other_code_are_skipped() {
    let (http, sqlx) = (foreign("http.request", 2), foreign("sqlx.query", 3));
    let transition = transition(4, "pending", "initializing").child_of(3);
    let spans = [root(), http.child_of(root_id()), sqlx.child_of(2), transition];
    assert_eq!(problems(spans), [""; 0]);
}

#[test]
fn a_step_transition_is_a_child_of_any_task_span_or_the_execution() {
    for parent in [root_id(), 2, execution_id()] {
        let step_transition = step_transition(3).child_of(parent);
        let spans = [root(), transition(2, "a", "b"), execution(), step_transition];
        assert_eq!(problems(spans), [""; 0]);
    }
    let handler = handler(9).child_of(execution_id());
    let spans = [root(), execution(), handler, step_transition(3).child_of(9)];
    let problem = "WrongParent: is a child of `handler.execution`, but must be a child of `step.execution` or any \
                   task span";
    assert_eq!(problems(spans), [problem]);
}

#[test]
fn a_cycle_is_reported_and_ends() {
    let (a, b) = (foreign("a", 2).child_of(3), foreign("b", 3).child_of(execution_id()));
    let own = problems([root(), execution().child_of(2), a, b]);
    assert!(own[0].contains("is its own ancestor"), "{own:?}");
    let foreign = captured([root(), execution().child_of(2), foreign("a", 2).child_of(2)]);
    assert_eq!(foreign.check_complete()[0].kind(), ProblemKind::WrongParent);
}

#[test]
fn parents_must_be_captured_once_the_task_has_ended() {
    let orphan = || transition(3, "a", "b").child_of(0x77);
    assert_eq!(captured([orphan()]).check(), []);
    let problem = "MissingParent: its parent, 0000000000000077, was not captured";
    assert_eq!(problems_with(orphan()), [problem]);
    let trace = identity::trace_id(TASK).to_u128();
    let open = capture([root(), orphan()], [("sqlx.query", trace, 0x77)]).check();
    let problem = "MissingParent: its parent, 0000000000000077, has not ended";
    assert_eq!(described(&open), [problem]);
}

#[test]
fn a_complete_task_has_its_root_and_no_open_spans() {
    let trace_id = identity::trace_id(TASK);
    let open = [("step.execution", trace_id.to_u128(), 5), ("other", 9, 5)];
    let spans = capture([transition(2, "a", "b"), execution()], open);
    assert_eq!(spans.check(), []);
    let expected = [
        format!("Unfinished: `step.execution` in trace {trace_id} has not ended"),
        format!(
            "Unfinished: task {TASK} has no `task.orchestration`: no transition from a running to a terminal state was \
             captured"
        ),
    ];
    assert_eq!(described(&spans.check_complete()), expected);
}

#[test]
fn ids_are_derived_from_uuids() {
    let trace_of_task = identity::trace_id(TASK);
    let problems = captured([transition(2, "a", "b").trace(5)]).check();
    let message = format!(
        "`task.state_transition` a → b of task {TASK}: is in trace 00000000000000000000000000000005 instead of its \
         task's, {trace_of_task}"
    );
    assert_eq!(problems.iter().map(ToString::to_string).collect::<Vec<_>>(), [message]);
    let second = execution().without("attempt_number").with("attempt_number", 2);
    let [first_id, second_id] = [1, 2].map(|attempt| identity::execution_span_id(STEP, attempt));
    let problem = format!("WrongIdentity: has the id {first_id} instead of the derived one, {second_id}");
    assert_eq!(problems_with(second), [problem]);
    let after_reset = execution().with("generation", 1);
    let derived = identity::Execution::new(1).generation(1).span_id(STEP);
    let problem = format!("WrongIdentity: has the id {first_id} instead of the derived one, {derived}");
    assert_eq!(problems_with(after_reset), [problem]);
    let another_root = of_task("task.orchestration", 3).child_of(0);
    assert_eq!(captured([another_root]).check()[0].kind(), ProblemKind::WrongIdentity);
}

#[test]
fn a_derived_id_is_assigned_once() {
    let again = |mut span: Made, id| {
        span.0.span_context = context(identity::trace_id(TASK).to_u128(), id);
        span
    };
    let redelivered = again(execution(), 7).at(5, 6);
    let second_driver = || again(root(), 8).child_of(root_id());
    let spans = [root(), execution(), redelivered, second_driver().at(700, 1_000)];
    assert_eq!(problems(spans), [""; 0]);
    let open = ("task.orchestration", identity::trace_id(TASK).to_u128(), root_id());
    assert_eq!(capture([second_driver()], [open]).check(), []);
    let nested = captured([root(), transition(2, "a", "b"), again(root(), 9).child_of(2)]);
    assert_eq!(kinds(&nested.check_complete()), [ProblemKind::WrongParent]);
}

#[test]
fn a_span_that_joined_its_task_late_stays_with_its_caller() {
    let link = (identity::trace_id(TASK).to_u128(), root_id());
    let late = transition(2, "a", "b").trace(5).child_of(0);
    assert_eq!(problems_with(late.link(link.0, link.1)), [""; 0]);
}

#[test]
fn an_id_belongs_to_one_span() {
    let spans = captured([root(), transition(2, "a", "b"), transition(2, "b", "c").at(5, 6)]);
    assert_eq!(kinds(&spans.check_complete()), [ProblemKind::DuplicateSpanId]);
}

/// What `record_transition` writes, for a task that the database moved at 500 ms.
fn recorded(id: identity::SpanId) -> Made {
    transition(id.to_u64(), "steps_in_process", "error").at(500, 500)
}

#[test]
fn a_transition_that_no_code_ran_has_the_id_of_its_row() {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(500);
    let id = identity::transition_span_id(TASK, "steps_in_process", "error", at);
    assert_eq!(problems_with(recorded(id)), [""; 0]);
    let other = identity::transition_span_id(TASK, "steps_in_process", "error", at + Duration::from_millis(1));
    let problem = format!("WrongIdentity: has the id {other} instead of the derived one, {id}");
    assert_eq!(problems_with(recorded(other)), [problem]);
    let by_code = recorded(other).with("code.function.name", "shop::fail");
    assert_eq!(problems_with(by_code), [""; 0]);
    let not_believed = recorded(other).with("tasker.violation", "a time of 9 days ahead");
    assert_eq!(problems_with(not_believed), ["Violation: a time of 9 days ahead"]);
}

#[test]
fn processes_may_record_the_same_row() {
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(500);
    let id = identity::transition_span_id(TASK, "steps_in_process", "error", at);
    assert_eq!(problems([root(), root(), recorded(id), recorded(id)]), [""; 0]);
    let other = [root(), recorded(id), recorded(id).with("priority", 5)];
    assert_eq!(kinds(&captured(other).check_complete()), [ProblemKind::DuplicateSpanId]);
    let by_code = || recorded(id).with("code.function.name", "shop::fail");
    let twice = captured([root(), by_code(), by_code()]);
    assert_eq!(kinds(&twice.check_complete()), [ProblemKind::DuplicateSpanId]);
}

#[test]
fn times_are_possible() {
    let problem = "WrongTimes: ends before it starts";
    assert_eq!(problems_with(execution().at(9, 5)), [problem]);
    let transition = transition(2, "a", "b").at(90, 110);
    let spans = [root().at(100, 200), execution().at(10, 50), transition];
    let problem = "WrongTimes: ended before its task started: check `started_at` of `task.orchestration`";
    assert_eq!(problems(spans), [problem]);
}

#[test]
fn custom_spans_have_required_attributes() {
    let custom = || {
        let span = foreign("task.finalization", 3)
            .child_of(root_id())
            .with("task_uuid", TASK.to_string());
        span.with("code.function.name", "app::finalize")
    };
    let missing = |name| format!("MissingAttribute: required attribute `{name}` is missing");
    assert_eq!(problems_with(custom()), ["correlation_id", "namespace"].map(missing));
    let complete = custom().with("correlation_id", CORRELATION.to_string());
    assert_eq!(problems_with(complete.with("namespace", "orders")), [""; 0]);
}

#[test]
fn a_trace_of_any_depth_is_checked() {
    let chain = (2..=1_000).map(|id| foreign("link", id).child_of(if id == 2 { root_id() } else { id - 1 }));
    let spans = captured(chain.chain([root(), transition(2_000, "a", "b").child_of(1_000)]));
    assert_eq!(spans.check_complete(), []);
}

#[test]
fn a_span_sampled_by_error_may_lack_its_parents() {
    let failed = || handler(9).failed("payment.declined", "card declined");
    let by_error = || failed().with("tasker.sampled_by", "error");
    // The execution has succeeded, so that it stays unsampled.
    assert_eq!(problems_with(by_error()), [""; 0]);
    // So does the root, in a process without the error.
    assert_eq!(problems([by_error()]), [""; 0]);
    let problem = "WrongParent: is a child of `task.orchestration`, but must be a child of `step.execution`";
    assert_eq!(problems_with(failed()), [problem]);
    let problem = "MissingParent: its parent, 0000000000000007, was not captured";
    assert_eq!(problems_with(by_error().child_of(7)), [problem]);
}

#[test]
fn randomness_reaches_the_threshold() {
    // The end of the trace id is c20e92f2895a40.
    for valid in ["ot=th:8;rv:80000000000000", "a=1,ot=rv:00000000000000", "ot=th:c2"] {
        assert_eq!(problems_with(execution().tracestate(valid)), [""; 0]);
    }
    for ot in ["th:c3", "th:8;rv:7fffffffffffff"] {
        let problem = format!("WrongSampling: its randomness is below its threshold: {ot}");
        assert_eq!(problems_with(execution().tracestate(&format!("ot={ot}"))), [problem]);
    }
    let by_error = execution().tracestate("ot=th:8").with("tasker.sampled_by", "error");
    let problem = "WrongSampling: it was sampled by error, but has a threshold: th:8";
    assert_eq!(problems_with(by_error), [problem]);
}

/// A marker of the first attempt at `STEP`, after so many milliseconds.
fn marker(id: u64, millis: i64) -> Made {
    let marker = of_step("step.running", id).with("handler_name", "charge_payment");
    marker
        .with("tasker.running_for_ms", millis)
        .link(identity::trace_id(TASK).to_u128(), execution_id())
}

#[test]
fn markers_of_running_work_are_no_violations_before_and_after_its_end() {
    let of_task = |id| of_task("task.running", id).with("tasker.running_for_ms", 20);
    assert_eq!(captured([marker(5, 10), of_task(7)]).check(), []);
    assert_eq!(
        captured([root(), execution(), marker(5, 10), marker(6, 40), of_task(7)]).check_complete(),
        []
    );
}

#[test]
fn a_marker_is_a_sibling_of_its_work_and_has_no_outcome() {
    let misplaced = marker(5, 10).child_of(execution_id());
    assert_eq!(
        problems([root(), execution(), misplaced]),
        ["WrongParent: is no sibling of the finished `step.execution` that it links to"]
    );
    assert_eq!(
        problems_with(
            marker(5, 10)
                .failed("declined", "limit")
                .without("handler_name")
                .without("tasker.running_for_ms")
        ),
        [
            "WrongStatus: its status is set: a marker of running work has no outcome",
            "MissingAttribute: attribute `tasker.running_for_ms` is missing or negative",
        ]
    );
}

#[test]
fn a_trace_of_a_task_has_one_root() {
    let second = |id| of_task("task.orchestration", id).child_of(0);
    let problem = "DuplicateRoot: has no parent, but is not the root of its task's trace";
    // Whichever is first: the root has the derived id.
    assert_eq!(problems([second(7), root()]), [problem]);
    assert_eq!(problems([root(), second(7)]), [problem]);
    let other_code = made("GET /stock", 8).trace(identity::trace_id(TASK).to_u128());
    assert_eq!(problems([root(), other_code]), [problem]);
    // A driver that runs again, and a trace without a task's root.
    assert_eq!(problems([root(), second(7).child_of(root_id())]), [""; 0]);
    assert_eq!(problems([made("GET /stock", 8), made("GET /stock", 9)]), [""; 0]);
}

/// As other languages export them: nothing is put right.
#[test]
fn exported_spans_are_judged_as_they_are() {
    let failed = execution()
        .status(Status::error("declined"))
        .with("code.function.name", "f");
    let spans = [root(), failed.at(9, 5)].map(|made| made.0);
    let spans = Spans::from_exported(spans, UnknownNamespace::Violation);
    let kinds = spans.check_complete().into_iter().map(|problem| problem.kind().name());
    assert_eq!(kinds.collect::<Vec<_>>(), ["wrong_status", "wrong_times"]);
    let without = [root().without("namespace").0];
    assert!(
        Spans::from_exported(without.clone(), UnknownNamespace::Absent)
            .check_complete()
            .is_empty()
    );
    let problems = Spans::from_exported(without, UnknownNamespace::Violation).check_complete();
    assert_eq!(problems[0].kind().name(), "missing_attribute");
}

#[test]
fn a_sampled_span_represents_others() {
    let count = |made: Made| captured([made]).one().adjusted_count();
    for (tracestate, expected) in [
        ("ot=th:8", 2.0),
        ("ot=th:c;rv:f0000000000000", 4.0),
        ("ot=th:0", 1.0),
        ("ot=rv:00000000000000", 1.0),
        ("a=th:8", 1.0),
    ] {
        assert_eq!(
            count(execution().tracestate(tracestate)),
            Some(expected),
            "{tracestate}"
        );
    }
    assert_eq!(count(execution()), Some(1.0));
    assert_eq!(count(execution().with("tasker.sampled_by", "slow")), None);
}
