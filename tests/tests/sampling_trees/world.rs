//! Runs a workload, in as many processes as it has, and takes note of what is true of it.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use opentelemetry::trace::{Span as _, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
use tasker_span_runtime::testing::{Capture, SpanStore, Spans};
use tasker_span_runtime::{Carrier, FutureExt, IdGenerator, Sampler, Sampling, Uuid, identity};
use tasker_span_tests::fixture::{Step, Task};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::plan::{Call, End, Node, TaskPlan};
use crate::program::{self, Failed, Outcome};

pub const NAMESPACES: [&str; 3] = ["payments", "orders", "mail"];

/// What failed: the span's name, its step and attempt, and how.
pub type Failure = (&'static str, Uuid, u32, &'static str);

pub struct World {
    captures: Vec<Capture>,
    collector: SpanStore,
    /// Of the program's own use of OpenTelemetry.
    own: SdkTracerProvider,
    /// The rates to begin with, and those after a reload.
    rates: [Sampling; 2],
    reloaded: RefCell<bool>,
    deferred: RefCell<Vec<(Uuid, usize, Work)>>,
    pub failures: RefCell<BTreeMap<Failure, usize>>,
    /// Each attempt at a step: its task, its namespace.
    pub executions: RefCell<Vec<(Uuid, Uuid, &'static str)>>,
    pub problems: RefCell<Vec<String>>,
}

type Work = Pin<Box<dyn Future<Output = Outcome>>>;

impl Drop for World {
    fn drop(&mut self) {
        // In the order in which they became the thread's default.
        while self.captures.pop().is_some() {}
    }
}

/// Where the running code is.
#[derive(Clone)]
struct Place {
    world: Rc<World>,
    process: usize,
    task: Rc<Task>,
    step: Rc<Step>,
    /// A task of its own is around, whose spans may be kept.
    is_nested: bool,
}

impl World {
    pub fn new(processes: usize, rates: [Sampling; 2]) -> Rc<Self> {
        let collector = SpanStore::new();
        let capture = || {
            Capture::builder()
                .span_processor(collector.clone())
                .sampling(rates[0].clone())
        };
        Rc::new(Self {
            captures: (0..processes).map(|_| capture().start()).collect(),
            own: SdkTracerProvider::builder()
                .with_id_generator(IdGenerator::default())
                .with_sampler(Sampler::new(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn))))
                .with_span_processor(collector.clone())
                .build(),
            collector,
            rates,
            reloaded: RefCell::default(),
            deferred: RefCell::default(),
            failures: RefCell::default(),
            executions: RefCell::default(),
            problems: RefCell::default(),
        })
    }

    pub fn spans(&self) -> Spans {
        self.collector.spans()
    }

    /// In the order of their ids, as another run of the plan has them.
    pub fn run(self: &Rc<Self>, plans: &[TaskPlan], seed: u128) {
        for (index, plan) in plans.iter().enumerate() {
            let id = (seed << 8) + index as u128;
            self.captures[0].run(|| finish(self.task(plan.clone(), Uuid::from_u128(id << 64), 0, false)));
        }
    }

    async fn task(self: &Rc<Self>, plan: TaskPlan, id: Uuid, process: usize, is_nested: bool) {
        let task = Rc::new(Task {
            task_uuid: id,
            correlation_id: id,
            namespace_name: NAMESPACES[plan.namespace].to_owned(),
            ..Task::default()
        });
        if plan.is_driven {
            let work = self.steps(&plan, &task, process, is_nested);
            program::drive(&task, work).await;
        } else {
            program::transition(&task, "pending", "initializing");
            self.steps(&plan, &task, process, is_nested).await;
            program::transition(&task, "evaluating_results", "complete");
        }
    }

    async fn steps(self: &Rc<Self>, plan: &TaskPlan, task: &Rc<Task>, process: usize, is_nested: bool) {
        for (index, step_plan) in plan.steps.iter().enumerate() {
            if step_plan.reload {
                let mut reloaded = self.reloaded.borrow_mut();
                *reloaded = !*reloaded;
                let rates = &self.rates[usize::from(*reloaded)];
                self.captures.iter().for_each(|capture| capture.set_sampling(rates));
            }
            let elsewhere = if plan.is_driven || is_nested {
                process
            } else {
                step_plan.process
            };
            for (attempt, node) in step_plan.attempts.iter().enumerate() {
                let step = Step {
                    workflow_step_uuid: Uuid::from_u128(task.task_uuid.as_u128() + 1 + index as u128),
                    attempts: attempt as u32 + 1,
                    ..task.step()
                };
                let place = Place {
                    world: Rc::clone(self),
                    process: elsewhere,
                    task: Rc::clone(task),
                    step: Rc::new(step),
                    is_nested,
                };
                let namespace = NAMESPACES[plan.namespace];
                let execution = (task.task_uuid, place.step.workflow_step_uuid, namespace);
                self.executions.borrow_mut().push(execution);
                let work = place.swallowed(node.clone());
                if elsewhere == process {
                    work.await;
                } else {
                    self.captures[elsewhere].run(|| finish(work));
                }
            }
            self.drain(task.task_uuid);
        }
    }

    /// Runs what was spawned and not awaited.
    fn drain(&self, task_uuid: Uuid) {
        loop {
            let next = {
                let mut deferred = self.deferred.borrow_mut();
                let index = deferred.iter().position(|(of, _, _)| *of == task_uuid);
                index.map(|index| deferred.remove(index))
            };
            let Some((_, process, work)) = next else { return };
            let _ = catch_unwind(AssertUnwindSafe(|| self.captures[process].run(|| finish(work))));
        }
    }
}

