//! Suggestions as a unified diff, which `git apply` takes.

use std::collections::BTreeSet;

use similar::TextDiff;

use super::Suggestion;
use super::imports;
use crate::audit::model::FileFacts;

/// The diff of a file. It is empty without suggestions.
pub fn unified(facts: &FileFacts, text: &str, suggestions: &[Suggestion]) -> String {
    if suggestions.is_empty() {
        return String::new();
    }
    let new = apply(facts, text, suggestions);
    // A tab ends a path with spaces.
    let end = if facts.path.contains(' ') { "\t" } else { "" };
    let path = format!("{}{end}", facts.path);
    // Git ends a line at `\n` only.
    let [old, new] = [text, &new].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    TextDiff::configure()
        .newline_terminated(true)
        .diff_slices(&old, &new)
        .unified_diff()
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

fn apply(facts: &FileFacts, text: &str, suggestions: &[Suggestion]) -> String {
    let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut edits: Vec<(std::ops::Range<usize>, String)> = Vec::new();
    let mut macros = BTreeSet::new();
    for suggestion in suggestions {
        let start = suggestion.range.start;
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let before = &text[line_start..start];
        let indent: String = before
            .chars()
            .take_while(|character| character.is_whitespace())
            .collect();
        let mut attribute = suggestion.text(&indent).replace('\n', line_end);
        if suggestion.range.is_empty() {
            attribute.push_str(line_end);
            attribute.push_str(&indent);
        }
        if suggestion.is_in_root {
            macros.insert(suggestion.macro_name());
        }
        edits.push((suggestion.range.clone(), attribute));
    }
    let written = edited(text, &edits);
    edits.extend(imports::edits(facts, text, &written, &macros, line_end));
    edited(text, &edits)
}

/// The text after edits that do not overlap.
fn edited(text: &str, edits: &[(std::ops::Range<usize>, String)]) -> String {
    let mut edits: Vec<_> = edits.iter().collect();
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for (range, replacement) in edits {
        if range.start < at {
            continue;
        }
        new.push_str(&text[at..range.start]);
        new.push_str(replacement);
        at = range.end;
    }
    new.push_str(&text[at..]);
    new
}
