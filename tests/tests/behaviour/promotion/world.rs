//! A program that runs: its tasks, and the things that outlive its spans.

use std::any::Any;
use std::cell::RefCell;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState};
use tasker_span_runtime::ScopedSpan;
#[cfg(test)]
use tasker_span_runtime::{Stats, otel::SpanLayer, testing::SpanStore};
use tasker_span_tests::prelude::*;
use tracing::{Dispatch, Span, dispatcher};

use super::compare::Exported;
use super::functions::{Failed, Function, Subject, Work};
use super::program::{Attached, Log, NAMESPACES, Program, Target};
use super::promotions::Promotions;

thread_local! {
    pub(super) static GUARDS: RefCell<Vec<Box<dyn Any>>> = const { RefCell::new(Vec::new()) };
    /// On the program's first thread.
    static CAPTURE: RefCell<Option<Capture>> = const { RefCell::new(None) };
}

fn drop_guards() {
    while let Some(guard) = GUARDS.with_borrow_mut(Vec::pop) {
        drop(guard);
    }
}

/// Things in a list, which any thread takes from it.
pub(super) struct List<T>(Mutex<Vec<T>>);

impl<T> List<T> {
    fn new() -> Self {
        Self(Mutex::default())
    }

    pub(super) fn push(&self, thing: T) {
        self.0.lock().unwrap().push(thing);
    }

    pub(super) fn take(&self, which: usize) -> Option<T> {
        take(&mut self.0.lock().unwrap(), which)
    }
}

pub(super) fn take<T>(things: &mut Vec<T>, which: usize) -> Option<T> {
    (!things.is_empty()).then(|| things.swap_remove(which % things.len()))
}

/// A program that runs.
pub(super) struct World {
    pub(super) program: Program,
    pub(super) promotions: Promotions,
    pub(super) points: AtomicUsize,
    pub(super) count: AtomicU64,
    pub(super) tasks: Vec<Task>,
    pub(super) dispatch: Dispatch,
    pub(super) futures: List<Work>,
    pub(super) opened: List<ScopedSpan>,
    pub(super) deferred: List<Box<dyn FnOnce() + Send>>,
    pub(super) held: List<Span>,
    pub(super) messages: List<TraceContext>,
}

/// What the program exports, on a thread of its own: no other program leaves spans there.
pub(super) fn exported(program: &Program, promotions: &Promotions) -> Exported {
    let run = || exported_here(program, promotions);
    std::thread::scope(|threads| threads.spawn(run).join()).expect("a program catches its panics")
}

fn exported_here(program: &Program, promotions: &Promotions) -> Exported {
    let before = stats();
    let capture = sampling::at(program.rates[0].sampling());
    let dispatch = capture.dispatch().clone();
    CAPTURE.set(Some(capture));
    let world = World::new(program, promotions, dispatch);
    let left = world.execute();
    let capture = CAPTURE.take().expect("the program's own");
    Exported::new(&capture.spans(), &stats().since(&before), world.subjects(), left)
}

/// What the program exports under a subscriber of its own, which is the default one here.
#[cfg(test)]
pub(super) fn exported_by(
    subscriber: Dispatch,
    store: &SpanStore,
    program: &Program,
    promotions: &Promotions,
) -> Exported {
    let layer = subscriber.downcast_ref::<SpanLayer>().cloned();
    let world = World::new(program, promotions, subscriber);
    let left = world.execute();
    layer.expect("it has our layer").flush();
    Exported::new(&store.spans(), &Stats::default(), world.subjects(), left)
}

/// What differs if the spans are promoted; empty for a program that differs without promotion too.
///
/// A span that belongs to no task may be sampled by its random trace id.
pub(super) fn difference(program: &Program, promotions: &Promotions) -> String {
    let expected = exported(program, &Promotions::none());
    let difference = expected.difference(&exported(program, promotions));
    let is_random = || (0..20).any(|_| exported(program, &Promotions::none()) != expected);
    if difference.is_empty() || is_random() {
        String::new()
    } else {
        difference
    }
}

pub(super) fn catch(work: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(work));
}

impl World {
    fn new(program: &Program, promotions: &Promotions, dispatch: Dispatch) -> Arc<Self> {
        let id = |n: usize| Uuid::from_u128((u128::from(program.seed) << 64) + n as u128);
        let tasks = NAMESPACES.iter().enumerate().map(|(index, namespace)| Task {
            task_uuid: id(1 + index),
            correlation_id: id(0x10 + index),
            ..Task::of(namespace)
        });
        Arc::new(Self {
            program: program.clone(),
            promotions: promotions.clone(),
            points: AtomicUsize::new(0),
            count: AtomicU64::new(0),
            tasks: tasks.collect(),
            dispatch,
            futures: List::new(),
            opened: List::new(),
            deferred: List::new(),
            held: List::new(),
            messages: List::new(),
        })
    }

