//! Parses the text as TOML and explains the parser's errors. Keys are checked in `tables`.

use toml::Spanned;
use toml::de::DeTable;

use crate::setup::config::mistakes::{Mistakes, quoted};
use crate::setup::config::public::Public;

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
    let public = Public::new(text);
    let mut last = None;
    for (span, message) in errors {
        // One mistake often breaks the rest of its line, too.
        let between = last.and_then(|last| text.get(last..span.start));
        if between.is_none_or(|text| text.contains('\n')) {
            let description = match message {
                // The parser marks a key, which is no secret.
                "duplicate key" => duplicate(text.get(span.clone()).unwrap_or_default()),
                _ => describe(message, &public.found(&span)),
            };
            mistakes.add(span.start, description);
        }
        last = Some(span.start);
    }
    None
}

fn duplicate(key: &str) -> String {
    let key = quoted(key);
    format!("`{key}` is set for the second time: expected every key and table once")
}

fn describe(message: &str, found: &str) -> String {
    let problem = message.split(", expected").next().unwrap_or(message);
    match problem {
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
