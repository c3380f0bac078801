//! Suggestions as a unified diff, which `git apply` takes.

use std::collections::BTreeSet;
use std::fmt::Write;

use similar::TextDiff;

use super::Suggestion;
use super::imports;
use crate::audit::model::FileFacts;
use crate::escape::is_printable;

/// The diff of a file. It is empty without suggestions.
pub fn unified(facts: &FileFacts, text: &str, suggestions: &[Suggestion]) -> String {
    if suggestions.is_empty() {
        return String::new();
    }
    let new = apply(facts, text, suggestions);
    // Git ends a line at `\n` only.
    let [old, new] = [text, &new].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    TextDiff::configure()
        .newline_terminated(true)
        .diff_slices(&old, &new)
        .unified_diff()
        .header(&name("a", &facts.path), &name("b", &facts.path))
        .to_string()
}

/// The name of a file, as Git writes and reads it: in quotation marks, if a character of it would end the name or steer a
/// terminal.
fn name(side: &str, path: &str) -> String {
    let is_special = |c: char| matches!(c, '"' | '\\') || !is_printable(c);
    if !path.contains(is_special) {
        // A tab ends a path with spaces.
        let end = if path.contains(' ') { "\t" } else { "" };
        return format!("{side}/{path}{end}");
    }
    let mut name = format!("\"{side}/");
    for c in path.chars() {
        match c {
            '"' | '\\' => name.extend(['\\', c]),
            _ if is_printable(c) => name.push(c),
            _ => {
                for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                    // Writing to a `String` cannot fail.
                    let _ = write!(name, "\\{byte:03o}");
                }
            }
        }
    }
    name.push('"');
    name
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
