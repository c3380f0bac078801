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

    /// The texts before and after the position. If neither spans nor a target are shown, it follows
    /// these texts.
    pub(super) fn split(&self, texts: impl FnOnce() -> Vec<String>) -> (&str, &str) {
        self.text
            .split_at(self.position.unwrap_or_else(|| self.after(&texts())))
    }

    fn after(&self, texts: &[String]) -> usize {
        let ends = texts.iter().try_fold(0, |end, text| {
            let start = end + self.text[end..].find(&**text)?;
            Some(start + text.len())
        });
        let Some(end) = ends.filter(|end| *end > 0) else {
            return 0;
        };
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
