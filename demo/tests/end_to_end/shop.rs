//! The shop of the PGMQ examples as its processes: a database of its own, any number of orchestrators and workers, and the
//! Jaeger to which they export.

#![expect(
    clippy::missing_panics_doc,
    reason = "a test ends where a server or a process fails it"
)]

use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tasker_span_runtime::identity;
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use tasker_span_demo::jaeger::{Jaeger, Trace};
use tasker_span_demo::orders::Order;
use tasker_span_demo::tasker::TaskState;
use tasker_span_demo::tasker::postgres::{PgStore, TaskProgress};
use tasker_span_tests::servers::postgres::{Database, database};
use tasker_span_tests::servers::{url, wait_for};

use crate::jaeger::jaeger;
use crate::process::{self, Program};

/// How long the processes keep spans before they export them, unless a test wants something else: short, so that a test
/// sees what a process did before it is killed.
const EXPORT_DELAY: Duration = Duration::from_millis(100);

/// After how many seconds another process gets the message of one that died. A process that lives must not be so slow,
/// whatever else the machine does.
const VISIBILITY_TIMEOUT: &str = "5";

/// How many shops are open at the same time, for the same reason.
static OPEN: Semaphore = Semaphore::const_new(2);

/// After which time without a further span none is on its way any more.
const SETTLED: Duration = Duration::from_millis(500);

/// A shop with nobody at work.
#[derive(Debug)]
pub struct Shop {
    runtime: Runtime,
    database: Database,
    jaeger: Jaeger,
    otlp: String,
    export_delay: Duration,
    _open: SemaphorePermit<'static>,
}

impl Shop {
    /// Opens a shop of its own, once there is room for it.
    #[track_caller]
    pub fn open() -> Self {
        let (jaeger, otlp) = (jaeger(), url("TASKER_SPAN_OTLP_GRPC_URL"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let open = runtime.block_on(OPEN.acquire()).unwrap();
        Self {
            database: runtime.block_on(database()),
            runtime,
            jaeger,
            otlp,
            export_delay: EXPORT_DELAY,
            _open: open,
        }
    }

    /// Processes that are started from now on export this much later.
    #[must_use]
    pub fn with_export_delay(mut self, delay: Duration) -> Self {
        self.export_delay = delay;
        self
    }

    /// The Jaeger that the processes export to.
    pub fn jaeger(&self) -> &Jaeger {
        &self.jaeger
    }

    /// Runs what needs the database, on connections of the test's own.
    pub fn with_database<T>(&self, work: impl AsyncFnOnce(&PgPool) -> sqlx::Result<T>) -> T {
        self.runtime.block_on(work(self.database.pool())).unwrap()
    }

    /// Keeps everybody else from changing the table's rows, until it is rolled back; reading and locking them is possible.
    pub fn lock(&self, table: &str) -> sqlx::Transaction<'static, sqlx::Postgres> {
        self.with_database(async |pool| {
            let mut lock = pool.begin().await?;
            let statement = format!("LOCK TABLE {table} IN SHARE MODE");
            sqlx::query(&statement).execute(&mut *lock).await?;
            Ok(lock)
        })
    }

    /// Ends the visibility timeout of whoever reads this queue: nobody may, but processes that were killed.
    pub fn deliver_again(&self, queue: &str) {
        self.with_database(async |pool| {
            let statement = format!("UPDATE pgmq.q_{queue} SET vt = clock_timestamp()");
            sqlx::query(&statement).execute(pool).await
        });
    }

    /// An orchestrator that places these orders, and ends with them. It is at work when this returns.
    #[track_caller]
    pub fn orchestrator(&self, orders: &[Order]) -> Program {
        let file = std::env::temp_dir().join(format!("tasker-span-orders-{}.json", Uuid::new_v4().simple()));
        std::fs::write(&file, serde_json::to_vec(orders).unwrap()).unwrap();
        let program = self.start("pgmq_orchestrator", "orchestrator ready", &[file.to_str().unwrap()]);
        // Read before it said that it is ready.
        std::fs::remove_file(&file).unwrap();
        program
    }

    /// An orchestrator that waits for work. It is ready when this returns.
    #[track_caller]
    pub fn further_orchestrator(&self) -> Program {
        self.start("pgmq_orchestrator", "orchestrator ready", &["--no-orders"])
    }

    /// A worker. It is ready when this returns.
    #[track_caller]
    pub fn worker(&self) -> Program {
        self.start("pgmq_worker", "worker ready", &[])
    }

    #[track_caller]
    fn start(&self, example: &str, ready: &str, arguments: &[&str]) -> Program {
        let mut command: Command = process::command(example);
        command
            .args(["--visibility-timeout", VISIBILITY_TIMEOUT])
            .args(arguments)
            .env("DATABASE_URL", self.database.url())
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &self.otlp)
            .env("OTEL_BSP_SCHEDULE_DELAY", self.export_delay.as_millis().to_string());
        let program = Program::start(example, &mut command);
        program.wait_for_line(ready);
        program
    }

