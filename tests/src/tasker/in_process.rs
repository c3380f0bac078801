//! A whole Tasker in one process.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    HandlerRegistry, InProcessQueue, MemoryStore, Orchestrator, Store, Task, TaskRequest, TaskState,
    TaskTemplateRegistry, TaskerClient, TaskerResult, Worker,
};

/// How long to wait between two looks at a task's state.
const POLL: Duration = Duration::from_millis(1);

/// One orchestrator and several workers, each a tokio task of its own, that share nothing but the queues and the store.
#[derive(Debug)]
pub struct InProcessTasker {
    templates: Arc<TaskTemplateRegistry>,
    store: Arc<MemoryStore>,
    queue: Arc<InProcessQueue>,
    client: TaskerClient<InProcessQueue>,
    running: JoinSet<TaskerResult<()>>,
}

impl InProcessTasker {
    /// Starts the orchestrator, and `workers` for each namespace. The handlers may request tasks themselves.
    pub fn start(
        templates: TaskTemplateRegistry,
        handlers: impl FnOnce(TaskerClient<InProcessQueue>) -> HandlerRegistry,
        workers: usize,
    ) -> Self {
        let store = Arc::new(MemoryStore::default());
        let queue = Arc::new(InProcessQueue::default());
        let client = TaskerClient::new(Arc::clone(&queue));
        let (templates, handlers) = (Arc::new(templates), Arc::new(handlers(client.clone())));

        let mut running = JoinSet::new();
        running.spawn(Orchestrator::new(Arc::clone(&templates), Arc::clone(&store), Arc::clone(&queue)).run());
        for namespace in templates
            .namespaces()
            .flat_map(|namespace| std::iter::repeat_n(namespace, workers))
        {
            let worker = Worker::new(namespace, Arc::clone(&store), Arc::clone(&queue), Arc::clone(&handlers));
            running.spawn(worker.run());
        }
        Self {
            templates,
            store,
            queue,
            client,
            running,
        }
    }

    /// Asks for a task, and waits until it exists.
    ///
    /// # Errors
    ///
    /// Where there is no such template.
    pub async fn submit(&self, request: TaskRequest) -> TaskerResult<Task> {
        self.templates.resolve(&request)?;
        let correlation_id = request.correlation_id;
        self.client.request(request).await?;
        loop {
            if let Some(task) = self.store.task_of(correlation_id).await? {
                return Ok(task);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Asks for the end of a task.
    ///
    /// # Errors
    ///
    /// Where the queue fails.
    pub async fn cancel(&self, task_uuid: Uuid) -> TaskerResult<()> {
        self.client.cancel(task_uuid).await
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
