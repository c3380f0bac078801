//! Escapes in formats of others, for what [`printable`] escapes in text: it would steer a terminal, or reorder or hide text.

use std::fmt::Write;

use tasker_span_runtime::testing::printable;

/// Whether a character needs no escape.
pub(crate) fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        _ if c.is_ascii() => false,
        _ => printable(c.encode_utf8(&mut [0; 4])).len() == c.len_utf8(),
    }
}

/// JSON of the same value. Outside of its strings, JSON has no such character but line breaks, and in them none below U+0020.
pub(crate) fn json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for c in json.chars() {
        if c < ' ' || is_printable(c) {
            escaped.push(c);
            continue;
        }
        for unit in c.encode_utf16(&mut [0; 2]) {
            // Writing to a `String` cannot fail.
            let _ = write!(escaped, "\\u{unit:04x}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn json_has_the_same_value_and_steers_no_terminal() {
        let value = Value::from("ü\u{202e}\u{9b}31m\u{7f}\u{e0041}👍\n\u{1b}");
        let escaped = json(&value.to_string());
        assert_eq!(escaped, "\"ü\\u202e\\u009b31m\\u007f\\udb40\\udc41👍\\n\\u001b\"");
        assert_eq!(escaped.parse::<Value>().unwrap(), value);
        assert_eq!(json("{\n  \"a\": 1\n}"), "{\n  \"a\": 1\n}");
    }
}
