//! Executes the steps of the shop's orders: one of several workers.
//!
//! It needs `PostgreSQL` and exports to Jaeger:
//!
//! ```text
//! docker compose up --wait
//! cargo run --example pgmq_worker
//! cargo run --example pgmq_orchestrator      # in another terminal
//! ```
//!
//! Without Docker, `scripts/with-servers` starts both and prints the variables for the other
//! terminals.
//!
//! Kill it (`kill -9`) during a step, e.g. the payment of `pgmq_orchestrator/hanging_order.json`.
//! After the message's visibility timeout, another worker executes the next attempt and records the
//! lost one. The spans of the last `OTEL_BSP_SCHEDULE_DELAY` milliseconds (5000 by default) are
//! lost with the process.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lexopt::Parser;
use lexopt::prelude::*;
use tasker_span_demo::orders::{handlers, workflows};
use tasker_span_demo::program::{self, Program, ProgramResult};
use tasker_span_demo::tasker::postgres::{PgStore, PgmqQueue, install};
use tasker_span_demo::tasker::{TaskInitializer, TaskTemplateRegistry, Worker};
use tokio::task::JoinSet;

const PROGRAM: Program = Program {
    name: "pgmq_worker",
    service_name: "tasker-worker",
    usage: "\
Executes the steps of the shop's orders, until Ctrl-C or SIGTERM.

usage: pgmq_worker [NAMESPACE…] [--visibility-timeout SECONDS]

  NAMESPACE…                     the namespaces; all by default
  --visibility-timeout SECONDS   how long a step is hidden after this process is killed; 30 by default

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

fn parse(mut parser: Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        namespaces: Vec::new(),
        visibility_timeout: Duration::from_secs(30),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("visibility-timeout") => options.visibility_timeout = program::seconds(&mut parser)?,
            Value(namespace) => options.namespaces.push(namespace.string()?),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(options))
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
    program::print(format_args!(
        "worker ready: process {}, namespaces {}\n",
        std::process::id(),
        namespaces.join(", ")
    ))?;
    program::until_stopped(&queue, workers, std::future::pending::<ProgramResult>()).await?;
    Ok(())
}

/// The requested namespaces, or all.
fn namespaces(templates: &TaskTemplateRegistry, requested: Vec<String>) -> Result<Vec<String>, String> {
    let all = templates.namespaces().map(str::to_owned).collect::<Vec<_>>();
    if let Some(unknown) = requested.iter().find(|name| !all.contains(name)) {
        return Err(format!("unknown namespace `{unknown}`: there are {}", all.join(", ")));
    }
    Ok(if requested.is_empty() { all } else { requested })
}
