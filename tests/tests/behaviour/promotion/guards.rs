//! Programs whose guards outlive the spans that they were made in, and work that goes from thread to thread.

use std::cell::RefCell;

use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::Span;

use super::functions::Function;
use super::program::{Call, Carry, End, Log, Op, Program, Rates, Target};
use super::promotions::Promotions;
use super::world::difference;

const TARGET: Target = Target {
    task: 0,
    step: 0,
    attempt: 1,
    states: 0,
};

fn call(function: Function, is_async: bool, inside: Vec<Op>) -> Call {
    Call {
        function,
        target: TARGET,
        is_async,
        end: End::Ok,
        records: false,
        inside: inside.into(),
    }
}

fn orchestrate(inside: Vec<Op>) -> Op {
    Op::Call(call(Function::Orchestrate, false, inside))
}

fn assert_unchanged(ops: Vec<Op>) {
    let program = Program {
        attaches: false,
        seed: 0,
        rates: vec![Rates::ALL],
        ops: ops.into(),
    };
    for promotions in Promotions::all_over() {
        let difference = difference(&program, &promotions);
        assert!(difference.is_empty(), "{promotions:?} of {program:#?}: {difference}");
    }
}

#[test]
fn a_guard_of_other_code_that_outlives_its_driver_changes_nothing() {
    process::alone(|| {
        let instrumented = || Op::Call(call(Function::Instrumented, false, vec![]));
        let keep = || orchestrate(vec![orchestrate(vec![Op::EnterOtherCode])]);
        assert_unchanged(vec![keep(), orchestrate(vec![Op::Leave(0), instrumented()])]);
        assert_unchanged(vec![
            keep(),
            orchestrate(vec![instrumented(), Op::Leave(0), instrumented()]),
        ]);
        let retried = Op::Retry(TARGET, 1, vec![Op::Leave(0), Op::EnterOtherCode].into());
        let later = Op::Defer(Carry::Scope, vec![instrumented()].into());
        assert_unchanged(vec![keep(), retried, later, Op::Continue(0)]);
    });
}

#[test]
fn a_guard_that_leaves_its_function_changes_nothing() {
    process::alone(|| {
        let open = || Op::Open {
            of_step: false,
            target: TARGET,
        };
        let instrumented = || Op::Call(call(Function::Instrumented, false, vec![]));
        assert_unchanged(vec![
            orchestrate(vec![open(), Op::Enter(0)]),
            instrumented(),
            orchestrate(vec![Op::Leave(0), instrumented()]),
            instrumented(),
        ]);
    });
}

#[test]
fn a_future_that_is_polled_on_another_thread_first_changes_nothing() {
    process::alone(|| {
        let open = Op::Open {
            of_step: false,
            target: TARGET,
        };
        let future = call(Function::Orchestrate, true, vec![Op::Yield, open]);
        assert_unchanged(vec![
            Op::Create(Carry::Nothing, future),
            Op::Spawn(Carry::Nothing, vec![Op::Poll(0)].into()),
            orchestrate(vec![orchestrate(vec![Op::Poll(0)])]),
        ]);
    });
}

#[test]
fn work_that_enters_other_codes_span_once_more_changes_nothing() {
    process::alone(|| {
        let later = Op::Defer(Carry::Scope, vec![Op::Record, Op::EnterOtherCode].into());
        let inner = orchestrate(vec![Op::Continue(0)]);
        let future = call(Function::Instrumented, true, vec![later, inner]);
        assert_unchanged(vec![Op::Create(Carry::Nothing, future), orchestrate(vec![Op::Poll(0)])]);
    });
}

#[test]
fn a_span_that_is_entered_once_more_above_other_codes_span_changes_nothing() {
    process::alone(|| {
        let later = Op::Defer(Carry::Scope, vec![Op::Record, Op::Log(Log::Info)].into());
        let inner = Op::Call(call(Function::HandleTold, false, vec![Op::Continue(0)]));
        let future = call(Function::OtherCode, true, vec![later, inner, Op::Record]);
        let outer = call(Function::Execute, false, vec![Op::Poll(0), Op::Record]);
        assert_unchanged(vec![Op::Create(Carry::Nothing, future), Op::Call(outer)]);
    });
}

#[test]
fn a_promoted_span_that_is_entered_in_another_span_changes_nothing() {
    process::alone(|| {
        let later = Op::Defer(Carry::Scope, vec![Op::Record].into());
        let inner = Op::Call(call(Function::HandleTold, false, vec![Op::Continue(0)]));
        let future = call(Function::HandleTold, true, vec![Op::Record, Op::Yield, inner]);
        let outer = call(Function::Execute, false, vec![later, Op::Poll(0)]);
        assert_unchanged(vec![Op::Create(Carry::Nothing, future), Op::Poll(0), Op::Call(outer)]);
    });
}

/// Many programs' worth of guards in any order, on one thread.
#[test]
fn nothing_stays_on_the_thread() {
    thread_local! {
        static HELD: RefCell<Vec<Box<dyn std::any::Any>>> = const { RefCell::new(Vec::new()) };
    }

    let capture = Capture::start();
    for round in 0..200_usize {
        let task = Task::default();
        let keep = |guard: Box<dyn std::any::Any>| HELD.with_borrow_mut(|held| held.push(guard));
        orchestrate_and(&task, || {
            keep(Box::new(tracing::info_span!("entered").entered()));
            keep(Box::new(
                step_scope!("handler.execution", step = task.step(), task = task).enter(),
            ));
            if round % 2 == 0 {
                drop(Span::current());
            }
            keep(Box::new(Span::current().entered()));
        });
        HELD.with_borrow_mut(|held| held.rotate_left(round % 3));
        HELD.take().into_iter().for_each(drop);
        assert_eq!(TraceContext::current(), TraceContext::EMPTY, "round {round}");
        assert!(Span::current().is_none(), "round {round}");
        execute(&task, &task.step(), || ());
        let execution = capture.spans().named("step.execution").one();
        assert_eq!(execution.parent_span_id(), Some(task.root_id()));
        assert!(execution.links().is_empty(), "round {round}: {:?}", execution.links());
        capture.clear();
    }
}

fn orchestrate_and(task: &Task, work: impl FnOnce()) {
    tasker_span_tests::calls::orchestrate(task, work);
}
