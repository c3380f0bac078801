//! JSON that others write: what is absent, `null` or empty is the same. What is wrong with it may quote it.

use serde::{Deserialize, Deserializer};
use tasker_span_runtime::testing::printable;

/// Nothing, if there is `null`.
pub(crate) fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// What is wrong with a document, in one line of a bounded length.
pub(crate) fn problem(error: &serde_json::Error) -> String {
    const LONGEST: usize = 300;
    let text = error.to_string();
    let end = text.char_indices().nth(LONGEST).map(|(end, _)| end);
    let Some(end) = end else {
        return printable(&text).into_owned();
    };
    // A value, which was a document before, has no lines.
    let place = match error.line() {
        0 => String::new(),
        line => format!(" at line {line} column {}", error.column()),
    };
    format!("{}…{place}", printable(&text[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    enum Kind {
        #[serde(rename = "CHILD_OF")]
        _ChildOf,
    }

    #[test]
    fn a_problem_is_a_line_that_steers_no_terminal() {
        let of = |text: &str| problem(&serde_json::from_str::<Kind>(text).unwrap_err());
        let expected = "unknown variant `a\\n\\u{202e}\\u{7f}b`, expected `CHILD_OF` at line 1 column 15";
        assert_eq!(of("\"a\\n\u{202e}\\u007fb\""), expected);
        let long = of(&format!("\"{}\"", "x".repeat(10_000)));
        assert!(
            long.ends_with("xxx… at line 1 column 10002") && long.len() < 400,
            "{long}"
        );
    }
}
