//! `InProcessTasker`: orchestrator, workers and store in one process.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    HandlerRegistry, MemoryQueue, MemoryStore, Orchestrator, Task, TaskInitializer, TaskState, TaskTemplateRegistry,
    TaskerResult, Worker, cancel,
};

/// The pause between two reads of a task's state.
const POLL: Duration = Duration::from_millis(1);

/// One orchestrator and several workers, each a tokio task, on a [`MemoryStore`].
#[derive(Debug)]
pub struct InProcessTasker {
    store: Arc<MemoryStore>,
    queue: Arc<MemoryQueue>,
    initializer: Arc<TaskInitializer<MemoryStore>>,
    running: JoinSet<TaskerResult<()>>,
}

impl InProcessTasker {
    /// Starts the orchestrator, and `workers` for each namespace. `handlers` may create tasks.
    pub fn start(
        templates: TaskTemplateRegistry,
        handlers: impl FnOnce(Arc<TaskInitializer<MemoryStore>>) -> HandlerRegistry,
        workers: usize,
    ) -> Self {
        let templates = Arc::new(templates);
        let queue = Arc::new(MemoryQueue::default());
        let store = Arc::new(MemoryStore::new(Arc::clone(&queue)));
        let initializer = Arc::new(TaskInitializer::new(Arc::clone(&templates), Arc::clone(&store)));
        let handlers = Arc::new(handlers(Arc::clone(&initializer)));

        let mut running = JoinSet::new();
        running.spawn(Orchestrator::new(Arc::clone(&store), Arc::clone(&queue)).run());
        for namespace in templates
            .namespaces()
            .flat_map(|namespace| std::iter::repeat_n(namespace, workers))
        {
            let worker = Worker::new(namespace, Arc::clone(&store), Arc::clone(&queue), Arc::clone(&handlers));
            running.spawn(worker.run());
        }
        Self {
            store,
            queue,
            initializer,
            running,
        }
    }

    /// Creates tasks.
    pub fn initializer(&self) -> &TaskInitializer<MemoryStore> {
        &self.initializer
    }

    /// Requests the cancellation of a task.
    pub async fn cancel(&self, task_uuid: Uuid) -> TaskerResult<()> {
        cancel(&*self.store, task_uuid).await
    }

    /// Waits for a state that `is_expected`, or for the end of the task.
    pub async fn wait_for(&self, task_uuid: Uuid, is_expected: impl Fn(TaskState) -> bool) -> TaskerResult<TaskState> {
        loop {
            let state = self.store.task_state(task_uuid)?;
            if is_expected(state) || state.is_terminal() {
                return Ok(state);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until all tasks have ended, also those that are created meanwhile.
    pub async fn wait_for_all(&self) {
        while self.store.tasks().iter().any(|(_, state)| !state.is_terminal()) {
            tokio::time::sleep(POLL).await;
        }
    }

    /// Closes the queues and waits until they are empty. Returns all tasks with their states, in
    /// the order of their requests.
    pub async fn shutdown(self) -> TaskerResult<Vec<(Task, TaskState)>> {
        self.queue.close();
        for ended in self.running.join_all().await {
            ended?;
        }
        Ok(self.store.tasks())
    }
}
