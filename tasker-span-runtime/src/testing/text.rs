//! The text of a capture for people: a tree of each trace with times, attempts and failures in columns.

use std::fmt;
use std::io::IsTerminal;

use super::columns::Columns;
use super::{Spans, Tree, rows};

/// Narrower than this no tree is readable.
const MIN_WIDTH: usize = 60;
/// Where a terminal does not say how wide it is.
const TERMINAL_WIDTH: usize = 120;
/// How many levels are drawn at most; those further out are left out of the lines that stand deeper.
const MAX_LEVELS: usize = 24;

/// Spans as trees for a terminal: start, duration, attempts and failures, aligned.
///
/// ```
/// use tasker_span_runtime::testing::{Capture, TreeText};
/// use tracing::info_span;
///
/// let capture = Capture::start();
/// info_span!("order").in_scope(|| info_span!("charge", handler_name = "charge_payment").in_scope(|| {}));
///
/// let text = TreeText::new(&capture.spans()).width(80).render();
/// let mut lines = text.lines();
/// assert!(lines.next().unwrap().starts_with("order   "));
/// assert!(lines.next().unwrap().starts_with("└─ charge  charge_payment  "));
/// ```
#[derive(Clone, Debug)]
#[must_use = "call `render`, or print it"]
pub struct TreeText {
    trees: Vec<Tree>,
    colour: bool,
    width: Option<usize>,
}

impl TreeText {
    /// The selected spans, without colours and as wide as they are.
    pub fn new(spans: &Spans) -> Self {
        Self::of(spans.trees())
    }

    /// Trees, without colours and as wide as they are.
    pub fn of(trees: impl IntoIterator<Item = Tree>) -> Self {
        Self {
            trees: trees.into_iter().collect(),
            colour: false,
            width: None,
        }
    }

    /// Suits the standard output: a terminal gets colours, unless `NO_COLOR` is set, and lines no longer than `COLUMNS`.
    pub fn for_stdout(self) -> Self {
        if !std::io::stdout().is_terminal() {
            return self;
        }
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let text = self.width(columns.unwrap_or(TERMINAL_WIDTH));
        if is_set("NO_COLOR") { text } else { text.coloured() }
    }

    /// Adds ANSI colours.
    pub fn coloured(mut self) -> Self {
        self.colour = true;
        self
    }

    /// How many characters a line may have, 60 at least. What does not fit is cut and ends in `…`.
    pub fn width(mut self, width: usize) -> Self {
        self.width = Some(width.max(MIN_WIDTH));
        self
    }

    /// The text, each line ended by a line feed.
    pub fn render(&self) -> String {
        self.to_string()
    }

    fn write_tree(&self, f: &mut fmt::Formatter<'_>, tree: &Tree) -> fmt::Result {
        let levels = self.width.map_or(MAX_LEVELS, |width| MAX_LEVELS.min(width / 12));
        let mut lines = rows::lines(tree, levels);
        let columns = Columns::new(&lines, self.width);
        lines
            .iter_mut()
            .try_for_each(|line| columns.write(f, line, self.colour))
    }
}

impl fmt::Display for TreeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, tree) in self.trees.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            self.write_tree(f, tree)?;
        }
        Ok(())
    }
}
