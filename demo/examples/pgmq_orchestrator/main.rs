//! Places the shop's orders, orchestrates their tasks, and says where their traces are.
//!
//! It needs `PostgreSQL`, and shows what it does in Jaeger. With Docker:
//!
//! ```text
//! docker compose up --wait
//! cargo run --example pgmq_worker            # as many as you like, each in a terminal of its own
//! cargo run --example pgmq_orchestrator      # the orders of order_fulfillment; or: -- orders.json
//! ```
//!
//! Without Docker, `scripts/with-servers` starts both, and prints the variables that lead there, to be copied into the other
//! terminals.
//!
//! Several orchestrators share the work; with `--no-orders` one only orchestrates, until it is stopped. Kill one
//! (`kill -9`) in the middle of a task: another one, or this one started again, goes on with it.

mod follow;
mod orders;
mod summary;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tasker_span_demo::orders::workflows;
use tasker_span_demo::program::{self, Arguments, Program, ProgramResult, Progress, UsageError};
use tasker_span_demo::tasker::postgres::{PgStore, PgmqQueue, install};
use tasker_span_demo::tasker::{Orchestrator, TaskInitializer};
use tokio::task::JoinSet;

use follow::follow;
use orders::{Source, place};
use summary::Summary;

const PROGRAM: Program = Program {
    name: "pgmq_orchestrator",
    service_name: "tasker-orchestrator",
    usage: "\
Places the shop's orders, orchestrates their tasks, and says where their traces are.

usage: pgmq_orchestrator [ORDERS.json | --no-orders] [--visibility-timeout SECONDS]

  ORDERS.json                    the orders; those of the example order_fulfillment by default
  --no-orders                    place none, and orchestrate until Ctrl-C or SIGTERM
  --visibility-timeout SECONDS   how long a message lasts that this process holds when it dies; 30 by default

environment:
  DATABASE_URL                   postgres://postgres:postgres@localhost:5432/postgres by default
  OTEL_EXPORTER_OTLP_ENDPOINT    http://localhost:4317 by default, and all other OTEL_… variables
  TASKER_SPAN_JAEGER_URL         where links to Jaeger lead, http://localhost:16686 by default
  RUST_LOG                       warn by default",
};

/// How many messages are handled at the same time.
const CONCURRENCY: usize = 2;

struct Options {
    orders: Source,
    visibility_timeout: Duration,
}

fn main() -> ExitCode {
    PROGRAM.run(parse, orchestrate)
}

fn parse(mut arguments: Arguments) -> Result<Options, UsageError> {
    let visibility_timeout = arguments.seconds("--visibility-timeout", Duration::from_secs(30))?;
    let no_orders = arguments.flag(&["--no-orders"]);
    let orders = match (no_orders, &*arguments.rest()?) {
        (true, []) => Source::None,
        (false, []) => Source::Example,
        (false, [path]) => Source::File(path.into()),
        _ => return Err(UsageError::new("one file of orders at most, and none with --no-orders")),
    };
    Ok(Options {
        orders,
        visibility_timeout,
    })
}

async fn orchestrate(options: Options, progress: Progress) -> ProgramResult {
    let orders = options.orders.read()?;
    let templates = Arc::new(workflows()?);
    let pool = program::connect(PROGRAM.name).await?;
    install(&pool, &templates).await?;

    let store = Arc::new(PgStore::new(pool.clone()));
    let queue = Arc::new(PgmqQueue::new(pool, options.visibility_timeout).await);
    let mut orchestrators = JoinSet::new();
    for _ in 0..CONCURRENCY {
        orchestrators.spawn(Orchestrator::new(Arc::clone(&store), Arc::clone(&queue)).run());
    }
    println!(
        "orchestrator ready: process {}, tasks under way: {}",
        std::process::id(),
        store.under_way().await?
    );
    let Some(orders) = orders else {
        program::until_stopped(&queue, orchestrators, std::future::pending::<ProgramResult>()).await?;
        return Ok(());
    };
    let initializer = TaskInitializer::new(templates, Arc::clone(&store));
    let work = async {
        let placed = place(&initializer, orders, &progress).await?;
        let ended = follow(&store, &placed).await?;
        Ok((placed, ended))
    };
    if let Some((placed, ended)) = program::until_stopped(&queue, orchestrators, work).await? {
        print!("{}", Summary::new(&placed, &ended));
    }
    Ok(())
}
