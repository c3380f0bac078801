//! The imports after a migration: our macros are imported, and what nothing uses any more is not.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::audit::model::{FileFacts, Import};

/// What a migration makes superfluous.
const REPLACED: [&str; 3] = ["tracing::instrument", "tracing::field::Empty", "tracing::field"];

/// The edits of a file's imports. `written` is the file with its new attributes.
pub(super) fn edits(
    facts: &FileFacts,
    text: &str,
    written: &str,
    macros: &BTreeSet<&'static str>,
    line_end: &str,
) -> Vec<(Range<usize>, String)> {
    let mut edits = Vec::new();
    for import in &facts.imports {
        let unused: Vec<&(String, String)> = import
            .names
            .iter()
            .filter(|(name, path)| REPLACED.contains(&path.as_str()) && !is_used(name, written, facts, text))
            .collect();
        if !unused.is_empty() {
            edits.push(without(import, &unused, text));
        }
    }
    edits.extend(added(facts, text, macros, line_end));
    edits
}

/// Whether a name stands anywhere but in imports.
fn is_used(name: &str, written: &str, facts: &FileFacts, text: &str) -> bool {
    let in_imports: usize = facts
        .imports
        .iter()
        .map(|import| count(name, &text[import.range.clone()]))
        .sum();
    count(name, written) > in_imports
}

fn count(word: &str, text: &str) -> usize {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let is_alone = |at: usize| !text[..at].ends_with(is_word) && !text[at + word.len()..].starts_with(is_word);
    text.match_indices(word).filter(|(at, _)| is_alone(*at)).count()
}

/// A `use` item without some names.
fn without(import: &Import, unused: &[&(String, String)], text: &str) -> (Range<usize>, String) {
    if unused.len() == import.names.len() {
        let rest = &text[import.range.end..];
        let line_end = rest.find('\n').map_or(rest.len(), |end| end + 1);
        // The whole line, if nothing else is on it.
        let end = if rest[..line_end].trim().is_empty() {
            line_end
        } else {
            0
        };
        return (import.range.start..import.range.end + end, String::new());
    }
    let mut item = text[import.range.clone()].to_owned();
    for (_, path) in unused {
        let leaf = path.rsplit("::").next().unwrap_or(path);
        item = without_leaf(&item, leaf);
    }
    (import.range.clone(), item)
}

/// `{a, leaf as b, c}` without the leaf; braces around a single name go too.
fn without_leaf(item: &str, leaf: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let at = item.match_indices(leaf).map(|(at, _)| at).find(|at| {
        !item[..*at].ends_with(is_word)
            && !item[at + leaf.len()..].starts_with([':', '_'])
            && !item[at + leaf.len()..].starts_with(is_word)
    });
    let Some(at) = at else { return item.to_owned() };
    let mut start = at;
    // `field::Empty` is one leaf.
    while item[..start].ends_with("::") && !item[..start].trim_end_matches("::").ends_with('}') {
        let before = item[..start].trim_end_matches("::");
        let path = before
            .rfind(|character: char| !is_word(character))
            .map_or(0, |end| end + 1);
        if item[..path].trim_end().ends_with(['{', ',']) {
            start = path;
        } else {
            break;
        }
    }
    let end = item[at..].find([',', '}']).map_or(item.len(), |end| at + end);
    let (mut before, mut after) = (item[..start].to_owned(), item[end..].to_owned());
    if let Some(rest) = after.strip_prefix(',') {
        after = rest.trim_start().to_owned();
    } else {
        before.truncate(before.trim_end().trim_end_matches(',').len());
    }
    single(before + &after)
}

fn single(item: String) -> String {
    let Some((before, rest)) = item.split_once('{') else {
        return item;
    };
    let Some((inside, after)) = rest.rsplit_once('}') else {
        return item;
    };
    let inside = inside.trim().trim_end_matches(',');
    if inside.contains([',', '{']) || inside == "self" || inside.is_empty() {
        return item;
    }
    format!("{before}{inside}{after}")
}

/// An import of the runtime that takes the macros too.
fn joined(import: &Import, missing: &[&str], text: &str) -> Option<(Range<usize>, String)> {
    let item = &text[import.range.clone()];
    let inside = item.strip_prefix("use tasker_span_runtime::{")?.strip_suffix("};")?;
    if missing.is_empty() || inside.contains(['{', '\n']) {
        return None;
    }
    let mut names: Vec<&str> = inside
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty())
        .collect();
    names.extend(missing);
    names.sort_unstable();
    let item = format!("use tasker_span_runtime::{{{}}};", names.join(", "));
    Some((import.range.clone(), item))
}

/// `use tasker_span_runtime::{step_span, task_span};`, in alphabetical order among the others.
fn added(
    facts: &FileFacts,
    text: &str,
    macros: &BTreeSet<&'static str>,
    line_end: &str,
) -> Option<(Range<usize>, String)> {
    let imported = |name: &str| {
        facts
            .imports
            .iter()
            .flat_map(|import| &import.names)
            .any(|(known, _)| known == name)
    };
    let missing: Vec<&str> = macros.iter().copied().filter(|name| !imported(name)).collect();
    let joined = facts.imports.iter().find_map(|import| joined(import, &missing, text));
    if joined.is_some() {
        return joined;
    }
    let names = match missing[..] {
        [] => return None,
        [only] => only.to_owned(),
        _ => format!("{{{}}}", missing.join(", ")),
    };
    let line = format!("use tasker_span_runtime::{names};");
    let later = facts.imports.iter().find(|import| text[import.range.clone()] > *line);
    Some(match (later, facts.imports.last()) {
        (Some(later), _) => (later.range.start..later.range.start, line + line_end),
        (None, Some(last)) => (last.range.end..last.range.end, format!("{line_end}{line}")),
        (None, None) => (
            facts.first_item..facts.first_item,
            format!("{line}{line_end}{line_end}"),
        ),
    })
}
