//! Unsampled spans whose guards, futures and carried work are used in any order, read or not.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use proptest::prelude::*;
use tasker_span_runtime::{EnteredSpan, ScopedSpan};
use tasker_span_tests::prelude::*;
use tasker_span_tests::process;

#[step_span("handler.execution", inherit)]
async fn handle_later(world: Rc<World>, first: Vec<Op>, second: Vec<Op>, fails: bool) -> Result<(), String> {
    world.run(&first);
    tokio::task::yield_now().await;
    world.run(&second);
    if fails { Err("later".to_owned()) } else { Ok(()) }
}

/// An operation inside of spans.
#[derive(Clone, Debug)]
enum Op {
    Drive(Vec<Op>),
    Execute(usize, Vec<Op>),
    Handle(Vec<Op>, bool),
    Submit(Vec<Op>),
    OtherCode(Vec<Op>),
    Panic(Vec<Op>),
    Create(Vec<Op>, Vec<Op>, bool),
    Poll(usize),
    Cancel(usize),
    Open,
    Enter(usize),
    Leave(usize),
    Carry,
    Continue(usize),
}

type Later = Pin<Box<dyn Future<Output = Result<(), String>>>>;

/// What code reads of the enclosing spans between its operations.
#[derive(Clone, Copy)]
enum Reads {
    Nothing,
    Ids,
    ToCarry,
}

/// Guards, futures and work, which outlive the spans that they came from.
struct World {
    reads: Reads,
    task: Task,
    steps: Vec<Step>,
    futures: RefCell<Vec<Later>>,
    opened: RefCell<Vec<ScopedSpan>>,
    entered: RefCell<Vec<EnteredSpan>>,
    carried: RefCell<Vec<Box<dyn FnOnce()>>>,
    executed: Cell<u32>,
}

fn take<T>(things: &RefCell<Vec<T>>, which: usize) -> Option<T> {
    let mut things = things.borrow_mut();
    let len = things.len();
    (len > 0).then(|| things.swap_remove(which % len))
}

impl World {
    fn run(self: &Rc<Self>, ops: &[Op]) {
        for op in ops {
            self.read();
            self.perform(op);
            self.read();
        }
    }

    fn read(&self) {
        match self.reads {
            Reads::Nothing => {}
            Reads::Ids => drop(TraceContext::current()),
            Reads::ToCarry => drop(in_current_scope(|| ())),
        }
    }

    fn perform(self: &Rc<Self>, op: &Op) {
        match op {
            Op::Drive(ops) => orchestrate(&self.task, || self.run(ops)),
            Op::Execute(step, ops) => {
                // Each execution is an attempt of its own.
                self.executed.set(self.executed.get() + 1);
                let step = self.steps[step % self.steps.len()].attempt(self.executed.get());
                execute(&self.task, &step, || self.run(ops));
            }
            Op::Handle(ops, fails) => {
                let _ = try_handle(|| {
                    self.run(ops);
                    if *fails { Err("failed") } else { Ok(()) }
                });
            }
            Op::Submit(ops) => submit(|| self.run(ops)),
            Op::OtherCode(ops) => tracing::info_span!("other code").in_scope(|| self.run(ops)),
            Op::Panic(ops) => {
                let panicked = catch_unwind(AssertUnwindSafe(|| {
                    submit(|| {
                        self.run(ops);
                        std::panic::resume_unwind(Box::new(()));
                    });
                }));
                assert!(panicked.is_err());
            }
            Op::Create(first, second, fails) => {
                let later = handle_later(Rc::clone(self), first.clone(), second.clone(), *fails);
                self.futures.borrow_mut().push(Box::pin(later));
            }
            Op::Poll(which) => {
                let Some(mut later) = take(&self.futures, *which) else {
                    return;
                };
                if poll(later.as_mut()).is_pending() {
                    self.futures.borrow_mut().push(later);
                }
            }
            Op::Cancel(which) => drop(take(&self.futures, *which)),
            Op::Open => {
                let span = step_scope!("result.submission", inherit);
                self.opened.borrow_mut().push(span);
            }
            Op::Enter(which) => {
                let Some(span) = take(&self.opened, *which) else { return };
                let entered = span.enter();
                self.entered.borrow_mut().push(entered);
            }
            Op::Leave(which) => drop(take(&self.entered, *which)),
            Op::Carry => {
                self.carried.borrow_mut().push(Box::new(in_current_scope(fail)));
            }
            Op::Continue(which) => {
                if let Some(work) = take(&self.carried, *which) {
                    work();
                }
            }
        }
    }
}

