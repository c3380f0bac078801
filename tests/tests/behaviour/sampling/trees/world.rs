//! The processes of a workload, its spans, and the notes of how its calls ended.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use opentelemetry_sdk::trace::{Sampler as SdkSampler, SdkTracerProvider};
use tasker_span_tests::composed;
use tasker_span_tests::prelude::*;

use super::Slow;
use super::place::Place;
use super::plan::TaskPlan;
use super::program::{self, Work};

pub(super) const NAMESPACES: [&str; 3] = ["payments", "orders", "mail"];

/// What failed: the span's name, its step and attempt, and how.
pub(super) type Failure = (&'static str, Uuid, u32, &'static str);

pub(super) struct World {
    pub(super) captures: Vec<Capture>,
    collector: SpanStore,
    /// Of the program's own use of OpenTelemetry.
    pub(super) own: SdkTracerProvider,
    /// The rates to begin with, and those after a reload.
    rates: [Sampling; 2],
    reloaded: RefCell<bool>,
    /// How many tasks started inside others.
    children: Cell<u64>,
    deferred: RefCell<Vec<(Uuid, usize, Work)>>,
    pub(super) failures: RefCell<BTreeMap<Failure, usize>>,
    pub(super) slow: Slow,
    /// How many spans of ours ended in slow namespaces, by name and step.
    pub(super) ended: RefCell<BTreeMap<(&'static str, Uuid), usize>>,
    /// Each attempt at a step: its task, its namespace.
    pub(super) executions: RefCell<Vec<(Uuid, Uuid, &'static str)>>,
    pub(super) problems: RefCell<Vec<String>>,
}

impl Drop for World {
    fn drop(&mut self) {
        // In the order in which they became the thread's default.
        while self.captures.pop().is_some() {}
    }
}

impl World {
    pub(super) fn new(processes: usize, rates: [Sampling; 2], slow: Slow) -> Rc<Self> {
        let collector = SpanStore::new();
        let capture = || {
            Capture::builder()
                .activate_context()
                .span_processor(collector.clone())
                .sampling(rates[0].clone())
        };
        Rc::new(Self {
            captures: (0..processes).map(|_| capture().start()).collect(),
            own: composed::provider(SdkSampler::ParentBased(Box::new(SdkSampler::AlwaysOn)), &collector),
            collector,
            rates,
            reloaded: RefCell::default(),
            children: Cell::default(),
            deferred: RefCell::default(),
            failures: RefCell::default(),
            slow,
            ended: RefCell::default(),
            executions: RefCell::default(),
            problems: RefCell::default(),
        })
    }

    pub(super) fn spans(&self) -> Spans {
        self.collector.spans()
    }

    /// In the order of their ids, as another run of the plan has them.
    pub(super) fn run(self: &Rc<Self>, plans: &[TaskPlan], seed: u128) {
        for (index, plan) in plans.iter().enumerate() {
            let id = (seed << 8) + index as u128;
            self.captures[0].run(|| try_finish(self.task(plan.clone(), Uuid::from_u128(id << 64), 0, false)));
        }
    }

    /// The id of another task, which one starts inside it.
    pub(super) fn child_of(&self, parent: Uuid) -> Uuid {
        let count = self.children.get() + 1;
        self.children.set(count);
        let bits = u128::from(u32::MAX) << 32;
        Uuid::from_u128(parent.as_u128() & !bits | u128::from(count) << 32 | 1 << 127)
    }

    pub(super) async fn task(self: &Rc<Self>, plan: TaskPlan, id: Uuid, process: usize, is_nested: bool) {
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
            begin(&task);
            self.steps(&plan, &task, process, is_nested).await;
            complete(&task);
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
                    ..task.step().attempt(u32::try_from(attempt).expect("a few") + 1)
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
                    self.captures[elsewhere].run(|| try_finish(work));
                }
            }
            self.drain(task.task_uuid);
        }
    }

    pub(super) fn fails(&self, failure: Failure) {
        *self.failures.borrow_mut().entry(failure).or_default() += 1;
    }

    pub(super) fn is_slow(&self, namespace: &str) -> bool {
        let slow = NAMESPACES.iter().zip(self.slow).filter(|(_, is_slow)| *is_slow);
        slow.map(|(name, _)| *name).any(|name| name == namespace)
    }

    /// Leaves work for later, when its task's step is over.
    pub(super) fn defer(&self, task_uuid: Uuid, process: usize, work: Work) {
        self.deferred.borrow_mut().push((task_uuid, process, work));
    }

    /// Runs the work that was spawned and not awaited.
    fn drain(&self, task_uuid: Uuid) {
        loop {
            let next = {
                let mut deferred = self.deferred.borrow_mut();
                let index = deferred.iter().position(|(of, _, _)| *of == task_uuid);
                index.map(|index| deferred.remove(index))
            };
            let Some((_, process, work)) = next else { return };
            let _ = catch_unwind(AssertUnwindSafe(|| self.captures[process].run(|| try_finish(work))));
        }
    }
}