    /// Every task, in the order of the requests.
    pub fn tasks(&self) -> Vec<TaskProgress> {
        self.with_database(async |pool| {
            let ids = sqlx::query_scalar("SELECT correlation_id FROM tasker.tasks");
            let ids: Vec<Uuid> = ids.fetch_all(pool).await?;
            Ok(PgStore::new(pool.clone()).progress(&ids).await.unwrap())
        })
    }

    /// Waits until there are so many tasks, and what is said of them is true.
    #[track_caller]
    pub fn wait_for_tasks(
        &self,
        count: usize,
        what: &str,
        is_met: impl Fn(&TaskProgress) -> bool,
    ) -> Vec<TaskProgress> {
        wait_for(&format!("{count} tasks, {what}"), || {
            let tasks = self.tasks();
            let is_there = tasks.len() == count && tasks.iter().all(&is_met);
            if is_there { Ok(tasks) } else { Err(list(&tasks)) }
        })
    }

    /// Waits until there are so many tasks, all in terminal states.
    #[track_caller]
    pub fn wait_for_end(&self, count: usize) -> Vec<TaskProgress> {
        self.wait_for_tasks(count, "all ended", |task| task.state.is_terminal())
    }

    /// The id of the only task's step of this name.
    pub fn step(&self, name: &str) -> Uuid {
        self.with_database(async |pool| {
            let step = sqlx::query_scalar("SELECT workflow_step_uuid FROM tasker.workflow_steps WHERE name = $1");
            step.bind(name).fetch_one(pool).await
        })
    }

    /// The whole trace of a task that has ended, after its processes have: once neither Jaeger nor the test kit finds
    /// anything wrong with it.
    #[track_caller]
    pub fn whole_trace(&self, task: &TaskProgress) -> Trace {
        self.settled_trace(task, |trace| {
            let problems = trace.captured().check_complete().into_iter();
            let problems = problems.map(|problem| format!("problem: {problem}"));
            problems.chain(trace.warnings_of_structure()).collect()
        })
    }

    /// The trace of a task that has ended, after its processes have: once every attempt is there, there are no `flaws`, and
    /// no more spans come.
    #[track_caller]
    pub fn settled_trace(&self, task: &TaskProgress, flaws: impl Fn(&Trace) -> Vec<String>) -> Trace {
        let trace_id = identity::trace_id(task.task.task_uuid);
        let mut settled = (0, Instant::now());
        wait_for("a whole trace", || {
            let trace = self
                .jaeger
                .trace(trace_id)
                .ok_or_else(|| format!("no trace {trace_id}"))?;
            if settled.0 != trace.spans.len() {
                settled = (trace.spans.len(), Instant::now());
            }
            let attempts = trace.captured().named("step.execution").len();
            let is_whole = i64::try_from(attempts) == Ok(task.attempts);
            let flaws = flaws(&trace);
            if flaws.is_empty() && is_whole && settled.1.elapsed() > SETTLED {
                return Ok(trace);
            }
            Err(format!("{}\n{} attempts\n{trace}", flaws.join("\n"), task.attempts))
        })
    }
}

/// Tasks as a message shows them.
fn list(tasks: &[TaskProgress]) -> String {
    tasks.iter().fold(String::new(), |mut text, progress| {
        let (task, state): (_, TaskState) = (&progress.task, progress.state);
        let _ = writeln!(
            text,
            "{} {}/{} {state}, {} attempts",
            task.task_uuid, task.namespace_name, task.task_name, progress.attempts
        );
        text
    })
}