impl Place {
    async fn swallowed(self, node: Node) {
        let mut patience = if matches!(node.call, Call::Execution) { 100 } else { 10 };
        let mut work = Some(self.node(node));
        // Of a panic nothing is left but what the spans tell; and what does not end is given up.
        std::future::poll_fn(|context| {
            let Some(running) = &mut work else {
                return Poll::Ready(());
            };
            patience -= 1;
            match catch_unwind(AssertUnwindSafe(|| running.as_mut().poll(context))) {
                Ok(Poll::Pending) if patience > 0 => return Poll::Pending,
                _ => work = None,
            }
            Poll::Ready(())
        })
        .await;
    }

    fn nodes(&self, nodes: Vec<Node>) -> impl Future<Output = Outcome> + use<> {
        let place = self.clone();
        async move {
            for node in nodes {
                if node.is_swallowed {
                    place.clone().swallowed(node).await;
                } else {
                    place.clone().node(node).await?;
                }
            }
            Ok(())
        }
    }

    fn node(&self, node: Node) -> Work {
        let place = self.clone();
        let Node {
            call,
            is_async,
            inside,
            end,
            ..
        } = node;
        match call {
            Call::Execution => {
                let work = place.span("step.execution", inside, end, is_async);
                Box::pin(async move {
                    let (task, step) = (&*place.task, &*place.step);
                    if is_async {
                        program::execute_async(task, step, work).await
                    } else {
                        program::execute(task, step, || finish(work).unwrap_or(Ok(())))
                    }
                })
            }
            Call::Handler => {
                let work = place.span("handler.execution", inside, end, is_async);
                if is_async {
                    Box::pin(program::handle_async(work))
                } else {
                    Box::pin(async { program::handle(|| finish(work).unwrap_or(Ok(()))) })
                }
            }
            Call::LateHandler => {
                let work = place.span("handler.execution", inside, end, is_async);
                if is_async {
                    Box::pin(program::handle_late_async(work))
                } else {
                    Box::pin(async { program::handle_late(|| finish(work).unwrap_or(Ok(()))) })
                }
            }
            Call::Validation => {
                let work = place.span("handler.validation", inside, end, is_async);
                if is_async {
                    Box::pin(program::validate_async(work))
                } else {
                    Box::pin(async { program::validate(|| finish(work).unwrap_or(Ok(()))) })
                }
            }
            Call::Submission => {
                let work = place.span("result.submission", inside, end, is_async);
                if is_async {
                    Box::pin(program::submit_async(work))
                } else {
                    Box::pin(async { program::submit(|| finish(work).unwrap_or(Ok(()))) })
                }
            }
            Call::Instrumented => {
                let inner = place.clone();
                let work = async move {
                    inner.check(&tracing::Span::current().context(), "an instrumented function");
                    inner.nodes(inside).await
                };
                if is_async {
                    Box::pin(program::instrumented_async(work))
                } else {
                    Box::pin(async { program::instrumented(|| finish(work).unwrap_or(Ok(()))) })
                }
            }
            Call::Api => Box::pin(async move {
                let tracer = place.world.own.tracer("own");
                let span = tracer.start("api");
                let context = opentelemetry::Context::new().with_remote_span_context(span.span_context().clone());
                place.check(&context, "OpenTelemetry's own API");
                Ok(())
            }),
            Call::Log => Box::pin(async move {
                tracing::info!(step_uuid = %place.step.workflow_step_uuid, "logged");
                Ok(())
            }),
            Call::Yield => Box::pin(async {
                let mut is_ready = false;
                std::future::poll_fn(|_| {
                    if std::mem::replace(&mut is_ready, true) {
                        Poll::Ready(())
                    } else {
                        Poll::Pending
                    }
                })
                .await;
                Ok(())
            }),
            Call::Spawn { outlives } => Box::pin(async move {
                let work = Box::pin(place.nodes(inside).in_current_scope());
                if outlives {
                    place
                        .world
                        .deferred
                        .borrow_mut()
                        .push((place.task.task_uuid, place.process, work));
                    return Ok(());
                }
                work.await
            }),
            Call::Lost { later } => Box::pin(async move {
                let lost = Rc::new(place.clone());
                let work = {
                    let place = Rc::clone(&lost);
                    Box::pin(async move { place.lost(end) })
                };
                if later {
                    let id = place.task.task_uuid;
                    place.world.deferred.borrow_mut().push((id, place.process, work));
                    return Ok(());
                }
                work.await
            }),
            Call::Child(plan) => Box::pin(async move {
                let count = place.world.executions.borrow().len() as u128;
                let id = Uuid::from_u128(place.task.task_uuid.as_u128() ^ ((count + 1) << 32) ^ (1 << 127));
                finish(place.world.task(*plan, id, place.process, true));
                Ok(())
            }),
        }
    }

