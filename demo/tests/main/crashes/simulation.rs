//! `run`: one task, with an orchestrator and a worker that crash and are started again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use serde_json::Value;
use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, worker_queue};
use tasker_span_demo::tasker::{
    HandlerRegistry, MemoryQueue, MemoryStore, Orchestrator, StepFailure, StepOutput, StepTemplate, Task,
    TaskInitializer, TaskRequest, TaskState, TaskTemplate, Worker,
};
use tasker_span_runtime::testing::{Capture, SpanStore, Spans};

use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, dispatcher};

use super::crash_point::{CrashPoint, CrashingStore, History};

/// The await of the first handler, by the worker's awaits.
pub(crate) const IN_THE_FIRST_HANDLER: usize = 9;

/// The crashes of the orchestrators and of the workers: each process crashes after this number of
/// awaits. One more process runs to the end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Crashes {
    pub(crate) orchestrators: Vec<usize>,
    pub(crate) workers: Vec<usize>,
    pub(crate) ending: Ending,
}

/// How a process ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Killed: its open spans are lost.
    #[default]
    Killed,
    /// Its futures are cancelled: it exports their spans.
    Cancelled,
}

/// The workflow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Workflow {
    /// The steps that fail at their first attempt.
    pub(crate) flaky: &'static [&'static str],
    /// The attempts of each step.
    pub(crate) attempts: u32,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) task: Task,
    pub(crate) state: TaskState,
    pub(crate) paths: Vec<Vec<&'static str>>,
    /// The exported spans.
    pub(crate) spans: Spans,
    /// The spans that a crash ended: their `to_state`, if any, by id.
    pub(crate) lost: Lost,
    /// Whether each process with a crash point crashed.
    pub(crate) all_crashed: bool,
}

type Lost = HashMap<String, String>;

#[derive(Debug, Default)]
struct Simulation {
    queue: Arc<MemoryQueue>,
    history: History,
    collector: SpanStore,
    lost: Arc<Mutex<Lost>>,
}

/// Runs a task of four steps.
pub(crate) fn run(workflow: &Workflow, crashes: &Crashes) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let simulation = Simulation::default();
    let store = Arc::new(MemoryStore::new(Arc::clone(&simulation.queue)));
    let templates = Arc::new([workflow.template()].into_iter().collect());
    let initializer = TaskInitializer::new(templates, Arc::clone(&store));
    let orchestrate = |crash_point: &Arc<CrashPoint>| {
        Orchestrator::new(simulation.store_of(&store, crash_point), Arc::clone(&simulation.queue)).run()
    };
    let work = |crash_point: &Arc<CrashPoint>| {
        let handlers = Arc::new(workflow.handlers(crash_point));
        Worker::new(
            "shop",
            simulation.store_of(&store, crash_point),
            Arc::clone(&simulation.queue),
            handlers,
        )
        .run()
    };
    let client = async {
        let request = TaskRequest::new("shop", "order", Value::Null);
        let task = initializer.create_task(request).await.unwrap();
        while !store.task_state(task.task_uuid).unwrap().is_terminal() {
            tokio::task::yield_now().await;
        }
        simulation.queue.close();
        task
    };
    let steps = worker_queue("shop");
    let (task, orchestrators_crashed, workers_crashed) = runtime.unwrap().block_on(async {
        tokio::join!(
            client,
            simulation.run_processes(&crashes.orchestrators, crashes.ending, ORCHESTRATION_QUEUE, orchestrate),
            simulation.run_processes(&crashes.workers, crashes.ending, &steps, work),
        )
    });
    let state = store.tasks()[0].1;
    Outcome {
        task,
        state,
        paths: simulation.history.paths(),
        spans: simulation.collector.spans(),
        lost: simulation.lost.lock().unwrap().clone(),
        all_crashed: orchestrators_crashed && workers_crashed,
    }
}

