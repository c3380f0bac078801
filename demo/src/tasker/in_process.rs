//! A whole Tasker in one process.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::message::{ORCHESTRATION_QUEUE, OrchestrationMessage};
use super::{
    HandlerRegistry, MemoryQueue, MemoryStore, Orchestrator, Store, Task, TaskInitializer, TaskState,
    TaskTemplateRegistry, TaskerResult, Transaction, Worker,
};

/// How long to wait between two looks at a task's state.
const POLL: Duration = Duration::from_millis(1);

/// One orchestrator and several workers, each a tokio task of its own, that share nothing but the queues and the store.
#[derive(Debug)]
pub struct InProcessTasker {
    store: Arc<MemoryStore>,
    queue: Arc<MemoryQueue>,
    initializer: Arc<InProcessInitializer>,
    running: JoinSet<TaskerResult<()>>,
}

/// Creates the tasks of an [`InProcessTasker`].
pub type InProcessInitializer = TaskInitializer<MemoryStore>;

impl InProcessTasker {
    /// Starts the orchestrator, and `workers` for each namespace. The handlers may create tasks themselves.
    pub fn start(
        templates: TaskTemplateRegistry,
        handlers: impl FnOnce(Arc<InProcessInitializer>) -> HandlerRegistry,
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

    /// What creates tasks.
    pub fn initializer(&self) -> &InProcessInitializer {
        &self.initializer
    }

    /// Asks for the end of a task.
    ///
    /// # Errors
    ///
    /// Once the tasker is shut down.
    pub async fn cancel(&self, task_uuid: Uuid) -> TaskerResult<()> {
        let message = OrchestrationMessage::Cancel { task_uuid };
        let mut transaction = self.store.begin().await?;
        transaction.send(ORCHESTRATION_QUEUE, &message, Duration::ZERO).await?;
        transaction.commit().await
    }

    /// Waits until the task is in a state that `is_expected`, or can reach none any more.
    ///
    /// # Errors
    ///
    /// Where there is no such task.
    pub async fn wait_for(&self, task_uuid: Uuid, is_expected: impl Fn(TaskState) -> bool) -> TaskerResult<TaskState> {
        loop {
            let state = self.store.task_state(task_uuid).await?;
            if is_expected(state) || state.is_terminal() {
                return Ok(state);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until every task has ended, those included that are created while others run.
    pub async fn wait_for_all(&self) {
        while self.store.tasks().iter().any(|(_, state)| !state.is_terminal()) {
            tokio::time::sleep(POLL).await;
        }
    }

    /// Closes the queues, waits until orchestrator and workers have emptied them, and returns every task with its
    /// state, in the order in which they were requested.
    ///
    /// # Errors
    ///
    /// Where the orchestrator or a worker had failed.
    pub async fn shutdown(self) -> TaskerResult<Vec<(Task, TaskState)>> {
        self.queue.close();
        for ended in self.running.join_all().await {
            ended?;
        }
        Ok(self.store.tasks())
    }
}
