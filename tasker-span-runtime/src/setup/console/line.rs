//! `Line`: a line of `fmt`'s text formats, and the position of local spans in it. The JSON
//! format is completed in `json`.

use std::fmt;

/// A line that another format writes.
///
/// The format writes the names of spans and the target as they are, so they are recognised by their
/// address: a message or a field may have the same letters. A message may even be the same text,
/// but only a target and a span are followed by a separate colon or brace.
pub(super) struct Line<'a> {
    text: String,
    /// The text next to the position.
    landmark: &'a str,
    /// How often that text occurs before, as the name of other spans.
    before: usize,
    /// The landmark is the last span, and the position is before the blank that follows all spans.
    is_before_blank: bool,
    has_passed: bool,
    /// The position, if the next text confirms it.
    candidate: Option<usize>,
    position: Option<usize>,
}

impl<'a> Line<'a> {
    /// The first `outer` of these spans enclose the local ones. The target follows all spans.
    pub(super) fn new(spans: &[&'static str], outer: usize, target: &'a str) -> Self {
        let is_before_blank = outer > 0 && outer == spans.len();
        let index = if is_before_blank { outer - 1 } else { outer };
        let landmark = spans.get(index).copied().unwrap_or(target);
        let others = spans.iter().take(index);
        Self {
            text: String::new(),
            landmark,
            before: others.filter(|name| std::ptr::eq(**name, landmark)).count(),
            is_before_blank,
            has_passed: false,
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
        if self.has_passed {
            if text == " " {
                self.position = Some(self.text.len());
            }
        } else if std::ptr::eq(self.landmark, text) {
            match self.before.checked_sub(1) {
                Some(before) => self.before = before,
                None if self.is_before_blank => self.has_passed = true,
                None => self.candidate = Some(self.end()),
            }
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