    /// Runs the program. Returns whether a span is active after the end.
    fn execute(self: &Arc<Self>) -> bool {
        for op in self.program.ops.iter() {
            catch(|| self.run(std::slice::from_ref(op)));
        }
        drop_guards();
        // Work that goes on may make futures and leave more work.
        loop {
            if let Some(work) = self.deferred.take(0) {
                catch(work);
            } else if let Some(future) = self.futures.take(0) {
                drop(future);
            } else {
                break;
            }
        }
        drop_guards();
        while let Some(span) = self.opened.take(0) {
            drop(span);
        }
        while let Some(span) = self.held.take(0) {
            drop(span);
        }
        let has_context = opentelemetry::Context::current().has_active_span();
        has_context || TraceContext::current() != TraceContext::EMPTY
    }

    fn subjects(&self) -> impl Iterator<Item = (Task, Step)> {
        let of_step = move |task, step| (1..4).map(move |attempt| self.subject(task, step, attempt));
        let of_task = move |task| (0..2).flat_map(move |step| of_step(task, step));
        (0..self.tasks.len()).flat_map(of_task)
    }

    pub(super) fn on_thread(&self, work: impl FnOnce() + Send) {
        let run = || {
            dispatcher::with_default(&self.dispatch, || {
                catch(work);
                drop_guards();
            });
        };
        std::thread::scope(|threads| threads.spawn(run).join()).expect("panics are caught");
    }

    pub(super) fn keep_guard<G: Any>(&self, guard: impl FnOnce() -> G) {
        if !self.program.attaches {
            let guard = guard();
            GUARDS.with_borrow_mut(|guards| guards.push(Box::new(guard)));
        }
    }

    pub(super) fn subject(&self, task: usize, step: usize, attempt: u32) -> (Task, Step) {
        let task = self.tasks[task].clone();
        let id = task.task_uuid.as_u128() + (0x100 << step);
        let step = Step {
            workflow_step_uuid: Uuid::from_u128(id),
            ..task.step().attempt(attempt)
        };
        (task, step)
    }

    pub(super) fn called(&self, function: Function, target: Target) -> Subject {
        const STATES: [(&str, &str); 6] = [
            ("pending", "initializing"),
            ("initializing", "enqueuing_steps"),
            ("evaluating_results", "complete"),
            ("steps_in_process", "error"),
            ("initializing", "cancelled"),
            ("error", "resolved_manually"),
        ];
        let (task, step) = self.subject(target.task, target.step, target.attempt);
        let (from, to) = STATES[target.states];
        let message = if function == Function::ExecuteLinked {
            self.messages.take(0)
        } else {
            None
        };
        let call = self.count.fetch_add(1, Ordering::Relaxed);
        Subject {
            task,
            step,
            message,
            from,
            to,
            call,
        }
    }

    /// A context with a span of its own.
    pub(super) fn context(&self, attached: Attached) -> Context {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        let trace_id = attached.task.map_or_else(
            || TraceId::from(u128::from(n) + 1),
            |task| TraceId::from_hex(&self.tasks[task].trace_id().to_string()).expect("it is written so"),
        );
        let flags = if attached.is_sampled {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::NOT_SAMPLED
        };
        let span_id = SpanId::from(n + 0x1000);
        let content = SpanContext::new(trace_id, span_id, flags, attached.is_remote, TraceState::NONE);
        Context::map_current(|current| current.with_remote_span_context(content))
    }

    pub(super) fn set_sampling(&self, which: usize) {
        let rates = &self.program.rates[which % self.program.rates.len()];
        CAPTURE.with_borrow(|capture| {
            if let Some(capture) = capture {
                capture.set_sampling(&rates.sampling());
            }
        });
    }

    pub(super) fn log(&self, log: Log) {
        let n = self.count.fetch_add(1, Ordering::Relaxed);
        match log {
            Log::Info => tracing::info!(n, "logged"),
            Log::Warn => tracing::warn!(n, ratio = 0.5, name = %"rows", list = ?[1, 2], "warned"),
            Log::Error => tracing::error!(n, code = 7, "broken"),
            Log::Exception => tracing::error!(n, error = &Failed as &dyn std::error::Error),
        }
    }
}
