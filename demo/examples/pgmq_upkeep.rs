//! What an operator does with the shop's tasks: the database moves them, and this process records their transitions.
//!
//! ```text
//! cargo run --example pgmq_upkeep -- stale 3600         # moves tasks without progress for an hour to the state error
//! cargo run --example pgmq_upkeep -- dead-letters       # lists them
//! cargo run --example pgmq_upkeep -- resolve TASK_UUID
//! cargo run --example pgmq_upkeep -- cancel TASK_UUID
//! ```

use std::process::ExitCode;
use std::time::Duration;

use lexopt::Parser;
use lexopt::prelude::*;
use tasker_span_cli::jaeger::jaeger_url;
use tasker_span_demo::orders::workflows;
use tasker_span_demo::program::{self, Program, ProgramResult, Progress};
use tasker_span_demo::tasker::postgres::{PgStore, install};
use tasker_span_runtime::identity;
use uuid::Uuid;

const PROGRAM: Program = Program {
    name: "pgmq_upkeep",
    service_name: "tasker-upkeep",
    usage: "\
Moves tasks in the database, and prints where their traces are.

usage: pgmq_upkeep stale SECONDS | dead-letters | resolve TASK_UUID | cancel TASK_UUID

  stale SECONDS       moves tasks that have been in one state for longer to the state error
  dead-letters        lists these tasks
  resolve TASK_UUID   closes a task that has failed
  cancel TASK_UUID    cancels a task that has not ended

environment:
  DATABASE_URL                   postgres://postgres:postgres@localhost:5432/postgres by default
  OTEL_EXPORTER_OTLP_ENDPOINT    http://localhost:4317 by default, and all other OTEL_… variables
  TASKER_SPAN_JAEGER_URL         the address in links to Jaeger, http://localhost:16686 by default",
};

enum Action {
    Stale(Duration),
    DeadLetters,
    Resolve(Uuid),
    Cancel(Uuid),
}

fn main() -> ExitCode {
    PROGRAM.run(parse, act)
}

fn parse(mut parser: Parser) -> Result<Option<Action>, lexopt::Error> {
    let action = match parser.next()? {
        Some(Short('h') | Long("help")) => return Ok(None),
        Some(Value(action)) => match action.string()?.as_str() {
            "stale" => Action::Stale(program::seconds(&mut parser)?),
            "dead-letters" => Action::DeadLetters,
            "resolve" => Action::Resolve(parser.value()?.parse()?),
            "cancel" => Action::Cancel(parser.value()?.parse()?),
            other => return Err(format!("there is no action `{other}`").into()),
        },
        Some(argument) => return Err(argument.unexpected()),
        None => return Err("an action is missing".into()),
    };
    match parser.next()? {
        Some(argument) => Err(argument.unexpected()),
        None => Ok(Some(action)),
    }
}

async fn act(action: Action, _: Progress) -> ProgramResult {
    let pool = program::connect(PROGRAM.name).await?;
    install(&pool, &workflows()?).await?;
    let store = PgStore::new(pool);
    let moved = match action {
        Action::Stale(longest) => store.detect_stale_tasks(longest).await?,
        Action::DeadLetters => store.dead_letters().await?,
        Action::Resolve(task) => store.resolve_manually(task).await?,
        Action::Cancel(task) => store.cancel_now(task).await?,
    };
    program::print(format_args!("{} tasks\n", moved.len()))?;
    for task in moved {
        let (name, trace) = (&task.task.task_name, identity::trace_id(task.task.task_uuid));
        let moved = format_args!("{name}  {} → {} after {} min", task.from, task.to, task.minutes);
        program::print(format_args!("{moved}\n  trace   {}/trace/{trace}\n", jaeger_url()))?;
    }
    Ok(())
}