fn ops() -> impl Strategy<Value = Vec<Op>> {
    let which = 0..4_usize;
    let leaf = prop_oneof![
        3 => which.clone().prop_map(Op::Poll),
        1 => which.clone().prop_map(Op::Cancel),
        2 => Just(Op::Open),
        2 => which.clone().prop_map(Op::Enter),
        2 => which.clone().prop_map(Op::Leave),
        1 => Just(Op::Carry),
        1 => which.clone().prop_map(Op::Continue),
        1 => Just(Op::Handle(Vec::new(), true)),
    ];
    let ops = |op| prop::collection::vec(op, 0..6);
    let tree = leaf.prop_recursive(5, 60, 6, move |inner| {
        let inner = || ops(inner.clone());
        prop_oneof![
            1 => inner().prop_map(Op::Drive),
            3 => (0..3_usize, inner()).prop_map(|(step, ops)| Op::Execute(step, ops)),
            3 => (inner(), any::<bool>()).prop_map(|(ops, fails)| Op::Handle(ops, fails)),
            2 => inner().prop_map(Op::Submit),
            1 => inner().prop_map(Op::OtherCode),
            1 => inner().prop_map(Op::Panic),
            2 => (inner(), inner(), any::<bool>()).prop_map(|(first, second, fails)| Op::Create(first, second, fails)),
        ]
    });
    prop::collection::vec(tree, 1..8)
}

/// The exported spans without ids and times: the number of each path.
fn paths(spans: &Spans, world: &World) -> BTreeMap<String, usize> {
    let described = |span: &CapturedSpan| {
        let step = span.uuid("step_uuid");
        let step = world.steps.iter().position(|own| Some(own.workflow_step_uuid) == step);
        format!(
            "{} step={step:?} attempt={:?} {:?} cancelled={:?} {:?} {:?}/",
            span.name(),
            span.integer("attempt_number"),
            span.error_type(),
            span.attribute("tasker.cancelled"),
            span.text("tasker.violation"),
            span.text("tasker.sampled_by"),
        )
    };
    let mut paths = BTreeMap::new();
    for span in spans {
        let mut path = described(span);
        let mut parent = span.parent_span_id();
        for _ in 0..100 {
            let Some(id) = parent else { break };
            let Some(found) = spans.iter().find(|span| span.span_id() == id) else {
                path.push_str("lost/");
                break;
            };
            path.push_str(&described(found));
            parent = found.parent_span_id();
        }
        *paths.entry(path).or_default() += 1;
    }
    paths
}

fn exported(sampling: Sampling, ops: &[Op], reads: Reads) -> BTreeMap<String, usize> {
    let capture = sampling::at(sampling);
    let task = Task::default();
    let steps = (0..3).map(|_| task.step()).collect();
    let world = Rc::new(World {
        reads,
        task,
        steps,
        futures: RefCell::default(),
        opened: RefCell::default(),
        entered: RefCell::default(),
        carried: RefCell::default(),
        executed: Cell::new(0),
    });
    world.run(ops);
    while let Some(guard) = take(&world.entered, 0) {
        drop(guard);
    }
    while let Some(future) = take(&world.futures, 0) {
        drop(future);
    }
    while let Some(span) = take(&world.opened, 0) {
        drop(span);
    }
    paths(&capture.spans(), &world)
}

/// Alone: the table of unsampled steps is the process's, and the steps of other tests take the place of these.
#[test]
fn spans_that_are_never_read_are_exported_like_those_that_are_always_read() {
    process::alone(|| {
        let config = ProptestConfig {
            cases: 400,
            ..crate::random()
        };
        proptest!(config, |(ops in ops(), of_tasks in any::<bool>(), slow in 0..3_u8)| {
            let sampling = || {
                let sampling = Sampling::new();
                let sampling = if of_tasks { sampling.task_rate(0.0) } else { sampling.step_rate(0.0) };
                // Nothing is slow, or the steps, or everything.
                match slow {
                    0 => sampling,
                    1 => sampling.handler_slower_than("charge_payment", Duration::ZERO),
                    _ => sampling.slower_than(Duration::ZERO),
                }
            };
            let unread = exported(sampling(), &ops, Reads::Nothing);
            prop_assert_eq!(&unread, &exported(sampling(), &ops, Reads::ToCarry));
            // A driver has the id of the root if it reads its ids and spawned work outlives it.
            if !of_tasks {
                prop_assert_eq!(&unread, &exported(sampling(), &ops, Reads::Ids));
            }
        });
    });
}
