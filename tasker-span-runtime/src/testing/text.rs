//! `TreeText`: trees of spans for people, with times, attempts and failures in columns. For
//! assertions there is `outline`.

use std::fmt;
use std::io::{self, ErrorKind, Write};

use super::columns::Columns;
use super::{Spans, Tree, rows, terminal};

/// A narrower tree is not readable.
const MIN_WIDTH: usize = 60;
/// The number of drawn levels. Deeper lines leave out the outer levels.
const MAX_LEVELS: usize = 24;

/// Spans as trees for a terminal: start, duration, attempts and failures, aligned.
///
/// Columns are those of a terminal: a character of Chinese, Japanese or Korean, or an emoji, has two.
/// Characters that would break a line, steer the terminal, or reorder or hide text are escaped, as
/// `\u{202e}`. The type of an error is left out if it only says that the error is a text, as `String`
/// and `Box<dyn Error>` do.
///
/// Of 13 or more like siblings the first three are shown, and one line for the others: `… 997 more like
/// step.execution  charge_payment (2.10–3.40 ms)`. Siblings are alike if their lines differ in numbers
/// alone, apart from their attempts. Failed and cancelled spans, spans with a violation, and their
/// ancestors are always shown. [`all`](Self::all) shows every span.
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
    folded: bool,
    links: bool,
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
            folded: true,
            links: false,
        }
    }

    /// Adapts the text to the standard output: its [width](Self::stdout_width), and its colours. A
    /// terminal has colours, unless `NO_COLOR`, `CLICOLOR=0` or `TERM=dumb` is set. Other outputs have
    /// none, unless `CLICOLOR_FORCE` is set.
    pub fn for_stdout(self) -> Self {
        let text = self.width(Self::stdout_width());
        Self {
            colour: terminal::has_colours(),
            ..text
        }
    }

    /// The width of the standard output in columns: the exported `COLUMNS`, or else that of the
    /// terminal, or else 100, as in a pipe.
    pub fn stdout_width() -> usize {
        terminal::width()
    }

    /// Adds ANSI colours.
    pub fn coloured(mut self) -> Self {
        self.colour = true;
        self
    }

    /// The width of a line in columns of a terminal, at least 60. Longer parts are cut and end in `…`.
    pub fn width(mut self, width: usize) -> Self {
        self.width = Some(width.max(MIN_WIDTH));
        self
    }

    /// Shows every span, however many are alike.
    pub fn all(mut self) -> Self {
        self.folded = false;
        self
    }

    /// Shows the links of each span: the name of the linked span, with what tells it from its siblings, or the trace of a span
    /// that was not captured.
    pub fn links(mut self) -> Self {
        self.links = true;
        self
    }

    /// Prints the text [for the standard output](Self::for_stdout), unless [`width`](Self::width) or
    /// [`coloured`](Self::coloured) say otherwise. A reader that has gone, as in `| head`, is no error. A
    /// test writes `print!("{text}")`, whose output is shown if the test fails.
    ///
    /// # Errors
    ///
    /// If the standard output cannot be written to.
    pub fn print(self) -> io::Result<()> {
        let (width, colour) = (self.width, self.colour);
        let mut text = self.for_stdout();
        text.width = width.or(text.width);
        text.colour |= colour;
        let mut stdout = io::stdout().lock();
        let written = stdout.write_all(text.render().as_bytes());
        match written.and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// The text, each line ended by a line feed.
    pub fn render(&self) -> String {
        self.to_string()
    }

    fn write_tree(&self, f: &mut fmt::Formatter<'_>, tree: &Tree) -> fmt::Result {
        let levels = self.width.map_or(MAX_LEVELS, |width| MAX_LEVELS.min(width / 12));
        let mut lines = rows::lines(tree, levels, self.folded, self.links);
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
