//! The name of a queue: its check, and its form in our own text.

use std::borrow::Cow;

use pgmq::PgmqError;

/// Checks a name as the `pgmq` crate does. The error shows it on one line, because a name may come from outside.
pub(crate) fn check(name: &str) -> Result<(), PgmqError> {
    pgmq::util::check_input(name).map_err(|error| match error {
        PgmqError::InvalidQueueName { name } => PgmqError::InvalidQueueName {
            name: printable(&name).into_owned(),
        },
        other => other,
    })
}

/// Escapes all but letters, digits and ASCII: no name breaks lines, steers a terminal, or reorders or hides text.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    let is_escaped = |c: char| !matches!(c, ' '..='~') && !c.is_alphanumeric();
    if !text.contains(is_escaped) {
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
    use super::*;

    #[test]
    fn a_refused_name_stays_on_its_line() {
        let error = check("q\n\u{1b}[2K\u{202e}ERROR 'x'").unwrap_err();
        let expected = "invalid queue name: 'q\\n\\u{1b}[2K\\u{202e}ERROR 'x''";
        assert_eq!(error.to_string(), expected);
        assert_eq!(printable("größe_支払い"), "größe_支払い");
        assert_eq!(printable("a\u{200b}b\u{feff}"), "a\\u{200b}b\\u{feff}");
    }
}
