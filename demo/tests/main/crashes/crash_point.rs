//! A store whose process crashes at a chosen await.

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

/// Where a process crashes: at an await of the database or of a handler.
#[derive(Debug)]
pub(crate) struct CrashPoint {
    awaits_left: AtomicUsize,
    is_running: AtomicBool,
    crashed: Notify,
}

impl CrashPoint {
    pub(crate) fn after(awaits: usize) -> Arc<Self> {
        Arc::new(Self {
            awaits_left: AtomicUsize::new(awaits),
            is_running: AtomicBool::new(true),
            crashed: Notify::new(),
        })
    }

    pub(crate) fn is_running(&self) -> bool {
        self.is_running.load(Ordering::SeqCst)
    }

    pub(crate) async fn crashed(&self) {
        self.crashed.notified().await;
    }

    /// An await: returns at once, or never if the process crashes here.
    pub(crate) async fn pass(&self) {
        let left = self.awaits_left.load(Ordering::SeqCst);
        if left > 0 {
            self.awaits_left.store(left - 1, Ordering::SeqCst);
            return;
        }
        self.is_running.store(false, Ordering::SeqCst);
        self.crashed.notify_one();
        std::future::pending::<()>().await;
    }
}

/// The committed transitions, by task or step.
#[derive(Clone, Debug, Default)]
pub(crate) struct History(Arc<Mutex<BTreeMap<Uuid, Vec<&'static str>>>>);

impl History {
    fn add(&self, moves: &[(Uuid, &'static str)]) {
        let mut paths = self.0.lock().unwrap();
        for (uuid, state) in moves {
            paths.entry(*uuid).or_default().push(state);
        }
    }

    /// The states of each task and step. Without ids, which differ from run to run.
    pub(crate) fn paths(&self) -> Vec<Vec<&'static str>> {
        self.0.lock().unwrap().values().cloned().collect()
    }
}

/// The store, as one process uses it.
#[derive(Debug)]
pub(crate) struct CrashingStore {
    pub(crate) store: Arc<MemoryStore>,
    pub(crate) history: History,
    pub(crate) crash_point: Arc<CrashPoint>,
}

impl Store for CrashingStore {
    type Transaction = CrashingTransaction;

    async fn begin(&self) -> TaskerResult<CrashingTransaction> {
        self.crash_point.pass().await;
        Ok(CrashingTransaction {
            transaction: self.store.begin().await?,
            moves: Vec::new(),
            history: self.history.clone(),
            crash_point: Arc::clone(&self.crash_point),
        })
    }

    async fn task_of(&self, correlation_id: Uuid) -> TaskerResult<Option<Task>> {
        self.crash_point.pass().await;
        self.store.task_of(correlation_id).await
    }
}

#[derive(Debug)]
pub(crate) struct CrashingTransaction {
    transaction: MemoryTransaction,
    moves: Vec<(Uuid, &'static str)>,
    history: History,
    crash_point: Arc<CrashPoint>,
}

impl CrashingTransaction {
    /// The transaction, unless the process crashes first.
    async fn inner(&mut self) -> &mut MemoryTransaction {
        self.crash_point.pass().await;
        &mut self.transaction
    }
}

impl Transaction for CrashingTransaction {
    async fn create_task(&mut self, task: &Task, steps: &[WorkflowStep]) -> TaskerResult<()> {
        self.inner().await.create_task(task, steps).await
    }

    async fn lock_task(&mut self, task_uuid: Uuid) -> TaskerResult<TaskState> {
        self.inner().await.lock_task(task_uuid).await
    }

    async fn task_context(&mut self, task_uuid: Uuid) -> TaskerResult<TaskContext> {
        self.inner().await.task_context(task_uuid).await
    }

    async fn transition_task(&mut self, task_uuid: Uuid, from: TaskState, to: TaskState) -> TaskerResult<()> {
        self.moves.push((task_uuid, to.as_str()));
        self.inner().await.transition_task(task_uuid, from, to).await
    }

    async fn transition_step(
        &mut self,
        step_uuid: Uuid,
        from: WorkflowStepState,
        to: WorkflowStepState,
    ) -> TaskerResult<()> {
        self.moves.push((step_uuid, to.as_str()));
        self.inner().await.transition_step(step_uuid, from, to).await
    }

    async fn claim_step(&mut self, step_uuid: Uuid, redelivered: bool) -> TaskerResult<Option<Claim>> {
        self.inner().await.claim_step(step_uuid, redelivered).await
    }

    async fn save_result(&mut self, step_uuid: Uuid, attempt: u32, result: &StepExecutionResult) -> TaskerResult<()> {
        self.inner().await.save_result(step_uuid, attempt, result).await
    }

    async fn send<M: Serialize + Sync>(&mut self, queue: &str, message: &M, delay: Duration) -> TaskerResult<()> {
        self.inner().await.send(queue, message, delay).await
    }

    async fn send_batch<M: Serialize + Sync>(&mut self, queue: &str, messages: &[M]) -> TaskerResult<()> {
        self.inner().await.send_batch(queue, messages).await
    }

    async fn archive(&mut self, queue: &str, message_id: i64) -> TaskerResult<()> {
        self.inner().await.archive(queue, message_id).await
    }

    async fn commit(self) -> TaskerResult<()> {
        self.crash_point.pass().await;
        self.transaction.commit().await?;
        self.history.add(&self.moves);
        // After the commit, before the caller knows of it.
        self.crash_point.pass().await;
        Ok(())
    }
}
