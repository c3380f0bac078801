//! `tasker-span id`: the derived ids of a task and a step, and the address of the trace.

use std::fmt::Write;

use clap::Args;
use serde::Serialize;
use tasker_span_runtime::Uuid;
use tasker_span_runtime::identity::{self, Execution};

use crate::jaeger;
use crate::output::{Outcome, Result, print, print_json};

/// Prints the derived ids of a task and of the execution of a step, and the address of the trace.
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("subject").required(true).multiple(true).args(["task", "step"])))]
pub(crate) struct Arguments {
    /// The UUID of a task: its trace id and the span id of its root.
    #[arg(long, value_name = "UUID", value_parser = uuid)]
    task: Option<Uuid>,
    /// The UUID of a step: the span id of its execution.
    #[arg(long, value_name = "UUID", value_parser = uuid)]
    step: Option<Uuid>,
    /// The attempt at the step; 1 is the first.
    #[arg(long, value_name = "N", requires = "step", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    attempt: u32,
    /// How often the step was reset.
    #[arg(long, value_name = "N", requires = "step", default_value_t = 0)]
    generation: u32,
    /// Which execution of the attempt, after checkpoints; 1 is the first.
    #[arg(long, value_name = "N", requires = "step", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    continuation: u32,
    #[command(flatten)]
    jaeger: jaeger::Address,
    /// The address of a trace, with the placeholders `{trace_id}` and `{task_uuid}`, for another backend than Jaeger.
    #[arg(long, value_name = "TEMPLATE")]
    url_template: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// In the message about what is no UUID.
const EXAMPLE: &str = "01a2076d-502b-763c-b3ba-3713d1c0cc58";

#[derive(Serialize)]
struct Ids {
    #[serde(skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root_span_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_span_id: Option<String>,
    /// The randomness that decides whether the step is sampled.
    #[serde(skip_serializing_if = "Option::is_none")]
    step_randomness: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

pub(crate) fn run(arguments: &Arguments) -> Result {
    let execution = Execution::new(arguments.attempt)
        .generation(arguments.generation)
        .continuation(arguments.continuation);
    let (task, step) = (arguments.task, arguments.step);
    let template = arguments.url_template.clone();
    let template = template.unwrap_or_else(|| format!("{}/trace/{{trace_id}}", arguments.jaeger));
    let ids = Ids {
        trace_id: task.map(|task| identity::trace_id(task).to_string()),
        root_span_id: task.map(|task| identity::root_span_id(task).to_string()),
        execution_span_id: step.map(|step| execution.span_id(step).to_string()),
        step_randomness: step.map(|step| format!("{:014x}", identity::step_randomness(step))),
        url: task.map(|task| identity::trace_url(&template, task)),
    };
    if arguments.json {
        print_json(&ids)?;
    } else {
        print(&text(&ids))?;
    }
    Ok(Outcome::Clean)
}

fn text(ids: &Ids) -> String {
    let mut text = String::new();
    for (name, id) in [
        ("trace id", &ids.trace_id),
        ("root's span id", &ids.root_span_id),
        ("execution's span id", &ids.execution_span_id),
        ("step's randomness", &ids.step_randomness),
        ("trace", &ids.url),
    ] {
        if let Some(id) = id {
            // Writing to a `String` cannot fail.
            let _ = writeln!(text, "{name:<21}{id}");
        }
    }
    text
}

fn uuid(text: &str) -> std::result::Result<Uuid, String> {
    match Uuid::try_parse(text) {
        Ok(id) if id.is_nil() => Err("the nil UUID is the id of nothing".to_owned()),
        Ok(id) => Ok(id),
        Err(_) => Err(format!("expected a UUID, such as {EXAMPLE}")),
    }
}