impl Workflow {
    fn template(&self) -> TaskTemplate {
        let step = |name: &str| StepTemplate::new(name, name).attempts(self.attempts, Duration::ZERO);
        let steps = [
            step("receive"),
            step("charge").after(["receive"]),
            step("pack").after(["receive"]),
            step("ship").after(["charge", "pack"]),
        ];
        TaskTemplate::new("shop", "order", steps).unwrap()
    }

    fn handlers(&self, crash_point: &Arc<CrashPoint>) -> HandlerRegistry {
        let mut handlers = HandlerRegistry::default();
        for name in ["receive", "charge", "pack", "ship"] {
            let crash_point = Arc::clone(crash_point);
            let is_flaky = self.flaky.contains(&name);
            handlers.register(name, move |step| {
                let crash_point = Arc::clone(&crash_point);
                async move {
                    crash_point.pass().await;
                    if is_flaky && step.workflow_step.attempt == Some(1) {
                        return Err(StepFailure::retryable("timeout", "no answer"));
                    }
                    Ok(StepOutput::default())
                }
            });
        }
        handlers
    }
}

impl Simulation {
    fn store_of(&self, store: &Arc<MemoryStore>, crash_point: &Arc<CrashPoint>) -> Arc<CrashingStore> {
        Arc::new(CrashingStore {
            store: Arc::clone(store),
            history: self.history.clone(),
            crash_point: Arc::clone(crash_point),
        })
    }

    /// Runs one process after another: each reads `queue` until its crash, the last one until the
    /// queue is closed. Returns whether all crash points were reached.
    async fn run_processes<F: Future>(
        &self,
        crashes: &[usize],
        ending: Ending,
        queue: &str,
        process: impl Fn(&Arc<CrashPoint>) -> F,
    ) -> bool {
        let mut dispatch = None;
        for awaits in crashes.iter().copied().chain([usize::MAX]) {
            let crash_point = CrashPoint::after(awaits);
            // A new process has an empty identity cache.
            if ending == Ending::Killed {
                dispatch = None;
            }
            let dispatch = dispatch.get_or_insert_with(|| self.telemetry(&crash_point, ending));
            let mut running = Box::pin(process(&crash_point).with_subscriber(dispatch.clone()));
            tokio::select! {
                _ = &mut running => return awaits == usize::MAX,
                () = crash_point.crashed() => {}
            }
            // Under the process's subscriber, in which `tracing` closes the parents of a closed
            // span.
            dispatcher::with_default(dispatch, || drop(running));
            self.queue.redeliver(queue);
        }
        unreachable!("the last process runs until the queue is closed")
    }

    /// The telemetry of a process, with an identity cache of its own.
    fn telemetry(&self, crash_point: &Arc<CrashPoint>, ending: Ending) -> Dispatch {
        let exporter = Exporter {
            crash_point: (ending == Ending::Killed).then(|| Arc::clone(crash_point)),
            collector: self.collector.clone(),
            lost: Arc::clone(&self.lost),
        };
        let capture = Capture::builder().strict().span_processor(exporter);
        capture.start().dispatch().clone()
    }
}

/// Exports each span at its end, until the process is killed.
#[derive(Debug)]
struct Exporter {
    /// `None` if it also exports the spans that a crash cancels.
    crash_point: Option<Arc<CrashPoint>>,
    collector: SpanStore,
    lost: Arc<Mutex<Lost>>,
}

impl SpanProcessor for Exporter {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        let text = |name| span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
        let is_running = self
            .crash_point
            .as_ref()
            .is_none_or(|crash_point| crash_point.is_running());
        if !is_running || text("tasker.cancelled").is_some() {
            let to_state = text("to_state").map(|attribute| attribute.value.as_str().into_owned());
            let id = span.span_context.span_id().to_string();
            self.lost.lock().unwrap().insert(id, to_state.unwrap_or_default());
        }
        if is_running {
            self.collector.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}
