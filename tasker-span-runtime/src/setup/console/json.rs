//! Lines of JSON: completes `fmt`'s objects with spans and ids.

use std::fmt::Write;

use tracing_subscriber::fmt::format::Writer;

use super::spans::{FormatFields, LineSpan};
use crate::setup::logs::Ids;

/// A span as `fmt` writes it: an object of its fields and its name.
pub(super) fn span(span: LineSpan<'_>, format: &FormatFields<'_>) -> String {
    let mut fields = String::new();
    if span
        .write_fields(&mut Writer::new(&mut fields), format, [""; 2])
        .is_err()
    {
        fields.clear();
    }
    let start = match fields.strip_suffix('}') {
        Some(fields) if fields.len() > 1 => format!("{fields},"),
        _ => "{".to_owned(),
    };
    format!("{start}\"name\":{}}}", quoted(span.name()))
}

/// A name of other code may have any character.
fn quoted(name: &str) -> String {
    let mut text = "\"".to_owned();
    for c in name.chars() {
        match c {
            '"' | '\\' => text.extend(['\\', c]),
            _ if c < ' ' => {
                // Writing to a `String` cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(c));
            }
            _ => text.push(c),
        }
    }
    text.push('"');
    text
}

/// Replaces the line's spans by these, outermost first, and adds the ids at the end. A line that is
/// not an object stays as it is. `adds` tells whether missing members are added: the innermost
/// span, and the list of all.
pub(super) fn complete(line: &str, spans: Option<&[String]>, adds: [bool; 2], ids: Option<Ids>) -> String {
    let object = line.trim_end();
    let Some(members) = object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return line.to_owned();
    };
    let mut members: Vec<_> = split(members).map(str::to_owned).collect();
    if let Some(spans) = spans {
        let list = spans.last().map(|_| format!("[{}]", spans.join(",")));
        show(&mut members, "span", spans.last().cloned(), adds[0]);
        show(&mut members, "spans", list, adds[1]);
    }
    let mut completed = members.join(",");
    if let Some(ids) = ids {
        let comma = if completed.is_empty() { "" } else { "," };
        let (trace_id, span_id) = (ids.trace_id, ids.span_id);
        let ids = format_args!("\"trace_id\":\"{trace_id:032x}\",\"span_id\":\"{span_id:016x}\"");
        let _ = write!(completed, "{comma}{ids}");
    }
    format!("{{{completed}}}{}", &line[object.len()..])
}

/// Sets a member, or removes it.
fn show(members: &mut Vec<String>, name: &str, value: Option<String>, adds: bool) {
    let is_named = |member: &String, name: &str| member.starts_with(&format!("\"{name}\":"));
    let member = value.map(|value| format!("\"{name}\":{value}"));
    // The last one: a flattened field of the event may have the same name.
    let index = members.iter().rposition(|member| is_named(member, name));
    match (index, member) {
        (Some(index), Some(member)) => members[index] = member,
        (Some(index), None) => drop(members.remove(index)),
        (None, Some(member)) if adds => {
            let is_after = |member: &String| is_named(member, "threadName") || is_named(member, "threadId");
            let before = members.iter().rposition(|member| !is_after(member));
            members.insert(before.map_or(0, |index| index + 1), member);
        }
        (None, _) => {}
    }
}

/// Splits the members of an object or the elements of a list at their commas.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut in_text, mut is_escaped) = (0_usize, false, false);
    let parts = text.split(move |letter| {
        if in_text {
            in_text = letter != '"' || is_escaped;
            is_escaped = letter == '\\' && !is_escaped;
            return false;
        }
        match letter {
            '"' => in_text = true,
            '{' | '[' => depth += 1,
            '}' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts.filter(|part| !part.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_at_its_own_commas_only() {
        let text = r#""a":"x,\"y\\","b":{"c":[1,2],"d":","},"e":[],"f":null"#;
        let parts: Vec<_> = split(text).collect();
        assert_eq!(
            parts,
            [
                r#""a":"x,\"y\\""#,
                r#""b":{"c":[1,2],"d":","}"#,
                r#""e":[]"#,
                r#""f":null"#
            ]
        );
        assert_eq!(split("").count(), 0);
    }

    #[test]
    fn a_name_is_one_string() {
        assert_eq!(quoted("a \"b\"\\\nü"), r#""a \"b\"\\\u000aü""#);
    }

    #[test]
    fn replaces_the_spans_of_a_line() {
        let spans = ["out", "in"].map(|name| format!("{{\"name\":\"{name}\"}}"));
        let set = |line: &str, spans: &[String], adds: bool| complete(line, Some(spans), [adds; 2], None);
        assert_eq!(
            set(
                "{\"span\":{\"name\":\"x\"},\"spans\":[{\"name\":\"y\"},{\"name\":\"x\"}]}\n",
                &spans,
                false
            ),
            "{\"span\":{\"name\":\"in\"},\"spans\":[{\"name\":\"out\"},{\"name\":\"in\"}]}\n"
        );
        assert_eq!(
            set("{\"level\":\"INFO\",\"threadName\":\"main\"}\n", &spans[..1], true),
            "{\"level\":\"INFO\",\"span\":{\"name\":\"out\"},\"spans\":[{\"name\":\"out\"}],\"threadName\":\"main\"}\n"
        );
        assert_eq!(set("{\"a\":1,\"span\":{},\"spans\":[{}]}\n", &[], true), "{\"a\":1}\n");
        // The format shows no spans.
        assert_eq!(set("{}\n", &spans, false), "{}\n");
        assert_eq!(set("no object\n", &spans, true), "no object\n");
    }
}
