//! An engine with the habits of a real one: transitions that are moments, before and after the work; a task whose id comes
//! from a row that an inner function inserts; a worker whose claim, execution and completion are spawned tasks. Its
//! annotations are those of `docs/adopting.md`.

mod creation;
mod model;
mod orchestrator;
mod state;
mod store;
mod worker;

use std::sync::Arc;

use tasker_span_runtime::Uuid;

pub use model::TaskRequest;
use orchestrator::Orchestrator;
use store::Store;
use worker::Worker;

/// The engine, with its tables in memory.
#[derive(Debug, Default)]
pub struct Engine(Arc<Store>);

impl Engine {
    /// Creates a task of four steps, and returns its id.
    ///
    /// # Errors
    ///
    /// If there is no template of the requested name.
    pub async fn create_task(&self, request: &TaskRequest) -> Result<Uuid, String> {
        creation::create_task(&self.0, request).await
    }

    /// Runs the task to its end, one step after the other.
    pub async fn run(&self, task: Uuid) {
        let orchestrator = Orchestrator::new(Arc::clone(&self.0));
        let worker = Worker::new(Arc::clone(&self.0));
        orchestrator.initialize(task).await;
        while let Some(message) = self.0.next_step() {
            let result = worker.run(message).await;
            orchestrator.process_result(result).await;
        }
    }
}
