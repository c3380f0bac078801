//! Text of a user or a file in our own output: it may break neither lines nor the terminal.

use std::borrow::Cow;

/// Whether no character needs to be escaped.
pub(crate) fn is_printable(text: &str) -> bool {
    !text.contains(is_escaped)
}

fn is_escaped(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Escapes characters that break lines, steer a terminal, or turn the direction of the text.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if is_printable(text) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::new();
    for c in text.chars() {
        if is_escaped(c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

#[cfg(test)]
mod tests {
    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(super::printable("a\nb\u{1b}[31m ü"), "a\\nb\\u{1b}[31m ü");
        assert_eq!(super::printable("a\u{2028}b\u{202e}"), "a\\u{2028}b\\u{202e}");
        assert_eq!(super::printable("a\u{2028}\u{202e}b"), "a\\u{2028}\\u{202e}b");
    }
}
