//! `${NAME}` and `${NAME:-default}` inside a string: the environment variable substitution of
//! OpenTelemetry's configuration data model. A variable holds text and cannot become TOML.

use crate::setup::env::Environment;

/// A string with its variables replaced.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Expanded {
    pub(super) text: String,
    /// Whether a variable was replaced, so that the value may be a number or a flag.
    pub(super) refers: bool,
}

/// A wrong reference to a variable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Problem<'t> {
    pub(super) reference: &'t str,
    /// Its start in the string.
    pub(super) offset: usize,
    pub(super) message: String,
}

/// Replaces the variables. `$$` is a dollar sign. The values are not expanded again.
pub(super) fn expand<'t>(text: &'t str, env: Environment<'_>) -> Result<Expanded, Vec<Problem<'t>>> {
    let (mut expanded, mut refers, mut problems) = (String::new(), false, Vec::new());
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        expanded.push_str(&rest[..dollar]);
        rest = &rest[dollar..];
        let Some(inside) = rest.strip_prefix("${") else {
            expanded.push('$');
            rest = rest.strip_prefix("$$").unwrap_or(&rest[1..]);
            continue;
        };
        refers = true;
        let (reference, value) = match inside.find('}') {
            Some(end) => (&rest[..end + "${}".len()], resolve(&inside[..end], env)),
            None => (
                rest,
                Err("has no end: expected `}`, or `$$` for a dollar sign".to_owned()),
            ),
        };
        match value {
            Ok(value) => expanded.push_str(&value),
            Err(message) => problems.push(Problem {
                reference,
                offset: text.len() - rest.len(),
                message,
            }),
        }
        rest = &rest[reference.len()..];
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    expanded.push_str(rest);
    Ok(Expanded { text: expanded, refers })
}

/// The names of the variables in a text, and `…` for all else: what a message shows of a text that may be secret.
pub(super) fn references(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        if start > 0 {
            shown.push('…');
        }
        rest = &rest[start + "${".len()..];
        shown.push_str("${");
        let Some(end) = rest.find('}') else {
            rest = "";
            break;
        };
        let inside = &rest[..end];
        let (name, others) = inside.split_at(inside.find(|c| !is_of_name(c)).unwrap_or(inside.len()));
        // A default in the syntax of a shell is no name.
        let others = match others {
            "" => "",
            _ if others.starts_with(":-") => ":-…",
            _ => "…",
        };
        shown.extend([name, others, "}"]);
        rest = &rest[end + 1..];
    }
    if !rest.is_empty() {
        shown.push('…');
    }
    shown
}

fn is_of_name(character: char) -> bool {
    character == '_' || character.is_ascii_alphanumeric()
}

fn resolve(inside: &str, env: Environment<'_>) -> Result<String, String> {
    let (name, default) = match inside.split_once(":-") {
        Some((name, default)) => (name, Some(default)),
        None => (inside, None),
    };
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) || !name.chars().all(is_of_name) {
        return Err("does not name a variable: expected `${NAME}` or `${NAME:-default}`".to_owned());
    }
    if default.is_some_and(|default| default.contains("${")) {
        return Err("has another variable in its default: expected a text".to_owned());
    }
    match (env.referred(name), default) {
        (Ok(Some(value)), _) => Ok(value),
        (Ok(None), Some(default)) => Ok(default.to_owned()),
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
        let variables = [("HOST", "a.example"), ("EMPTY", ""), ("ODD", "${HOST} $$ \" }")];
        let expanded = with(&variables, |env| expand(text, env).unwrap());
        (expanded.text, expanded.refers)
    }

    #[test]
    fn replaces_variables() {
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
    fn shows_the_names_of_variables_only() {
        for (text, shown) in [
            ("${HOST}", "${HOST}"),
            ("${HOST:-a}${PORT:-}", "${HOST:-…}${PORT:-…}"),
            ("http://CANARY@${HOST}:${PORT}/CANARY", "…${HOST}…${PORT}…"),
            ("CANARY", "…"),
            ("${A:-${B} CANARY", "${A:-…}…"),
            ("${CANARY", "${"),
            (
                "${USER-CANARY}${USER:=CANARY:-CANARY}${USER NAME}${}",
                "${USER…}${USER…}${USER…}${}",
            ),
        ] {
            assert_eq!(references(text), shown, "{text}");
        }
    }

    #[test]
    fn collects_wrong_references() {
        let text = "${UNSET} ${} ${1A} ${A B} ${env:HOST} ${A:-${HOST}} ${EMPTY} ${HOST";
        let problems = with(&[("HOST", "a"), ("EMPTY", "")], |env| expand(text, env).unwrap_err());
        let references: Vec<_> = problems.iter().map(|problem| problem.reference).collect();
        let expected = "${UNSET}|${}|${1A}|${A B}|${env:HOST}|${A:-${HOST}|${EMPTY}|${HOST";
        assert_eq!(references.join("|"), expected);
    }
}
