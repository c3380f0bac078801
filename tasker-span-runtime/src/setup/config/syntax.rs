//! Parses the text as TOML and explains the parser's errors. Keys are checked in `tables`.

use std::ops::Range;

use toml::Spanned;
use toml::de::DeTable;

use crate::setup::config::mistakes::{Mistakes, quoted};

/// The document. `None` if it is broken: what the parser recovers is not what its author meant.
pub(super) fn parse<'t>(text: &'t str, mistakes: &mut Mistakes<'t>) -> Option<Spanned<DeTable<'t>>> {
    let (document, errors) = DeTable::parse_recoverable(text);
    if errors.is_empty() {
        return Some(document);
    }
    let errors = errors
        .iter()
        .map(|error| (error.span().unwrap_or_default(), error.message()));
    let mut errors: Vec<_> = errors.collect();
    errors.sort_by_key(|(span, _)| span.start);
    let mut last = None;
    for (span, message) in errors {
        // One mistake often breaks the rest of its line, too.
        let between = last.and_then(|last| text.get(last..span.start));
        if between.is_none_or(|text| text.contains('\n')) {
            mistakes.add(span.start, describe(message, text, &span));
        }
        last = Some(span.start);
    }
    None
}

fn describe(message: &str, text: &str, span: &Range<usize>) -> String {
    let problem = message.split(", expected").next().unwrap_or(message);
    let found = found(text, span);
    match problem {
        "duplicate key" => format!("{found} is set for the second time: expected every key and table once"),
        // The parser guesses the type of a word without quotation marks by its first letter.
        "string values must be quoted" | "invalid boolean" | "invalid float" | "invalid literal string" => {
            format!("broken TOML: {found} is not a value: expected `true`, `false`, a number, or a \"text\"")
        }
        "invalid unquoted key" => {
            format!("broken TOML: {found} in or after a key: expected `=`, or quotation marks around such a key")
        }
        _ => format!("broken TOML: {message}, found {found}"),
    }
}

/// The text that the parser marked, or the next character.
fn found(text: &str, span: &Range<usize>) -> String {
    match text.get(span.clone()).filter(|marked| !marked.is_empty()) {
        Some(marked) => format!("`{}`", quoted(marked)),
        None => match text.get(span.start..).and_then(|rest| rest.chars().next()) {
            None => "the end of the file".to_owned(),
            Some('\n' | '\r') => "the end of the line".to_owned(),
            Some(next) => format!("`{}`", quoted(next.encode_utf8(&mut [0; 4]))),
        },
    }
}
