//! Lines of JSON: completes `fmt`'s objects with local spans and ids.

use std::fmt::Write;

use tracing_subscriber::fmt::format::Writer;

use super::ids::Ids;
use super::local_spans::{FormatFields, ShownSpan};

/// A span as `fmt` writes it: an object of its fields and its name.
pub(super) fn span(span: ShownSpan<'_>, fields: &FormatFields<'_>) -> String {
    let fields = span.fields(|values| {
        let mut text = String::new();
        fields(Writer::new(&mut text), values).map_or_else(|_| String::new(), |()| text)
    });
    let fields = fields.unwrap_or_default();
    let start = match fields.strip_suffix('}') {
        Some(fields) if fields.len() > 1 => format!("{fields},"),
        _ => "{".to_owned(),
    };
    format!("{start}\"name\":\"{}\"}}", span.name())
}

/// Inserts the local spans after the first `outer` of the `shown` spans, and the ids at the
/// end. A line that is not an object stays as it is.
pub(super) fn complete(line: &str, spans: &[String], outer: usize, shown: usize, ids: Option<Ids>) -> String {
    let object = line.trim_end();
    let Some(members) = object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return line.to_owned();
    };
    let mut members: Vec<_> = split(members).map(str::to_owned).collect();
    if let Some(innermost) = spans.last() {
        // A line without any span lacks both members. Otherwise the format decides about them.
        if shown == 0 {
            members.extend(["\"span\":".to_owned(), "\"spans\":[]".to_owned()]);
        }
        for member in &mut members {
            if member.starts_with("\"span\":") && outer >= shown {
                *member = format!("\"span\":{innermost}");
            }
            let list = member
                .strip_prefix("\"spans\":[")
                .and_then(|rest| rest.strip_suffix(']'));
            if let Some(list) = list {
                let mut list: Vec<_> = split(list).collect();
                let outer = outer.min(list.len());
                list.splice(outer..outer, spans.iter().map(String::as_str));
                *member = format!("\"spans\":[{}]", list.join(","));
            }
        }
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
    fn inserts_local_spans_between_spans() {
        let local = [r#"{"name":"s"}"#.to_owned()];
        let line = "{\"span\":{\"name\":\"in\"},\"spans\":[{\"name\":\"out\"},{\"name\":\"in\"}]}\n";
        assert_eq!(
            complete(line, &local, 1, 2, None),
            "{\"span\":{\"name\":\"in\"},\"spans\":[{\"name\":\"out\"},{\"name\":\"s\"},{\"name\":\"in\"}]}\n"
        );
        assert_eq!(
            complete("{\"level\":\"INFO\"}\n", &local, 0, 0, None),
            "{\"level\":\"INFO\",\"span\":{\"name\":\"s\"},\"spans\":[{\"name\":\"s\"}]}\n"
        );
        // The format shows no spans.
        assert_eq!(complete("{}\n", &local, 1, 1, None), "{}\n");
        assert_eq!(complete("no object\n", &local, 1, 1, None), "no object\n");
    }
}
