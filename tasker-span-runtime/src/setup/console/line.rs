//! `Line`: a line of `fmt`'s text formats, and the position of spans in it. The JSON format is
//! completed in `json`.

use std::fmt;

/// A line that another format writes.
///
/// The format writes the names of spans and the target as they are, so they are recognised by their
/// address: a message or a field may have the same letters. A message may even be the same text,
/// but only a target and a span are followed by a separate colon or brace.
pub(super) struct Line<'a> {
    text: String,
    /// The text at the position.
    landmark: &'a str,
    /// The position, if the next text confirms it.
    candidate: Option<usize>,
    position: Option<usize>,
}

impl<'a> Line<'a> {
    /// A line that begins with this span. The target follows all spans.
    pub(super) fn new(outermost: Option<&'static str>, target: &'a str) -> Self {
        Self {
            text: String::new(),
            landmark: outermost.unwrap_or(target),
            candidate: None,
            position: None,
        }
    }

    /// The texts before and after the position. It follows the level if neither spans nor a target
    /// are shown.
    pub(super) fn split(&self, level: &str) -> (&str, &str) {
        self.text.split_at(self.position.unwrap_or_else(|| self.after(level)))
    }

    fn after(&self, level: &str) -> usize {
        let Some(start) = self.text.find(level) else { return 0 };
        let end = start + level.len();
        self.text[end..].find(' ').map_or(end, |blank| end + blank + 1)
    }

    /// The end of the text so far, without a colour that has just begun.
    fn end(&self) -> usize {
        let text = &self.text;
        let style = text
            .rfind('\x1b')
            .filter(|start| text[*start..].find('m') == Some(text.len() - start - 1));
        style.unwrap_or(text.len())
    }

    fn pass(&mut self, text: &str) {
        let is_style = text.starts_with('\x1b');
        if let Some(candidate) = self.candidate.filter(|_| !is_style && !text.is_empty()) {
            self.candidate = None;
            if matches!(text, ":" | "{") {
                self.position = Some(candidate);
                return;
            }
        }
        if std::ptr::eq(self.landmark, text) {
            self.candidate = Some(self.end());
        }
    }
}

impl fmt::Write for Line<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.position.is_none() {
            self.pass(text);
        }
        self.text.push_str(text);
        Ok(())
    }
}
