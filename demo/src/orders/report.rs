//! `Report`: the output of the example `order_fulfillment`.

use std::collections::HashSet;
use std::fmt;

use tasker_span_runtime::identity;
use tasker_span_runtime::testing::{CapturedSpan, Spans, TreeText};

use super::Processed;

/// The maximum length of a line.
const WIDTH: usize = 100;

/// The tree of each task, and a table of all tasks.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    processed: &'a [Processed],
    spans: &'a Spans,
    jaeger: &'a str,
}

impl<'a> Report<'a> {
    /// A report on these tasks and their spans. `jaeger` is the base URL of Jaeger's pages.
    pub fn new(processed: &'a [Processed], spans: &'a Spans, jaeger: &'a str) -> Self {
        Self {
            processed,
            spans,
            jaeger,
        }
    }

    fn write_task(&self, f: &mut fmt::Formatter<'_>, done: &Processed) -> fmt::Result {
        let task = &done.task;
        let title = format!("━━ {} ━━ {} ━━ {} ", self.name(done), done.workflow(), done.state);
        writeln!(f, "{title:━<WIDTH$}\n")?;
        writeln!(f, "search  correlation_id={}", task.correlation_id)?;
        if let Some(parent) = task.parent_correlation_id {
            writeln!(f, "        parent_correlation_id={parent}")?;
        }
        writeln!(
            f,
            "trace   {}/trace/{}\n",
            self.jaeger,
            identity::trace_id(task.task_uuid)
        )?;
        let tree = self.spans.tree_of(task.task_uuid);
        writeln!(f, "{}", TreeText::of([tree]).for_stdout().width(WIDTH))
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, done: &Processed) -> fmt::Result {
        let trace = self.spans.of_task(done.task.task_uuid);
        let time = trace.tree_of(done.task.task_uuid).root().map(CapturedSpan::duration);
        let attempts = trace.named("step.execution");
        let steps = attempts.iter().filter_map(|span| span.uuid("step_uuid"));
        writeln!(
            f,
            "{:<19}  {:<27}  {:<9}  {:>5}  {:>8}  {:>6}  {:>9}",
            self.name(done),
            done.workflow(),
            done.state.as_str(),
            steps.collect::<HashSet<_>>().len(),
            attempts.len(),
            attempts.filter(CapturedSpan::is_error).len(),
            format!("{:.1?}", time.unwrap_or_default()),
        )
    }

    /// `order 1004`, or `child of order 1004` for its child task.
    fn name(&self, done: &Processed) -> String {
        if let Some(number) = &done.order {
            return format!("order {number}");
        }
        let parent = done.task.parent_correlation_id;
        let parent = self
            .processed
            .iter()
            .find(|other| Some(other.task.correlation_id) == parent);
        parent.map_or_else(
            || "child".to_owned(),
            |parent| format!("child of {}", self.name(parent)),
        )
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.processed.iter().try_for_each(|done| self.write_task(f, done))?;
        writeln!(f, "{:━<WIDTH$}\n", "━━ summary ")?;
        writeln!(
            f,
            "{:<19}  {:<27}  {:<9}  {:>5}  {:>8}  {:>6}  {:>9}",
            "", "workflow", "state", "steps", "attempts", "failed", "time"
        )?;
        self.processed.iter().try_for_each(|done| self.write_row(f, done))?;
        let problems = self.spans.check_complete();
        writeln!(
            f,
            "\n{} spans; the check against the catalogue found {} problems",
            self.spans.len(),
            problems.len()
        )?;
        problems.iter().try_for_each(|problem| writeln!(f, "  {problem}"))
    }
}

impl Processed {
    /// `fulfillment/process_order`
    fn workflow(&self) -> String {
        format!("{}/{}", self.task.namespace_name, self.task.task_name)
    }
}