    fn lost(&self, end: End) -> Outcome {
        let capture = &self.world.captures[self.process];
        let (task, step) = (&*self.task, &*self.step);
        let work = || match end {
            End::Err => Err(Failed),
            End::Panic => resume_unwind(Box::new("broken")),
            End::Ok | End::Pending => Ok(()),
        };
        let run = || capture.run(|| program::handle_told(task, step, work));
        let result = std::thread::scope(|threads| threads.spawn(run).join());
        let how = match result {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(Failed)) => "error",
            Err(_) => "panic",
        };
        let failure = ("handler.execution", step.workflow_step_uuid, step.attempts, how);
        *self.world.failures.borrow_mut().entry(failure).or_default() += 1;
        Ok(())
    }

    /// What a span of ours does inside.
    fn span(
        &self,
        name: &'static str,
        inside: Vec<Node>,
        end: End,
        is_async: bool,
    ) -> impl Future<Output = Outcome> + use<> {
        let place = self.clone();
        async move {
            let mut truth = Truth {
                place: place.clone(),
                name,
                is_async,
                is_over: false,
            };
            place.check_carrier();
            let outcome = place.nodes(inside).await;
            match end {
                End::Ok => {}
                End::Err => {
                    truth.over(Err(()));
                    return Err(Failed);
                }
                End::Panic => resume_unwind(Box::new("broken")),
                End::Pending if is_async => std::future::pending().await,
                End::Pending => {}
            }
            truth.over(outcome.as_ref().map(drop).map_err(drop));
            outcome
        }
    }

    fn check(&self, context: &opentelemetry::Context, what: &str) {
        let span = context.span();
        let context = span.span_context();
        let trace_id = identity::trace_id(self.task.task_uuid);
        let is_in_trace = context.trace_id().to_bytes() == trace_id.to_u128().to_be_bytes();
        if !context.is_valid() || (!is_in_trace && (context.is_sampled() || !self.is_nested)) {
            self.problem(format!(
                "{what} has the context {context:?} in task {}",
                self.task.task_uuid
            ));
        }
        if context.is_sampled() != Carrier::current().is_sampled() {
            self.problem(format!(
                "{what} has the context {context:?}, and the carrier is {:?}",
                Carrier::current()
            ));
        }
    }

    fn check_carrier(&self) {
        let carrier = Carrier::current();
        if carrier.trace_id() != Some(identity::trace_id(self.task.task_uuid)) || carrier.span_id().is_none() {
            self.problem(format!("the carrier is {carrier:?} in task {}", self.task.task_uuid));
        }
    }

    fn problem(&self, problem: String) {
        self.world.problems.borrow_mut().push(problem);
    }
}

/// Takes note of how a span ends.
struct Truth {
    place: Place,
    name: &'static str,
    is_async: bool,
    is_over: bool,
}

impl Truth {
    fn over(&mut self, outcome: Result<(), ()>) {
        self.is_over = true;
        if outcome.is_err() {
            self.fails("error");
        }
    }

    fn fails(&self, how: &'static str) {
        let step = &self.place.step;
        let failure = (self.name, step.workflow_step_uuid, step.attempts, how);
        *self.place.world.failures.borrow_mut().entry(failure).or_default() += 1;
    }
}

impl Drop for Truth {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        if std::thread::panicking() {
            self.fails("panic");
        } else if self.is_async {
            self.fails("cancelled");
        }
    }
}

/// Polls the future to its end, and drops it if it never comes there.
fn finish<R>(work: impl Future<Output = R>) -> Option<R> {
    let mut work = pin!(work);
    let mut context = Context::from_waker(Waker::noop());
    (0..1000).find_map(|_| match work.as_mut().poll(&mut context) {
        Poll::Ready(ready) => Some(ready),
        Poll::Pending => None,
    })
}
