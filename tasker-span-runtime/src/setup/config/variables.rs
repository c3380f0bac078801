//! `${NAME}` and `${NAME:-default}` inside a string, as the OpenTelemetry specification writes them (configuration data
//! model, environment variable substitution). What a variable holds is text: it cannot become TOML.

use std::borrow::Cow;

use crate::setup::env::Environment;

/// A string with its variables put in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded<'t> {
    pub(super) text: Cow<'t, str>,
    /// Whether there was a reference, so that the value may be a number or a flag.
    pub(super) refers: bool,
}

/// What is wrong, and the part of the string that it is about.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem<'t> {
    pub(super) reference: &'t str,
    /// Where that begins in the string.
    pub(super) offset: usize,
    pub(super) message: String,
}

/// Puts the variables in. `$$` is a dollar sign; a variable's own value is not looked into.
pub(super) fn expand<'t>(text: &'t str, env: Environment<'_>) -> Result<Expanded<'t>, Vec<Problem<'t>>> {
    if !text.contains('$') {
        return Ok(Expanded {
            text: Cow::Borrowed(text),
            refers: false,
        });
    }
    let (mut expanded, mut refers, mut problems) = (String::new(), false, Vec::new());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        if let Some(after) = rest.strip_prefix("$$") {
            expanded.push('$');
            rest = after;
        } else if let Some(inside) = rest.strip_prefix("${") {
            refers = true;
            let offset = text.len() - rest.len();
            let Some(end) = inside.find('}') else {
                let message = "has no end: expected `}`, or `$$` for a dollar sign".to_owned();
                problems.push(Problem {
                    reference: rest,
                    offset,
                    message,
                });
                rest = "";
                break;
            };
            let reference = &rest[..end + "${}".len()];
            match resolve(&inside[..end], env) {
                Ok(value) => expanded.push_str(&value),
                Err(message) => problems.push(Problem {
                    reference,
                    offset,
                    message,
                }),
            }
            rest = &rest[reference.len()..];
        } else {
            expanded.push('$');
            rest = &rest[1..];
        }
    }
    expanded.push_str(rest);
    if problems.is_empty() {
        Ok(Expanded {
            text: Cow::Owned(expanded),
            refers,
        })
    } else {
        Err(problems)
    }
}

fn resolve<'t>(inside: &'t str, env: Environment<'_>) -> Result<Cow<'t, str>, String> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    let is_name = name
        .bytes()
        .enumerate()
        .all(|(i, byte)| byte == b'_' || byte.is_ascii_alphabetic() || i > 0 && byte.is_ascii_digit());
    if name.is_empty() || !is_name {
        return Err("does not name a variable: expected `${NAME}` or `${NAME:-default}`".to_owned());
    }
    if default.is_some_and(|default| default.contains("${")) {
        return Err("has another variable in its default: expected a text".to_owned());
    }
    match (env.referred(name), default) {
        (Ok(Some(value)), _) => Ok(Cow::Owned(value)),
        (Ok(None), Some(default)) => Ok(Cow::Borrowed(default)),
        (Ok(None), None) => Err(format!(
            "is not set: expected the environment variable `{name}`, or a default as in `${{{name}:-…}}`"
        )),
        (Err(_), _) => Err(format!(
            "is not Unicode: expected a text in the environment variable `{name}`"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    fn expanded(text: &str) -> (String, bool) {
        with(
            &[("HOST", "a.example"), ("EMPTY", ""), ("ODD", "${HOST} $$ \" }")],
            |env| {
                let expanded = expand(text, env).unwrap();
                (expanded.text.into_owned(), expanded.refers)
            },
        )
    }

    #[test]
    fn puts_variables_in() {
        for (text, value) in [
            ("${HOST}", "a.example"),
            ("http://${HOST}:${PORT:-4317}/", "http://a.example:4317/"),
            ("${HOST:-b}${HOST}", "a.examplea.example"),
            ("${EMPTY:-b}", "b"),
            ("${UNSET:-}", ""),
            ("${UNSET:-a:-b}", "a:-b"),
            ("${UNSET:-http://localhost:4317}", "http://localhost:4317"),
            ("${ODD}", "${HOST} $$ \" }"),
        ] {
            assert_eq!(expanded(text), (value.to_owned(), true), "{text}");
        }
    }

    #[test]
    fn leaves_other_dollars() {
        for (text, value) in [
            ("", ""),
            ("plain", "plain"),
            ("$", "$"),
            ("$HOST", "$HOST"),
            ("$${HOST}", "${HOST}"),
            ("5$ $", "5$ $"),
            ("$$$$", "$$"),
        ] {
            assert_eq!(expanded(text), (value.to_owned(), false), "{text}");
        }
    }

    #[test]
    fn collects_what_is_wrong() {
        let text = "${UNSET} ${} ${1A} ${A B} ${env:HOST} ${A:-${HOST}} ${EMPTY} ${HOST";
        let problems = with(&[("HOST", "a"), ("EMPTY", "")], |env| expand(text, env).unwrap_err());
        let references: Vec<_> = problems.iter().map(|problem| problem.reference).collect();
        assert_eq!(
            references,
            [
                "${UNSET}",
                "${}",
                "${1A}",
                "${A B}",
                "${env:HOST}",
                "${A:-${HOST}",
                "${EMPTY}",
                "${HOST"
            ]
        );
    }
}
