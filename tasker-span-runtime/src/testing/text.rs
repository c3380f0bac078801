//! `TreeText`: trees of spans for people, with times, attempts and failures in columns. For
//! assertions there is `outline`.

use std::fmt;
use std::io::IsTerminal;

use terminal_size::{Width, terminal_size_of};

use super::columns::Columns;
use super::{Spans, Tree, rows};

/// A narrower tree is not readable.
const MIN_WIDTH: usize = 60;
/// The width of a terminal that does not tell it.
const TERMINAL_WIDTH: usize = 120;
/// The number of drawn levels. Deeper lines leave out the outer levels.
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

    /// Adapts the text to the standard output. A terminal gets colours, unless `NO_COLOR` is set,
    /// and lines of its own width, or that of `COLUMNS`. Other outputs keep the [`width`](Self::width)
    /// that was set before.
    pub fn for_stdout(self) -> Self {
        if !std::io::stdout().is_terminal() {
            return self;
        }
        let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        let terminal = || terminal_size_of(std::io::stdout()).map(|(Width(columns), _)| columns.into());
        let text = self.width(columns.or_else(terminal).unwrap_or(TERMINAL_WIDTH));
        if is_set("NO_COLOR") { text } else { text.coloured() }
    }

    /// Adds ANSI colours.
    pub fn coloured(mut self) -> Self {
        self.colour = true;
        self
    }

    /// The width of a line in columns, at least 60. Longer parts are cut and end in `…`.
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
