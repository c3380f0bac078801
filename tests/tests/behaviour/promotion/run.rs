//! Runs the operations of a program.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::record_sent_message;
use tasker_span_tests::prelude::*;
use tracing::{Instrument, Span};

use super::functions::{self, Failed, Function, Outcome, Subject, Work};
use super::program::{Call, Carry, End, Op, Ops, Target};
use super::promotions::AtDrop;
use super::world::{GUARDS, World, catch, take};

impl World {
    fn call(self: &Arc<Self>, call: &Call) -> Outcome {
        let subject = self.called(call.function, call.target);
        functions::call(call.function, &subject, || {
            let _promotes = AtDrop(Arc::clone(self));
            self.run(&call.inside);
            finished(call, &subject)
        })
    }

    fn call_async(self: &Arc<Self>, call: &Call) -> Work {
        let subject = Arc::new(self.called(call.function, call.target));
        let (world, call, of) = (Arc::clone(self), call.clone(), Arc::clone(&subject));
        functions::call_async(
            call.function,
            of,
            Box::pin(async move {
                let _promotes = AtDrop(Arc::clone(&world));
                world.run_async(Arc::clone(&call.inside)).await;
                if call.end == End::Pending {
                    std::future::pending::<()>().await;
                }
                finished(&call, &subject)
            }),
        )
    }

    pub(super) fn run(self: &Arc<Self>, ops: &[Op]) {
        for op in ops {
            self.point();
            self.perform(op);
        }
        self.point();
    }

    async fn run_async(self: &Arc<Self>, ops: Ops) {
        for op in ops.iter() {
            self.point();
            match op {
                Op::Yield => tokio::task::yield_now().await,
                Op::Call(call) if call.is_async => drop(self.call_async(call).await),
                op => self.perform(op),
            }
        }
        self.point();
    }

    fn perform(self: &Arc<Self>, op: &Op) {
        match op {
            Op::Call(call) if call.is_async => {
                let mut work = self.call_async(call);
                let _ = (0..4).any(|_| poll(work.as_mut()).is_ready());
            }
            Op::Call(call) => drop(self.call(call)),
            Op::Create(carry, call) => {
                let work = self.call_async(call);
                self.futures.push(match carry {
                    Carry::Nothing => work,
                    Carry::Scope => Box::pin(work.in_current_scope()),
                    Carry::Span => Box::pin(work.in_current_span()),
                });
            }
            Op::Poll(which) => {
                let polled = self.futures.take(*which).and_then(poll_once);
                if let Some(future) = polled {
                    self.futures.push(future);
                }
            }
            Op::Cancel(which) => drop(self.futures.take(*which)),
            Op::Select(one, other) => {
                let one = self.futures.take(*one);
                let other = self.futures.take(*other);
                if let (Some(one), Some(other)) = (one, other)
                    && let Some(one) = poll_once(one)
                    && let Some(other) = poll_once(other)
                {
                    self.futures.push(one);
                    self.futures.push(other);
                }
            }
            Op::Yield => {}
            Op::Catch(ops) => catch(|| self.run(ops)),
            Op::Retry(target, failures, ops) => self.retry(*target, *failures, ops),
            Op::Open { of_step, target } => {
                let Subject { task, step, .. } = self.called(Function::Execute, *target);
                let within_step = || step_scope!("result.submission", step = step, task = task);
                let within_task = || task_scope!("task.backup", within = "task.orchestration", task = task);
                self.opened.push(if *of_step { within_step() } else { within_task() });
            }
            Op::Enter(which) => {
                if let Some(span) = self.opened.take(*which) {
                    self.keep_guard(|| span.enter());
                }
            }
            Op::Attach(attached, ops) => {
                let _attached = self.program.attaches.then(|| self.context(*attached).attach());
                self.run(ops);
            }
            Op::EnterOtherCode => self.keep_guard(|| tracing::info_span!("entered").entered()),
            Op::Leave(which) => drop(GUARDS.with_borrow_mut(|guards| take(guards, *which))),
            Op::Instrument(which, ops) => {
                let Some(span) = self.opened.take(*which) else { return };
                let (world, ops) = (Arc::clone(self), Arc::clone(ops));
                self.futures.push(Box::pin(span.try_instrument(async move {
                    world.run_async(ops).await;
                    Err(Failed)
                })));
            }
            Op::Close(which) => drop(self.opened.take(*which)),
            Op::Spawn(carry, ops) => self.on_thread(self.carried(*carry, ops)),
            Op::Defer(carry, ops) => self.deferred.push(self.carried(*carry, ops)),
            Op::Continue(which) => self.deferred.take(*which).into_iter().for_each(|work| work()),
            Op::Log(log) => self.log(*log),
            Op::Record => drop(Span::current().record("rows", 3)),
            Op::Send => self.messages.push(TraceContext::current()),
            Op::RecordSent => record_sent_message("pgmq", "payments", "17"),
            Op::Lose(target) => {
                let subject = self.called(Function::Execute, *target);
                record_lost_attempt(&subject, SystemTime::now() - Duration::from_mins(1));
            }
            Op::SetSampling(which) => self.set_sampling(*which),
        }
    }

    fn retry(self: &Arc<Self>, target: Target, failures: u32, ops: &Ops) {
        for attempt in 1..=failures + 1 {
            let call = Call {
                function: Function::Execute,
                target: Target { attempt, ..target },
                is_async: false,
                end: if attempt > failures { End::Ok } else { End::Err },
                records: false,
                inside: Arc::clone(ops),
            };
            let _ = self.call(&call);
        }
    }

    fn carried(self: &Arc<Self>, carry: Carry, ops: &Ops) -> Box<dyn FnOnce() + Send> {
        let (world, ops) = (Arc::clone(self), Arc::clone(ops));
        let work = move || world.run(&ops);
        match carry {
            Carry::Nothing => Box::new(work),
            Carry::Scope => Box::new(in_current_scope(work)),
            Carry::Span => {
                let future = async move { work() }.in_current_span();
                Box::new(|| finish(future))
            }
        }
    }
}

fn finished(call: &Call, subject: &Subject) -> Outcome {
    if call.records {
        call.function.record(subject);
    }
    match call.end {
        End::Ok | End::Pending => Ok(subject.task.correlation_id),
        End::Err => Err(Failed),
        End::Panic => std::panic::resume_unwind(Box::new(())),
    }
}

/// The future, unless it is over.
fn poll_once(mut future: Work) -> Option<Work> {
    let polled = catch_unwind(AssertUnwindSafe(|| poll(future.as_mut()).is_pending()));
    polled.is_ok_and(|is_pending| is_pending).then_some(future)
}
