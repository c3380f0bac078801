//! Random workloads: the tasks of a program, their steps, and the calls inside of them.

use proptest::prelude::*;

/// A task: its steps, one after the other, and its end.
#[derive(Clone, Debug)]
pub(super) struct TaskPlan {
    pub(super) namespace: usize,
    /// A driver holds the root open; otherwise the terminal transition emits it.
    pub(super) is_driven: bool,
    pub(super) steps: Vec<StepPlan>,
}

#[derive(Clone, Debug)]
pub(super) struct StepPlan {
    /// Where it is executed, unless the task has a driver.
    pub(super) process: usize,
    pub(super) attempts: Vec<Node>,
    /// The rates change before it.
    pub(super) reload: bool,
}

/// One call of a function, and the calls inside it.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) call: Call,
    pub(super) is_async: bool,
    /// The caller goes on as if nothing had happened.
    pub(super) is_swallowed: bool,
    pub(super) end: End,
    pub(super) inside: Vec<Node>,
}

#[derive(Clone, Debug)]
pub(super) enum Call {
    Execution,
    Handler,
    LateHandler,
    Validation,
    Submission,
    /// A function of `tracing`'s own macro.
    Instrumented,
    /// A span of OpenTelemetry's own API.
    Api,
    Log,
    Yield,
    /// Work on another task of the executor, awaited or not.
    Spawn {
        outlives: bool,
    },
    /// A handler that knows its step, on a thread without the enclosing spans: now, or after the execution.
    Lost {
        later: bool,
    },
    Child(Box<TaskPlan>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Err,
    Panic,
    /// It never ends: its future is dropped.
    Pending,
}

fn end() -> impl Strategy<Value = End> {
    prop_oneof![7 => Just(End::Ok), 2 => Just(End::Err), 1 => Just(End::Panic), 1 => Just(End::Pending)]
}

fn node(call: impl Strategy<Value = Call>, inside: impl Strategy<Value = Vec<Node>>) -> impl Strategy<Value = Node> {
    (call, any::<bool>(), any::<bool>(), end(), inside).prop_map(|(call, is_async, is_swallowed, end, inside)| Node {
        call,
        is_async,
        is_swallowed,
        end,
        inside,
    })
}

/// The calls inside of a handler, or of a span that is not in the catalogue.
fn inside_handler(child: BoxedStrategy<TaskPlan>) -> BoxedStrategy<Vec<Node>> {
    let call = prop_oneof![
        Just(Call::Instrumented),
        Just(Call::Api),
        Just(Call::Log),
        Just(Call::Yield),
        Just(Call::Validation),
    ];
    let leaf = node(call, Just(Vec::new()));
    let tree = leaf.prop_recursive(2, 6, 3, move |inner| {
        let call = prop_oneof![
            2 => Just(Call::Validation),
            2 => Just(Call::Instrumented),
            2 => any::<bool>().prop_map(|outlives| Call::Spawn { outlives }),
            1 => child.clone().prop_map(|child| Call::Child(Box::new(child))),
        ];
        // The parent of a validation is its handler, by the rule for custom spans.
        node(
            call,
            prop::collection::vec(
                inner.prop_filter("directly", |node| !matches!(node.call, Call::Validation)),
                0..3,
            ),
        )
    });
    prop::collection::vec(tree, 0..3).boxed()
}

fn execution(child: BoxedStrategy<TaskPlan>) -> impl Strategy<Value = Node> {
    let handler = node(
        prop_oneof![Just(Call::Handler), Just(Call::LateHandler)],
        inside_handler(child),
    );
    let handler = handler.boxed();
    let spawned = node(
        any::<bool>().prop_map(|outlives| Call::Spawn { outlives }),
        prop::collection::vec(handler.clone(), 0..3),
    );
    let other = node(
        prop_oneof![
            Just(Call::Submission),
            Just(Call::Instrumented),
            Just(Call::Log),
            Just(Call::Yield)
        ],
        Just(Vec::new()),
    );
    let lost = node(any::<bool>().prop_map(|later| Call::Lost { later }), Just(Vec::new()));
    let inside = prop_oneof![3 => handler, 1 => spawned, 2 => other, 1 => lost];
    node(Just(Call::Execution), prop::collection::vec(inside, 0..4))
}

fn task(child: BoxedStrategy<TaskPlan>, processes: usize) -> BoxedStrategy<TaskPlan> {
    let attempts = prop::collection::vec(execution(child), 1..3);
    let step = (0..processes, attempts, prop::bool::weighted(0.3)).prop_map(|(process, attempts, reload)| StepPlan {
        process,
        attempts,
        reload,
    });
    (0..3_usize, any::<bool>(), prop::collection::vec(step, 0..4))
        .prop_map(|(namespace, is_driven, steps)| TaskPlan {
            namespace,
            is_driven,
            steps,
        })
        .boxed()
}

/// Tasks that run in so many processes, with tasks of their own inside.
pub(super) fn tasks(processes: usize) -> impl Strategy<Value = Vec<TaskPlan>> {
    let empty = Just(TaskPlan {
        namespace: 0,
        is_driven: true,
        steps: Vec::new(),
    });
    let child = task(empty.boxed(), 1);
    prop::collection::vec(task(child, processes), 1..4)
}
