//! Makes random programs.

use std::ops::Range;

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};

use super::functions::Function;
use super::program::{Attached, Call, Carry, End, Log, Op, Ops, Program, Rates, Target};

fn rates() -> impl Strategy<Value = Rates> {
    let rate = || prop_oneof![7 => Just(1.0), 1 => Just(0.0), 2 => Just(0.5)];
    // A span without a task is sampled by its trace id, which is random. `sampling::tracestate` tests other rates of tasks.
    let tasks = rate().prop_map(f64::round);
    let orders = prop_oneof![2 => Just(None), 1 => rate().prop_map(Some)];
    let rates = (tasks, rate(), orders, prop::bool::weighted(0.8));
    let rates = rates.prop_map(|(tasks, steps, orders, keeps_errors)| Rates {
        tasks,
        steps,
        orders,
        keeps_errors,
    });
    prop_oneof![1 => Just(Rates::ALL), 2 => rates]
}

/// Mostly the first one: nested calls are mostly about the same task.
fn first(len: usize) -> impl Strategy<Value = usize> {
    prop_oneof![2 => Just(0), 1 => 0..len]
}

fn target() -> impl Strategy<Value = Target> {
    (first(2), first(2), 1..4_u32, 0..6_usize).prop_map(|(task, step, attempt, states)| Target {
        task,
        step,
        attempt,
        states,
    })
}

fn call(inside: impl Strategy<Value = Ops>) -> impl Strategy<Value = Call> {
    let end = prop_oneof![7 => Just(End::Ok), 2 => Just(End::Err), 1 => Just(End::Panic), 1 => Just(End::Pending)];
    let function = prop::sample::select(Function::CALLED);
    let call = (
        function,
        target(),
        any::<bool>(),
        end,
        prop::bool::weighted(0.8),
        inside,
    );
    call.prop_map(|(function, target, is_async, end, records, inside)| Call {
        function,
        target,
        is_async,
        end,
        records,
        inside,
    })
}

fn attached() -> impl Strategy<Value = Attached> {
    let attached = (prop::option::of(0..2_usize), any::<bool>(), prop::bool::weighted(0.8));
    attached.prop_map(|(task, is_remote, is_sampled)| Attached {
        task,
        is_remote,
        is_sampled,
    })
}

fn leaf() -> impl Strategy<Value = Op> {
    let which = || 0..4_usize;
    let log = prop_oneof![Just(Log::Info), Just(Log::Warn), Just(Log::Error), Just(Log::Exception)];
    prop_oneof![
        5 => log.prop_map(Op::Log),
        4 => which().prop_map(Op::Poll),
        1 => which().prop_map(Op::Cancel),
        1 => (which(), which()).prop_map(|(one, other)| Op::Select(one, other)),
        3 => Just(Op::Yield),
        2 => (any::<bool>(), target()).prop_map(|(of_step, target)| Op::Open { of_step, target }),
        2 => which().prop_map(Op::Enter),
        1 => Just(Op::EnterOtherCode),
        2 => which().prop_map(Op::Leave),
        1 => which().prop_map(Op::Close),
        1 => which().prop_map(Op::Continue),
        2 => Just(Op::Record),
        1 => Just(Op::Send),
        1 => Just(Op::RecordSent),
        1 => target().prop_map(Op::Lose),
        1 => which().prop_map(Op::SetSampling),
        2 => call(Just(Ops::from([]))).prop_map(Op::Call),
    ]
}

fn list(op: impl Strategy<Value = Op>, len: Range<usize>) -> impl Strategy<Value = Ops> {
    prop::collection::vec(op, len).prop_map(Ops::from)
}

fn ops() -> impl Strategy<Value = Ops> {
    let carry = || prop_oneof![Just(Carry::Nothing), Just(Carry::Scope), Just(Carry::Span)];
    let tree = leaf().prop_recursive(5, 60, 6, move |inner| {
        let inner = || list(inner.clone(), 0..6);
        prop_oneof![
            8 => call(inner()).prop_map(Op::Call),
            3 => (carry(), call(inner())).prop_map(|(carry, call)| Op::Create(carry, call)),
            1 => inner().prop_map(Op::Catch),
            1 => (target(), 1..3_u32, inner()).prop_map(|(target, failures, inside)| Op::Retry(target, failures, inside)),
            1 => (0..4_usize, inner()).prop_map(|(which, inside)| Op::Instrument(which, inside)),
            1 => (attached(), inner()).prop_map(|(attached, inside)| Op::Attach(attached, inside)),
            2 => (carry(), inner()).prop_map(|(carry, inside)| Op::Spawn(carry, inside)),
            1 => (carry(), inner()).prop_map(|(carry, inside)| Op::Defer(carry, inside)),
        ]
    });
    list(tree, 1..8)
}

pub(super) fn programs() -> impl Strategy<Value = Program> {
    let rates = prop::collection::vec(rates(), 1..4);
    let attaches = prop::bool::weighted(0.3);
    (any::<u64>(), rates, attaches, ops()).prop_map(|(seed, rates, attaches, ops)| Program {
        seed,
        rates,
        attaches,
        ops,
    })
}

/// The same values in each run.
pub(super) fn generate<S: Strategy>(seed: u64, strategy: S) -> impl Iterator<Item = S::Value> {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(ProptestConfig::default(), rng);
    std::iter::repeat_with(move || strategy.new_tree(&mut runner).expect("nothing is rejected").current())
}
