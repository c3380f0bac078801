//! Text of a user or a file in our own output: it may break neither lines nor the terminal.

use std::borrow::Cow;

/// Whether no character needs to be escaped.
pub(crate) fn is_printable(text: &str) -> bool {
    chars(text).all(|(_, is_escaped)| !is_escaped)
}

/// Escapes characters that break lines, steer a terminal, or reorder or hide text, as `\u{202e}`: for text of a trace in the
/// output of a program. [`TreeText`](crate::testing::TreeText) does so itself.
///
/// ```
/// # #[cfg(feature = "testing")]
/// # fn main() {
/// use tasker_span_runtime::testing::printable;
///
/// assert_eq!(printable("größe\u{1b}[2J"), "größe\\u{1b}[2J");
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
#[cfg_attr(
    not(feature = "testing"),
    allow(unreachable_pub, reason = "exported by the test kit")
)]
pub fn printable(text: &str) -> Cow<'_, str> {
    if is_printable(text) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::new();
    for (c, is_escaped) in chars(text) {
        if is_escaped {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// The characters, and whether each is escaped.
fn chars(text: &str) -> impl Iterator<Item = (char, bool)> {
    let mut before = None;
    text.chars().map(move |c| {
        let before = before.replace(c);
        let is_of_emoji = c == '\u{fe0f}' && before.is_some_and(is_symbol);
        (c, is_invisible(c) && !is_of_emoji)
    })
}

/// Controls, separators of lines, and what Unicode calls default ignorable, which is zero width, and
/// some of which reorders other text. So emoji that are joined by one are shown one by one.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Symbols, of which the selector U+FE0F makes emoji: `⚠️`.
fn is_symbol(c: char) -> bool {
    matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}' | '\u{1f000}'..='\u{1faff}')
}

#[cfg(test)]
mod tests {
    use super::printable;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(printable("a\nb\u{1b}[31m ü"), "a\\nb\\u{1b}[31m ü");
        assert_eq!(printable("a\u{2028}b\u{202e}"), "a\\u{2028}b\\u{202e}");
        assert_eq!(printable("a\u{2028}\u{202e}b"), "a\\u{2028}\\u{202e}b");
    }

    #[test]
    fn characters_that_reorder_or_hide_text_are_escaped() {
        for c in [
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200f}',
            '\u{202a}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            assert_eq!(printable(&format!("a{c}b")), format!("a{}b", c.escape_default()));
        }
    }

    #[test]
    fn text_of_any_script_is_not_escaped() {
        for text in [
            "größe",
            "支払い",
            "नमस्ते",
            "e\u{301}",
            "שלום",
            "👍🏽 🇩🇪",
            "⚠\u{fe0f} ❤\u{fe0f}",
        ] {
            assert_eq!(printable(text), text);
        }
        assert_eq!(printable("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}\\u{fe0f}");
        assert_eq!(printable("👩\u{200d}💻"), "👩\\u{200d}💻");
    }
}
