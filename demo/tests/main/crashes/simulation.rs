//! One task, an orchestrator and a worker, each in a process that may die and is started again.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use serde_json::Value;
use tasker_span_demo::tasker::message::{ORCHESTRATION_QUEUE, worker_queue};
use tasker_span_demo::tasker::{
    HandlerRegistry, MemoryQueue, MemoryStore, Orchestrator, StepFailure, StepOutput, StepTemplate, Store, Task,
    TaskInitializer, TaskRequest, TaskState, TaskTemplate, Worker,
};
use tasker_span_runtime::testing::{Capture, SpanStore, Spans};

use tracing::instrument::WithSubscriber;
use tracing::{Dispatch, dispatcher};

use super::crash_point::{Fate, History, MortalStore};

/// The place where the first worker's first handler waits.
pub(crate) const IN_THE_FIRST_HANDLER: usize = 9;

/// Who dies, each process of it after so many places; the last one lives on.
#[derive(Clone, Debug, Default)]
pub(crate) struct Deaths {
    pub(crate) orchestrators: Vec<usize>,
    pub(crate) workers: Vec<usize>,
    pub(crate) ending: Ending,
}

/// What is left of a process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Ending {
    /// What it had exported: the spans that it was in are lost.
    #[default]
    Killed,
    /// The process itself; what it did was dropped, and exported as cancelled.
    Dropped,
}

/// What is sold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shop {
    /// The steps that fail at their first attempt.
    pub(crate) flaky: &'static [&'static str],
    /// How many attempts each step has.
    pub(crate) attempts: u32,
}

/// What is left of a run.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) task: Task,
    pub(crate) state: TaskState,
    pub(crate) paths: Vec<Vec<&'static str>>,
    /// What reached the collector.
    pub(crate) spans: Spans,
    /// The spans that never ended in success, as their processes died: their `to_state`, if any, by id.
    pub(crate) lost: Lost,
    /// Whether every process died that was meant to.
    pub(crate) all_died: bool,
}

type Lost = HashMap<String, String>;

#[derive(Debug, Default)]
struct World {
    queue: Arc<MemoryQueue>,
    history: History,
    collector: SpanStore,
    lost: Arc<Mutex<Lost>>,
}

/// Runs a task of four steps.
pub(crate) fn run(shop: &Shop, deaths: &Deaths) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let world = World::default();
    let store = Arc::new(MemoryStore::new(Arc::clone(&world.queue)));
    let templates = Arc::new([shop.template()].into_iter().collect());
    let initializer = TaskInitializer::new(templates, Arc::clone(&store));
    let orchestrate = |fate: &Arc<Fate>| Orchestrator::new(world.seen_by(&store, fate), Arc::clone(&world.queue)).run();
    let work = |fate: &Arc<Fate>| {
        let handlers = Arc::new(shop.handlers(fate));
        Worker::new("shop", world.seen_by(&store, fate), Arc::clone(&world.queue), handlers).run()
    };
    let client = async {
        let request = TaskRequest::new("shop", "order", Value::Null);
        let task = initializer.create_task(request).await.unwrap();
        while !store.task_state(task.task_uuid).await.unwrap().is_terminal() {
            tokio::task::yield_now().await;
        }
        world.queue.close();
        task
    };
    let steps = worker_queue("shop");
    let (task, orchestrators_died, workers_died) = runtime.unwrap().block_on(async {
        tokio::join!(
            client,
            world.lives(&deaths.orchestrators, deaths.ending, ORCHESTRATION_QUEUE, orchestrate),
            world.lives(&deaths.workers, deaths.ending, &steps, work),
        )
    });
    let state = store.tasks()[0].1;
    Outcome {
        task,
        state,
        paths: world.history.paths(),
        spans: world.collector.spans(),
        lost: world.lost.lock().unwrap().clone(),
        all_died: orchestrators_died && workers_died,
    }
}

impl Shop {
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

    fn handlers(&self, fate: &Arc<Fate>) -> HandlerRegistry {
        let mut handlers = HandlerRegistry::default();
        for name in ["receive", "charge", "pack", "ship"] {
            let fate = Arc::clone(fate);
            let is_flaky = self.flaky.contains(&name);
            handlers.register(name, move |step| {
                let fate = Arc::clone(&fate);
                async move {
                    fate.pass().await;
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

impl World {
    fn seen_by(&self, store: &Arc<MemoryStore>, fate: &Arc<Fate>) -> Arc<MortalStore> {
        Arc::new(MortalStore {
            store: Arc::clone(store),
            history: self.history.clone(),
            fate: Arc::clone(fate),
        })
    }

    /// One process after the other, each of which reads `queue` until it dies or the queue is closed. Returns whether all
    /// died that were to.
    async fn lives<F: Future>(
        &self,
        deaths: &[usize],
        ending: Ending,
        queue: &str,
        process: impl Fn(&Arc<Fate>) -> F,
    ) -> bool {
        let mut dispatch = None;
        for places in deaths.iter().copied().chain([usize::MAX]) {
            let fate = Fate::after(places);
            // A new process knows nothing of what the one before had seen.
            if ending == Ending::Killed {
                dispatch = None;
            }
            let dispatch = dispatch.get_or_insert_with(|| self.telemetry(&fate, ending));
            let mut life = Box::pin(process(&fate).with_subscriber(dispatch.clone()));
            tokio::select! {
                _ = &mut life => return places == usize::MAX,
                () = fate.died() => {}
            }
            // Under the process's subscriber: `tracing` closes the spans around a closed one in the current one.
            dispatcher::with_default(dispatch, || drop(life));
            self.queue.redeliver(queue);
        }
        unreachable!("the last process lives until the queue is closed")
    }

    /// What a process sets up, with a memory of identities of its own.
    fn telemetry(&self, fate: &Arc<Fate>, ending: Ending) -> Dispatch {
        let exporter = Exporter {
            fate: (ending == Ending::Killed).then(|| Arc::clone(fate)),
            collector: self.collector.clone(),
            lost: Arc::clone(&self.lost),
        };
        let capture = Capture::builder().strict().span_processor(exporter);
        capture.start().dispatch().clone()
    }
}

/// Sends each span as it ends, for as long as the process lives.
#[derive(Debug)]
struct Exporter {
    /// None where it survives.
    fate: Option<Arc<Fate>>,
    collector: SpanStore,
    lost: Arc<Mutex<Lost>>,
}

impl SpanProcessor for Exporter {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        let text = |name| span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
        let is_alive = self.fate.as_ref().is_none_or(|fate| fate.is_alive());
        if !is_alive || text("tasker.cancelled").is_some() {
            let to_state = text("to_state").map(|attribute| attribute.value.as_str().into_owned());
            let id = span.span_context.span_id().to_string();
            self.lost.lock().unwrap().insert(id, to_state.unwrap_or_default());
        }
        if is_alive {
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
