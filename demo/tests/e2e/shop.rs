//! `Shop`: the shop of the PGMQ examples, with a database and processes of its own.

use std::fmt::Write;
use std::process::Command;
use std::time::{Duration, Instant};

use sqlx::PgPool;
use tasker_span_cli::jaeger::{Jaeger, Trace};
use tasker_span_demo::orders::Order;
use tasker_span_demo::tasker::TaskState;
use tasker_span_demo::tasker::postgres::{PgStore, TaskProgress};
use tasker_span_runtime::identity::{self, TraceId};
use tasker_span_tests::clock::Clock;
use tasker_span_tests::example;
use tasker_span_tests::servers::postgres::{Database, SERVER, database_on};
use tasker_span_tests::servers::{url, wait_for};
use tokio::runtime::Runtime;
use tokio::sync::{Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::jaeger::{jaeger, wait_for_trace};
use crate::program::Program;

/// The delay of exports. Short: a test wants to see the spans of a process before it kills it.
const EXPORT_DELAY: Duration = Duration::from_millis(100);

/// The seconds until the message of a killed process is delivered again. Long enough for a process
/// on a busy machine.
const VISIBILITY_TIMEOUT: &str = "5";

/// The number of shops at the same time, so that their processes stay within that timeout.
const OPEN_AT_MOST: u32 = 2;
static OPEN: Semaphore = Semaphore::const_new(OPEN_AT_MOST as usize);

/// A trace that gets no span for this time is complete.
const QUIET: Duration = Duration::from_millis(500);

/// A shop without processes.
#[derive(Debug)]
pub(crate) struct Shop {
    runtime: Runtime,
    database: Database,
    jaeger: Jaeger,
    otlp: String,
    export_delay: Duration,
    _open: SemaphorePermit<'static>,
}

impl Shop {
    /// Waits for a free place, and opens a shop.
    #[track_caller]
    pub(crate) fn open() -> Self {
        Self::open_on(&url(SERVER), 1)
    }

    /// Waits until no shop is open, and opens one on this database server.
    #[track_caller]
    pub(crate) fn open_alone_on(server: &str) -> Self {
        Self::open_on(server, OPEN_AT_MOST)
    }

    #[track_caller]
    fn open_on(server: &str, places: u32) -> Self {
        let (jaeger, otlp) = (jaeger(), url("TASKER_SPAN_OTLP_GRPC_URL"));
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let open = runtime.block_on(OPEN.acquire_many(places)).unwrap();
        Self {
            database: runtime.block_on(database_on(server)),
            runtime,
            jaeger,
            otlp,
            export_delay: EXPORT_DELAY,
            _open: open,
        }
    }

    /// Sets the export delay of the processes that are started from now on.
    pub(crate) fn with_export_delay(mut self, delay: Duration) -> Self {
        self.export_delay = delay;
        self
    }

    /// Runs queries on a connection of the test.
    pub(crate) fn with_database<T>(&self, work: impl AsyncFnOnce(&PgPool) -> sqlx::Result<T>) -> T {
        self.runtime.block_on(work(self.database.pool())).unwrap()
    }

    /// Locks a table against changes, until the rollback. Its rows can still be read and locked.
    pub(crate) fn lock(&self, table: &str) -> sqlx::Transaction<'static, sqlx::Postgres> {
        self.with_database(async |pool| {
            let mut lock = pool.begin().await?;
            let statement = format!("LOCK TABLE {table} IN SHARE MODE");
            sqlx::query(&statement).execute(&mut *lock).await?;
            Ok(lock)
        })
    }

    /// Ends the visibility timeouts of a queue whose readers were all killed.
    pub(crate) fn redeliver(&self, queue: &str) {
        self.with_database(async |pool| {
            let statement = format!("UPDATE pgmq.q_{queue} SET vt = clock_timestamp()");
            sqlx::query(&statement).execute(pool).await
        });
    }

    /// Starts an orchestrator that places these orders, and ends after them.
    #[track_caller]
    pub(crate) fn orchestrator(&self, orders: &[Order]) -> Program {
        let file = std::env::temp_dir().join(format!("tasker-span-orders-{}.json", Uuid::now_v7().simple()));
        std::fs::write(&file, serde_json::to_vec(orders).unwrap()).unwrap();
        let program = self.start("pgmq_orchestrator", &[file.to_str().unwrap()], &[]);
        // The orchestrator has read it.
        std::fs::remove_file(&file).unwrap();
        program
    }

    /// Starts an orchestrator without orders.
    #[track_caller]
    pub(crate) fn further_orchestrator(&self) -> Program {
        self.start("pgmq_orchestrator", &["--no-orders"], &[])
    }

    /// Starts a worker.
    #[track_caller]
    pub(crate) fn worker(&self) -> Program {
        self.start("pgmq_worker", &[], &[])
    }

    /// Starts a worker that has this clock.
    #[track_caller]
    pub(crate) fn worker_with(&self, clock: &Clock) -> Program {
        self.start("pgmq_worker", &[], &clock.variables())
    }

    /// Runs an operator's action to its end, and returns its output.
    #[track_caller]
    pub(crate) fn upkeep(&self, arguments: &[&str]) -> String {
        let mut command = example::program("pgmq_upkeep");
        self.connect(command.args(arguments));
        Program::start("pgmq_upkeep", &mut command).wait_for_success()
    }

    #[track_caller]
    fn start(&self, name: &str, arguments: &[&str], variables: &[(&str, String)]) -> Program {
        let mut command = example::program(name);
        command
            .args(["--visibility-timeout", VISIBILITY_TIMEOUT])
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)));
        self.connect(&mut command);
        let program = Program::start(name, &mut command);
        program.wait_for_line(" ready: ");
        program
    }

    /// Gives a process the addresses of this shop.
    fn connect(&self, command: &mut Command) {
        command
            .env("DATABASE_URL", self.database.url())
            .env("OTEL_EXPORTER_OTLP_ENDPOINT", &self.otlp)
            .env("OTEL_BSP_SCHEDULE_DELAY", self.export_delay.as_millis().to_string());
    }

    /// All tasks, in the order of their requests.
    pub(crate) fn tasks(&self) -> Vec<TaskProgress> {
        self.with_database(async |pool| {
            let ids = sqlx::query_scalar("SELECT correlation_id FROM tasker.tasks");
            let ids: Vec<Uuid> = ids.fetch_all(pool).await?;
            Ok(PgStore::new(pool.clone()).progress(&ids).await.unwrap())
        })
    }

    /// Waits for this number of tasks that all meet a condition.
    #[track_caller]
    pub(crate) fn wait_for_tasks(
        &self,
        count: usize,
        what: &str,
        is_met: impl Fn(&TaskProgress) -> bool,
    ) -> Vec<TaskProgress> {
        wait_for(&format!("{count} tasks, {what}"), || {
            let tasks = self.tasks();
            let are_met = tasks.len() == count && tasks.iter().all(&is_met);
            if are_met { Ok(tasks) } else { Err(list(&tasks)) }
        })
    }

    /// Waits for the end of this number of tasks.
    #[track_caller]
    pub(crate) fn wait_for_end(&self, count: usize) -> Vec<TaskProgress> {
        self.wait_for_tasks(count, "all ended", |task| task.state.is_terminal())
    }

    /// The id of the only step with this name.
    pub(crate) fn step(&self, name: &str) -> Uuid {
        self.with_database(async |pool| {
            let step = sqlx::query_scalar("SELECT workflow_step_uuid FROM tasker.workflow_steps WHERE name = $1");
            step.bind(name).fetch_one(pool).await
        })
    }

    /// The trace of a task, as far as its spans have arrived.
    #[track_caller]
    pub(crate) fn trace(&self, task: &TaskProgress) -> Trace {
        let trace = self.jaeger.trace(identity::trace_id(task.task.task_uuid));
        trace.unwrap().expect("a span of the task")
    }

    /// Waits for a condition on a trace.
    #[track_caller]
    pub(crate) fn wait_for_trace(&self, id: TraceId, what: &str, is_met: impl Fn(&Trace) -> bool) -> Trace {
        wait_for_trace(&self.jaeger, id, what, is_met)
    }

    /// The trace of a task that has ended, like its processes: once all its attempts have arrived,
    /// no more spans arrive, and neither Jaeger nor the test kit finds a problem.
    #[track_caller]
    pub(crate) fn whole_trace(&self, task: &TaskProgress) -> Trace {
        let trace_id = identity::trace_id(task.task.task_uuid);
        let mut last_change = (0, Instant::now());
        wait_for("a whole trace", || {
            let trace = self
                .jaeger
                .trace(trace_id)
                .unwrap()
                .ok_or_else(|| format!("no trace {trace_id}"))?;
            if last_change.0 != trace.spans.len() {
                last_change = (trace.spans.len(), Instant::now());
            }
            let attempts = trace.captured().named("step.execution").len();
            let has_attempts = i64::try_from(attempts) == Ok(task.attempts);
            let problems = trace.captured().check_complete().into_iter();
            let problems = problems.map(|problem| problem.to_string());
            let problems = problems.chain(trace.warnings_of_structure()).collect::<Vec<_>>();
            if problems.is_empty() && has_attempts && last_change.1.elapsed() > QUIET {
                return Ok(trace);
            }
            Err(format!("{}\n{} attempts\n{trace}", problems.join("\n"), task.attempts))
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
