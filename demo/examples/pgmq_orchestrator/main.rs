//! Places the shop's orders, orchestrates their tasks, and prints where their traces are.
//!
//! It needs `PostgreSQL` and exports to Jaeger:
//!
//! ```text
//! docker compose up --wait
//! cargo run --example pgmq_worker            # several, each in a terminal of its own
//! cargo run --example pgmq_orchestrator      # the orders of order_fulfillment; or: -- orders.json
//! ```
//!
//! Without Docker, `scripts/with-servers` starts both and prints the variables for the other
//! terminals.
//!
//! Several orchestrators share the work. If one is killed, another continues its tasks, or the same
//! one after a restart.

mod follow;
mod summary;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lexopt::Parser;
use lexopt::prelude::*;
use tasker_span_cli::jaeger::jaeger_url;
use tasker_span_demo::orders::{self, Order, read_orders, workflows};
use tasker_span_demo::program::{self, Program, ProgramResult, Progress};
use tasker_span_demo::tasker::postgres::{PgStore, PgmqQueue, install};
use tasker_span_demo::tasker::{Orchestrator, Task, TaskInitializer};
use tasker_span_runtime::identity;
use tokio::task::JoinSet;

use follow::follow;
use summary::Summary;

const PROGRAM: Program = Program {
    name: "pgmq_orchestrator",
    service_name: "tasker-orchestrator",
    usage: "\
Places the shop's orders, orchestrates their tasks, and prints where their traces are.

usage: pgmq_orchestrator [ORDERS.json | --no-orders] [--visibility-timeout SECONDS]

  ORDERS.json                    the orders; those of the example order_fulfillment by default
  --no-orders                    place no orders, and orchestrate until Ctrl-C or SIGTERM
  --visibility-timeout SECONDS   how long a message is hidden after this process is killed; 30 by default

environment:
  DATABASE_URL                   postgres://postgres:postgres@localhost:5432/postgres by default
  OTEL_EXPORTER_OTLP_ENDPOINT    http://localhost:4317 by default, and all other OTEL_… variables
  TASKER_SPAN_JAEGER_URL         the address in links to Jaeger, http://localhost:16686 by default
  RUST_LOG                       warn by default",
};

/// How many messages are handled at the same time.
const CONCURRENCY: usize = 2;

struct Options {
    places_orders: bool,
    path: Option<PathBuf>,
    visibility_timeout: Duration,
}

/// An order and its task.
struct Placed {
    order: Order,
    task: Task,
}

fn main() -> ExitCode {
    PROGRAM.run(parse, orchestrate)
}

fn parse(mut parser: Parser) -> Result<Option<Options>, lexopt::Error> {
    let mut options = Options {
        places_orders: true,
        path: None,
        visibility_timeout: Duration::from_secs(30),
    };
    while let Some(argument) = parser.next()? {
        match argument {
            Short('h') | Long("help") => return Ok(None),
            Long("visibility-timeout") => options.visibility_timeout = program::seconds(&mut parser)?,
            Long("no-orders") if options.path.is_none() => options.places_orders = false,
            Value(path) if options.places_orders && options.path.is_none() => options.path = Some(path.into()),
            _ => return Err(argument.unexpected()),
        }
    }
    Ok(Some(options))
}

async fn orchestrate(options: Options, progress: Progress) -> ProgramResult {
    let path = options.path.as_deref();
    let orders = options.places_orders.then(|| read_orders(path)).transpose()?;
    let templates = Arc::new(workflows()?);
    let pool = program::connect(PROGRAM.name).await?;
    install(&pool, &templates).await?;

    let store = Arc::new(PgStore::new(pool.clone()));
    let queue = Arc::new(PgmqQueue::new(pool, options.visibility_timeout).await);
    let mut orchestrators = JoinSet::new();
    for _ in 0..CONCURRENCY {
        orchestrators.spawn(Orchestrator::new(Arc::clone(&store), Arc::clone(&queue)).run());
    }
    program::print(format_args!(
        "orchestrator ready: process {}, tasks under way: {}\n",
        std::process::id(),
        store.under_way().await?
    ))?;
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
        program::print(Summary::new(&placed, &ended))?;
    }
    Ok(())
}

/// Places all orders, and prints where their traces are.
async fn place(
    initializer: &TaskInitializer<PgStore>,
    orders: Vec<Order>,
    progress: &Progress,
) -> Result<Vec<Placed>, Box<dyn Error>> {
    let jaeger = jaeger_url();
    let mut placed = Vec::new();
    for order in orders {
        let request = order.request()?;
        // Named first: an orchestrator may start the task at once.
        progress.name(request.correlation_id, format!("order {}", order.number));
        let task = orders::place(initializer, &order, request).await?;
        program::print(format_args!(
            "order {}  search  correlation_id={}\n            trace   {}\n",
            order.number,
            task.correlation_id,
            identity::trace_url(&format!("{jaeger}/trace/"), task.task_uuid)
        ))?;
        placed.push(Placed { order, task });
    }
    Ok(placed)
}
