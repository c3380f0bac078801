//! A store whose user dies at a chosen place.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tasker_span_demo::tasker::{
    Claim, MemoryStore, MemoryTransaction, StepExecutionResult, Store, Task, TaskContext, TaskState, TaskerResult,
    Transaction, WorkflowStep, WorkflowStepState,
};
use tokio::sync::Notify;
use uuid::Uuid;

/// How far a process gets: through so many of the places where it waits for the database.
#[derive(Debug)]
pub(crate) struct Fate {
    left: AtomicUsize,
    alive: AtomicBool,
    died: Notify,
}

impl Fate {
    pub(crate) fn after(places: usize) -> Arc<Self> {
        Arc::new(Self {
            left: AtomicUsize::new(places),
            alive: AtomicBool::new(true),
            died: Notify::new(),
        })
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::SeqCst)
    }

    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    /// Returns, or is the place where the process dies.
    pub(crate) async fn pass(&self) {
        let left = self.left.load(Ordering::SeqCst);
        if left > 0 {
            self.left.store(left - 1, Ordering::SeqCst);
            return;
        }
        self.alive.store(false, Ordering::SeqCst);
        self.died.notify_one();
        std::future::pending::<()>().await;
    }
}

/// What was committed, by task or step, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(Arc<Mutex<BTreeMap<Uuid, Vec<&'static str>>>>);

impl History {
    fn add(&self, moves: &[(Uuid, &'static str)]) {
        let mut paths = self.0.lock().unwrap();
        for (uuid, state) in moves {
            paths.entry(*uuid).or_default().push(state);
        }
    }

    /// The states that each task and step has been in, without their ids, which differ from run to run.
    pub(crate) fn paths(&self) -> Vec<Vec<&'static str>> {
        self.0.lock().unwrap().values().cloned().collect()
    }
}

/// The store as one process sees it.
#[derive(Debug)]
pub(crate) struct MortalStore {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) history: History,
    pub(crate) fate: Arc<Fate>,
}

impl Store for MortalStore {
    type Transaction = MortalTransaction;

    async fn begin(&self) -> TaskerResult<MortalTransaction> {
        self.fate.pass().await;
        Ok(MortalTransaction {
            transaction: self.store.begin().await?,
            moves: Vec::new(),
            history: self.history.clone(),
            fate: Arc::clone(&self.fate),
        })
    }

    async fn task(&self, task_uuid: Uuid) -> TaskerResult<Task> {
        self.fate.pass().await;
        self.store.task(task_uuid).await
    }

    async fn task_of(&self, correlation_id: Uuid) -> TaskerResult<Option<Task>> {
        self.fate.pass().await;
        self.store.task_of(correlation_id).await
    }

    async fn task_state(&self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        self.fate.pass().await;
        self.store.task_state(task_uuid).await
    }
}

#[derive(Debug)]
pub(crate) struct MortalTransaction {
    transaction: MemoryTransaction,
    moves: Vec<(Uuid, &'static str)>,
    history: History,
    fate: Arc<Fate>,
}

impl Transaction for MortalTransaction {
    async fn create_task(&mut self, task: &Task, steps: &[WorkflowStep]) -> TaskerResult<()> {
        self.fate.pass().await;
        self.transaction.create_task(task, steps).await
    }

    async fn lock_task(&mut self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        self.fate.pass().await;
        self.transaction.lock_task(task_uuid).await
    }

    async fn task_context(&mut self, task_uuid: Uuid) -> TaskerResult<TaskContext> {
        self.fate.pass().await;
        self.transaction.task_context(task_uuid).await
    }

    async fn transition_task(&mut self, task_uuid: Uuid, from: TaskState, to: TaskState) -> TaskerResult<()> {
        self.fate.pass().await;
        self.moves.push((task_uuid, to.as_str()));
        self.transaction.transition_task(task_uuid, from, to).await
    }

    async fn transition_step(
        &mut self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> TaskerResult<()> {
        self.fate.pass().await;
        self.moves.push((step_uuid, to.as_str()));
        self.transaction.transition_step(step_uuid, from, to).await
    }

    async fn claim_step(&mut self, step_uuid: Uuid, redelivered: bool) -> TaskerResult<Option<Claim>> {
        self.fate.pass().await;
        self.transaction.claim_step(step_uuid, redelivered).await
    }

    async fn save_result(&mut self, step_uuid: Uuid, attempt: u32, result: &StepExecutionResult) -> TaskerResult<()> {
        self.fate.pass().await;
        self.transaction.save_result(step_uuid, attempt, result).await
    }

    async fn send<M: Serialize + Sync>(&mut self, queue: &str, message: &M, delay: Duration) -> TaskerResult<()> {
        self.fate.pass().await;
        self.transaction.send(queue, message, delay).await
    }

    async fn send_batch<M: Serialize + Sync>(&mut self, queue: &str, messages: &[M]) -> TaskerResult<()> {
        self.fate.pass().await;
        self.transaction.send_batch(queue, messages).await
    }

    async fn archive(&mut self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.fate.pass().await;
        self.transaction.archive(queue, message_id).await
    }

    async fn commit(self) -> TaskerResult<()> {
        self.fate.pass().await;
        self.transaction.commit().await?;
        self.history.add(&self.moves);
        // Committed, and nobody has heard of it.
        self.fate.pass().await;
        Ok(())
    }
}
