//! `--follow`: traces while their tasks run.

use std::io::{IsTerminal, stdout};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use tasker_span_runtime::identity;
use tasker_span_runtime::testing::Tree;

use super::{Arguments, note_cut};
use crate::output::{Outcome, Result, count, is_unread, note, print};
use crate::source::{Source, Traces};

const INTERVAL: Duration = Duration::from_secs(1);
/// Processes export every five seconds, so spans of others may arrive after the root.
const QUIET: Duration = Duration::from_secs(7);
/// Clears a terminal, and leaves what was scrolled away.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";

/// Until each task has its root, and no span has arrived for a while.
pub(super) fn run(arguments: &Arguments, source: &Source) -> Result {
    let waiting = spinner();
    let mut shown: Option<usize> = None;
    let mut changed = Instant::now();
    let mut has_failed = false;
    loop {
        match arguments.load(source) {
            Ok(traces) => {
                has_failed = false;
                if !traces.spans.is_empty() && shown != Some(traces.spans.len()) {
                    waiting.suspend(|| show(arguments, source, &traces, shown.is_none()))?;
                    if is_unread() {
                        return Ok(Outcome::Clean);
                    }
                    (shown, changed) = (Some(traces.spans.len()), Instant::now());
                }
                if shown.is_some() && is_ended(&traces) && changed.elapsed() >= QUIET {
                    waiting.finish_and_clear();
                    note_cut(&traces);
                    return Ok(Outcome::Clean);
                }
                waiting.set_message(message(&traces));
            }
            // The first one is the user's mistake. Later ones may pass.
            Err(error) if shown.is_none() => return Err(error),
            Err(error) => {
                if !std::mem::replace(&mut has_failed, true) {
                    waiting.suspend(|| note(format_args!("{error}; asking again")));
                }
            }
        }
        thread::sleep(INTERVAL);
    }
}

/// In a terminal in place of what is there, elsewhere after it.
fn show(arguments: &Arguments, source: &Source, traces: &Traces, is_first: bool) -> Result<()> {
    if !arguments.json {
        if stdout().is_terminal() {
            print(CLEAR)?;
        } else if !is_first {
            print("\n")?;
        }
    }
    arguments.print(source, traces)
}

/// Whether each task has its root, which is emitted when it has ended. Traces of requests have none.
fn is_ended(traces: &Traces) -> bool {
    let is_of_task = |tree: &Tree| {
        let tasks = tree.walk().filter_map(|(_, span)| span.uuid("task_uuid"));
        let mut traces = tasks.map(identity::trace_id);
        traces.any(|id| id == tree.trace_id())
    };
    let has_root = |tree: &Tree| {
        let mut spans = tree.walk().map(|(_, span)| span);
        spans.any(|span| span.name() == "task.orchestration" && span.parent_span_id().is_none())
    };
    let mut tasks = traces.spans.trees().into_iter().filter(is_of_task).peekable();
    tasks.peek().is_some() && tasks.all(|tree| has_root(&tree))
}

fn message(traces: &Traces) -> String {
    match traces.spans.len() {
        0 => "no span has arrived".to_owned(),
        spans if is_ended(traces) => format!("{}; the task has ended", count(spans, "span")),
        spans => format!("{}; the task runs", count(spans, "span")),
    }
}

/// On standard error, if that is a terminal.
fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}
