//! Dropped scopes whose guards, futures and carried work are used in any order: that nobody asks about them changes nothing.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Waker};

use proptest::prelude::*;
use tasker_span_runtime::testing::{Capture, CapturedSpan, Spans};
use tasker_span_runtime::{
    EnteredSpan, Sampling, ScopedSpan, TraceContext, Uuid, in_current_scope, step_scope, step_span, task_span,
};
use tasker_span_tests::fixture::{Step, Task};

#[task_span("task.orchestration")]
fn drive<R>(task: &Task, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("step.execution")]
fn execute<R>(task: &Task, step: &Step, work: impl FnOnce() -> R) -> R {
    work()
}

#[step_span("handler.execution", inherit)]
fn handle(work: impl FnOnce() -> Result<(), &'static str>) -> Result<(), String> {
    work().map_err(str::to_owned)
}

/// A function without a value.
#[step_span("result.submission", inherit)]
fn submit(work: impl FnOnce()) {
    work();
}

#[step_span("handler.execution", inherit)]
async fn handle_later(world: Rc<World>, first: Vec<Op>, second: Vec<Op>, fails: bool) -> Result<(), String> {
    world.run(&first);
    tokio::task::yield_now().await;
    world.run(&second);
    if fails { Err("later".to_owned()) } else { Ok(()) }
}

fn no_steps() -> Capture {
    Capture::builder().sampling(Sampling::new().step_rate(0.0)).start()
}

/// What code may do inside of scopes.
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

/// What code asks of the scopes around it, between all that it does.
#[derive(Clone, Copy)]
enum Asks {
    Nothing,
    Ids,
    ToCarry,
}

/// What is about at a time, and outlives the scopes that it came from.
struct World {
    asks: Asks,
    task: Task,
    steps: Vec<Step>,
    futures: RefCell<Vec<Later>>,
    opened: RefCell<Vec<ScopedSpan>>,
    entered: RefCell<Vec<EnteredSpan>>,
    carried: RefCell<Vec<Box<dyn FnOnce()>>>,
    executed: Cell<usize>,
}

fn take<T>(things: &RefCell<Vec<T>>, which: usize) -> Option<T> {
    let mut things = things.borrow_mut();
    let len = things.len();
    (len > 0).then(|| things.swap_remove(which % len))
}

impl World {
    fn run(self: &Rc<Self>, ops: &[Op]) {
        for op in ops {
            self.ask();
            self.perform(op);
            self.ask();
        }
    }

    fn ask(&self) {
        match self.asks {
            Asks::Nothing => {}
            Asks::Ids => drop(TraceContext::current()),
            Asks::ToCarry => drop(in_current_scope(|| ())),
        }
    }

