//! `Report`: the output of the example `order_fulfillment`.

use std::collections::HashSet;
use std::fmt;

use tasker_span_runtime::identity;
use tasker_span_runtime::testing::{CapturedSpan, Spans, TreeText};

use super::Processed;

/// As of [`TreeText`].
const MIN_WIDTH: usize = 60;
/// A table with a line for each task is as wide.
const TABLE_WIDTH: usize = 95;

/// The tree of each task, and a table of all tasks.
#[derive(Clone, Debug)]
pub struct Report<'a> {
    processed: &'a [Processed],
    spans: &'a Spans,
    jaeger: &'a str,
    width: usize,
}

impl<'a> Report<'a> {
    /// A report on these tasks and their spans, for the standard output. `jaeger` is the base URL of Jaeger's pages.
    pub fn new(processed: &'a [Processed], spans: &'a Spans, jaeger: &'a str) -> Self {
        Self {
            processed,
            spans,
            jaeger,
            width: 0,
        }
        .width(TreeText::stdout_width())
    }

    /// The maximum length of a line, at least 60. URLs are not cut.
    #[must_use]
    pub fn width(self, width: usize) -> Self {
        let width = width.max(MIN_WIDTH);
        Self { width, ..self }
    }

    fn write_task(&self, f: &mut fmt::Formatter<'_>, done: &Processed) -> fmt::Result {
        let (task, width) = (&done.task, self.width);
        let [start, end] = [format!("━━ {} ━━ ", self.name(done)), format!(" ━━ {} ", done.state)];
        let room = width.saturating_sub(start.chars().count() + end.chars().count());
        let title = format!("{start}{}{end}", cut(done.workflow(), room));
        writeln!(f, "{title:━<width$}\n")?;
        writeln!(f, "search  correlation_id={}", task.correlation_id)?;
        if let Some(parent) = task.parent_correlation_id {
            let line = format!("        parent_correlation_id={parent}");
            let line = if line.len() > width { line.trim_start() } else { &line };
            writeln!(f, "{line}")?;
        }
        writeln!(
            f,
            "trace   {}\n",
            identity::trace_url(&format!("{}/trace/", self.jaeger), task.task_uuid)
        )?;
        let tree = self.spans.tree_of(task.task_uuid);
        writeln!(f, "{}", TreeText::of([tree]).for_stdout().width(width))
    }

    fn write_row(&self, f: &mut fmt::Formatter<'_>, done: &Processed) -> fmt::Result {
        let trace = self.spans.of_task(done.task.task_uuid);
        let time = trace.tree_of(done.task.task_uuid).root().map(CapturedSpan::duration);
        let attempts = trace.named("step.execution");
        let steps = attempts.iter().filter_map(|span| span.uuid("step_uuid"));
        let figures = [
            done.state.as_str().to_owned(),
            steps.collect::<HashSet<_>>().len().to_string(),
            attempts.len().to_string(),
            attempts.filter(CapturedSpan::is_error).len().to_string(),
            format!("{:.1?}", time.unwrap_or_default()),
        ];
        self.write_columns(f, &self.name(done), &done.workflow(), &figures)
    }

    /// A line of the table, or two if the width has no room for it.
    fn write_columns(
        &self,
        f: &mut fmt::Formatter<'_>,
        name: &str,
        workflow: &str,
        [state, steps, attempts, failed, time]: &[String; 5],
    ) -> fmt::Result {
        let figures = format!("{state:<9}  {steps:>5}  {attempts:>8}  {failed:>6}  {time:>9}");
        if self.width < TABLE_WIDTH {
            writeln!(f, "{name:<19}  {workflow}\n  {figures}")
        } else {
            writeln!(f, "{name:<19}  {workflow:<27}  {figures}")
        }
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
        let width = self.width;
        self.processed.iter().try_for_each(|done| self.write_task(f, done))?;
        writeln!(f, "{:━<width$}\n", "━━ summary ")?;
        let titles = ["state", "steps", "attempts", "failed", "time"].map(str::to_owned);
        self.write_columns(f, "", "workflow", &titles)?;
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

/// A `…` marks the cut.
fn cut(mut text: String, width: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(width) {
        let end = text[..end].char_indices().next_back().map_or(0, |(last, _)| last);
        text.truncate(end);
        text.push('…');
    }
    text
}

impl Processed {
    /// `fulfillment/process_order`
    fn workflow(&self) -> String {
        format!("{}/{}", self.task.namespace_name, self.task.task_name)
    }
}
