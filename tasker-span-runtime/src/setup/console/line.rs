//! Where the scopes belong in a line that is made by somebody else's format.

use std::fmt;

/// A line, and the place in it where the names of dropped scopes stand.
///
/// A format writes the names of spans and the target as they are, so the place is known by where the text is in memory: a
/// message or a field may have the same letters. It may even be the same text, but then no colon follows that is written by
/// itself, nor a brace, as they follow a target and a span.
pub(super) struct Line<'a> {
    text: String,
    /// What is next to the place.
    landmark: &'a str,
    /// How often that text is written before, as the name of other spans.
    before: usize,
    /// The landmark is the last span around the scopes, and the place is before the blank behind all spans.
    is_before_blank: bool,
    has_passed: bool,
    /// The place, if the next text says so.
    candidate: Option<usize>,
    place: Option<usize>,
}

impl<'a> Line<'a> {
    /// Of these spans `outer` are around the scopes; the target follows them all.
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
            place: None,
        }
    }

    /// What is before the place and what is behind it; where neither spans nor a target are shown, it is behind the level.
    pub(super) fn split(&self, level: &str) -> (&str, &str) {
        self.text.split_at(self.place.unwrap_or_else(|| self.behind(level)))
    }

    fn behind(&self, level: &str) -> usize {
        let Some(start) = self.text.find(level) else { return 0 };
        let end = start + level.len();
        self.text[end..].find(' ').map_or(end, |blank| end + blank + 1)
    }

    /// The end of the text so far, but for a colour that has just begun.
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
                self.place = Some(candidate);
                return;
            }
        }
        if self.has_passed {
            if text == " " {
                self.place = Some(self.text.len());
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
        if self.place.is_none() {
            self.pass(text);
        }
        self.text.push_str(text);
        Ok(())
    }
}