    fn perform(self: &Rc<Self>, op: &Op) {
        match op {
            Op::Drive(ops) => drive(&self.task, || self.run(ops)),
            Op::Execute(step, ops) => {
                // Every execution is the first attempt of its own step.
                let mut step = self.steps[step % self.steps.len()].clone();
                self.executed.set(self.executed.get() + 1);
                step.attempts = u32::try_from(self.executed.get()).unwrap();
                execute(&self.task, &step, || self.run(ops));
            }
            Op::Handle(ops, fails) => {
                let _ = handle(|| {
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
                let mut context = Context::from_waker(Waker::noop());
                if later.as_mut().poll(&mut context).is_pending() {
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
                let work = in_current_scope(|| drop(handle(|| Err("carried"))));
                self.carried.borrow_mut().push(Box::new(work));
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

/// What was exported, without ids and times: how often each path of spans is there.
fn paths(spans: &Spans, world: &World) -> BTreeMap<String, usize> {
    let described = |span: &CapturedSpan| {
        let step = span.uuid("step_uuid");
        let step = world.steps.iter().position(|own| Some(own.workflow_step_uuid) == step);
        format!(
            "{} step={step:?} attempt={:?} {:?} cancelled={:?} {:?}/",
            span.name(),
            span.integer("attempt_number"),
            span.error_type(),
            span.attribute("tasker.cancelled"),
            span.text("tasker.violation"),
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

fn exported(sampling: Sampling, ops: &[Op], asks: Asks) -> BTreeMap<String, usize> {
    let capture = Capture::builder().sampling(sampling).start();
    let task = Task::default();
    let steps = (0..3).map(|_| task.step()).collect();
    let world = Rc::new(World {
        asks,
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn what_nobody_asks_about_is_exported_as_what_is_asked_about_all_the_time(ops in ops(), of_tasks in any::<bool>()) {
        let sampling = || if of_tasks { Sampling::new().task_rate(0.0) } else { Sampling::new().step_rate(0.0) };
        let unasked = exported(sampling(), &ops, Asks::Nothing);
        prop_assert_eq!(&unasked, &exported(sampling(), &ops, Asks::ToCarry));
        // A driver that asks for its ids, and that spawned work outlives, has the root's.
        if !of_tasks {
            prop_assert_eq!(&unasked, &exported(sampling(), &ops, Asks::Ids));
        }
    }
}

fn error(spans: &Spans, name: &str) -> CapturedSpan {
    spans.named(name).one().clone()
}

#[test]
fn a_guard_that_leaves_the_function_is_not_around_it() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    let other = execute(&task, &second, || step_scope!("result.submission", inherit));
    execute(&task, &first, || {
        let mut kept = None;
        let handled = handle(|| {
            kept = Some(other.enter());
            Err("failed")
        });
        handled.unwrap_err();
    });
    let spans = capture.spans();
    let (execution, handler) = (error(&spans, "step.execution"), error(&spans, "handler.execution"));
    assert_eq!(execution.uuid("step_uuid"), Some(first.workflow_step_uuid));
    assert_eq!(handler.uuid("step_uuid"), Some(first.workflow_step_uuid));
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
}

#[test]
fn a_guard_that_is_dropped_inside_of_a_function_was_around_it() {
    let capture = no_steps();
    let task = Task::default();
    let (first, second) = (task.step(), task.step());
    let other = execute(&task, &second, || step_scope!("result.submission", inherit));
    let around = step_scope!("step.execution", step = first, task = task).enter();
    let mut above = None;
    let failed = handle(|| {
        above = Some(other.enter());
        drop(around);
        Err("failed")
    });
    failed.unwrap_err();
    drop(above);
    let spans = capture.spans();
    let (execution, handler) = (error(&spans, "step.execution"), error(&spans, "handler.execution"));
    assert_eq!(execution.uuid("step_uuid"), Some(first.workflow_step_uuid));
    assert_eq!(handler.parent_span_id(), Some(execution.span_id()));
}

#[step_span("handler.execution", inherit, failed = |said| said.parse::<bool>().unwrap())]
fn handle_unjudged() -> String {
    "neither".to_owned()
}

#[task_span(
    "task.initialization",
    within = "task.orchestration",
    inherit(correlation_id, namespace),
    late(task_uuid = |text| text.parse::<Uuid>().unwrap()),
)]
fn create(id: Result<String, String>) -> Result<String, String> {
    id
}

#[test]
fn what_cannot_be_read_of_a_value_is_no_failure() {
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || {
        assert_eq!(handle_unjudged(), "neither");
        create(Ok("no id".to_owned())).unwrap();
        create(Ok(Uuid::now_v7().to_string())).unwrap();
    });
    assert!(capture.spans().is_empty());
    execute(&task, &task.step(), || create(Err("no room".to_owned())).unwrap_err());
    assert!(error(&capture.spans(), "task.initialization").is_error());
}

#[step_span("handler.execution", inherit)]
fn handle_for_ever(work: impl FnOnce()) -> ! {
    work();
    std::panic::resume_unwind(Box::new(()))
}

#[step_span("result.submission", inherit)]
fn submit_if(submits: bool) {
    if !submits {
        return;
    }
    submit(|| ());
}

#[test]
fn functions_that_return_early_or_never_leave_no_scope() {
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || {
        submit_if(false);
        submit_if(true);
        let unwound = catch_unwind(|| handle_for_ever(|| submit_if(false)));
        assert!(unwound.is_err());
        submit_if(false);
        let trace_context = TraceContext::current();
        assert!(trace_context.span_id().is_some());
    });
    let spans = capture.spans();
    assert_eq!(spans.names(), ["step.execution", "handler.execution"]);
    assert_eq!(error(&spans, "handler.execution").error_type(), Some("panic"));
    assert_eq!(
        TraceContext::current(),
        TraceContext::EMPTY,
        "nothing is entered any more"
    );
}

#[step_span("step.execution")]
async fn execute_later(task: Task, step: Step, yields: u32) -> Result<(), String> {
    for _ in 0..yields {
        let handled = handle(|| Ok(()));
        tokio::task::yield_now().await;
        handled.unwrap();
    }
    handle(|| Err("at the end"))
}

#[test]
fn a_dropped_future_may_change_its_thread_at_each_poll() {
    let capture = no_steps();
    let task = Task::default();
    let (around, own) = (task.step(), task.step());
    let mut later: Pin<Box<dyn Future<Output = Result<(), String>> + Send>> =
        Box::pin(execute_later(task.clone(), own.clone(), 5));
    let mut pending = true;
    while pending {
        std::thread::scope(|threads| {
            let poll = || {
                let polled = later.as_mut().poll(&mut Context::from_waker(Waker::noop()));
                polled.is_pending()
            };
            let work = || capture.run(|| pending = execute(&task, &around, poll));
            threads.spawn(work).join().unwrap();
        });
    }
    let spans = capture.spans();
    let execution = spans
        .named("step.execution")
        .with("step_uuid", own.workflow_step_uuid.to_string())
        .one();
    assert_eq!(
        error(&spans, "handler.execution").parent_span_id(),
        Some(execution.span_id())
    );
}

#[test]
fn the_innermost_of_many_that_nobody_asked_about_may_fail() {
    fn nest(depth: u32) {
        if depth == 0 {
            handle(|| Err("at the bottom")).unwrap_err();
        } else {
            submit(|| nest(depth - 1));
        }
    }
    let capture = no_steps();
    let task = Task::default();
    execute(&task, &task.step(), || nest(40));
    let spans = capture.spans();
    assert_eq!(spans.len(), 42);
    let mut span = error(&spans, "handler.execution");
    for _ in 0..41 {
        let parent = span.parent_span_id();
        span = spans.filter(|other| Some(other.span_id()) == parent).one();
    }
    assert_eq!(span.name(), "step.execution");
    capture.clear();
    // Deeper than a scope remembers what is around it.
    execute(&task, &task.step(), || nest(500));
    assert!(!capture.spans().named("handler.execution").is_empty());
}

#[test]
fn code_that_unwinds_may_succeed_inside_of_dropped_scopes() {
    struct Cleans<'a>(&'a Task);
    impl Drop for Cleans<'_> {
        fn drop(&mut self) {
            execute(self.0, &self.0.step(), || {
                submit(|| ());
                handle(|| Ok(())).unwrap();
            });
        }
    }
    let capture = no_steps();
    let task = Task::default();
    let unwound = catch_unwind(AssertUnwindSafe(|| {
        let _cleans = Cleans(&task);
        std::panic::resume_unwind(Box::new(()));
    }));
    assert!(unwound.is_err());
    assert!(capture.spans().is_empty());
}
