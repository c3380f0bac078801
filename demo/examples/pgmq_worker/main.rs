//! Executes the steps of the shop's orders: one of any number of workers, each a process of its own.
//!
//! It needs `PostgreSQL`, and shows what it does in Jaeger. With Docker:
//!
//! ```text
//! docker compose up --wait
//! cargo run --example pgmq_worker
//! cargo run --example pgmq_orchestrator      # in another terminal: places orders and follows them
//! ```
//!
//! Without Docker, `scripts/with-servers` starts both, and prints the variables that lead there, to be copied into the other
//! terminals.
//!
//! Kill it (`kill -9`) in the middle of a step, such as the payment of `pgmq_orchestrator/hanging_order.json`: once the message's visibility timeout has passed, another worker takes the
//! step up as its next attempt, and records what became of this one. The spans that it had not exported yet are lost with
//! it: those of the last `OTEL_BSP_SCHEDULE_DELAY` milliseconds, 5000 by default.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tasker_span_demo::orders::{handlers, workflows};
use tasker_span_demo::program::{self, Arguments, Program, ProgramResult, UsageError};
use tasker_span_demo::tasker::postgres::{PgStore, PgmqQueue, install};
use tasker_span_demo::tasker::{TaskInitializer, TaskTemplateRegistry, Worker};
use tokio::task::JoinSet;

const PROGRAM: Program = Program {
    name: "pgmq_worker",
    service_name: "tasker-worker",
    usage: "\
Executes the steps of the shop's orders, until Ctrl-C or SIGTERM.

usage: pgmq_worker [NAMESPACE…] [--visibility-timeout SECONDS]

  NAMESPACE…                     whose steps; all by default
  --visibility-timeout SECONDS   how long a step lasts that this worker holds when it dies; 30 by default

environment:
  DATABASE_URL                   postgres://postgres:postgres@localhost:5432/postgres by default
  OTEL_EXPORTER_OTLP_ENDPOINT    http://localhost:4317 by default, and all other OTEL_… variables
  RUST_LOG                       warn by default",
};

/// How many steps of one namespace run at the same time.
const CONCURRENCY: usize = 2;

struct Options {
    namespaces: Vec<String>,
    visibility_timeout: Duration,
}

fn main() -> ExitCode {
    PROGRAM.run(parse, |options, _| work(options))
}

fn parse(mut arguments: Arguments) -> Result<Options, UsageError> {
    let visibility_timeout = arguments.seconds("--visibility-timeout", Duration::from_secs(30))?;
    Ok(Options {
        visibility_timeout,
        namespaces: arguments.rest()?,
    })
}

async fn work(options: Options) -> ProgramResult {
    let templates = Arc::new(workflows()?);
    let namespaces = namespaces(&templates, options.namespaces)?;
    let pool = program::connect(PROGRAM.name).await?;
    install(&pool, &templates).await?;

    let store = Arc::new(PgStore::new(pool.clone()));
    let queue = Arc::new(PgmqQueue::new(pool, options.visibility_timeout).await);
    let initializer = TaskInitializer::new(templates, Arc::clone(&store));
    let handlers = Arc::new(handlers(Arc::new(initializer)));
    let mut workers = JoinSet::new();
    for namespace in namespaces
        .iter()
        .flat_map(|name| std::iter::repeat_n(name, CONCURRENCY))
    {
        let worker = Worker::new(namespace, Arc::clone(&store), Arc::clone(&queue), Arc::clone(&handlers));
        workers.spawn(worker.run());
    }
    println!(
        "worker ready: process {}, namespaces {}",
        std::process::id(),
        namespaces.join(", ")
    );
    program::until_stopped(&queue, workers, std::future::pending::<ProgramResult>()).await?;
    Ok(())
}

/// The namespaces that were asked for, if there are such.
fn namespaces(templates: &TaskTemplateRegistry, asked: Vec<String>) -> Result<Vec<String>, UsageError> {
    let all = templates.namespaces().map(str::to_owned).collect::<Vec<_>>();
    if let Some(unknown) = asked.iter().find(|name| !all.contains(name)) {
        let message = format!("no workflow is in namespace `{unknown}`, but in {}", all.join(", "));
        return Err(UsageError::new(message));
    }
    Ok(if asked.is_empty() { all } else { asked })
}
