//! Lines of JSON, completed with what they lack.

use std::fmt::Write;

use super::ids::Ids;

/// Puts dropped scopes, each an object, behind the first `outer` of the `spans` that the line shows, and the ids at its end. A
/// line that is no object stays as it is.
pub(super) fn complete(line: &str, scopes: &[String], outer: usize, spans: usize, ids: Option<Ids>) -> String {
    let object = line.trim_end();
    let Some(members) = object.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) else {
        return line.to_owned();
    };
    let mut members: Vec<_> = split(members).map(str::to_owned).collect();
    if let Some(innermost) = scopes.last() {
        // Without any span, the line says nothing of them; with one, it says whether they are wanted.
        if spans == 0 {
            members.extend(["\"span\":".to_owned(), "\"spans\":[]".to_owned()]);
        }
        for member in &mut members {
            if member.starts_with("\"span\":") && outer >= spans {
                *member = format!("\"span\":{innermost}");
            }
            let list = member
                .strip_prefix("\"spans\":[")
                .and_then(|rest| rest.strip_suffix(']'));
            if let Some(list) = list {
                let mut list: Vec<_> = split(list).collect();
                let outer = outer.min(list.len());
                list.splice(outer..outer, scopes.iter().map(String::as_str));
                *member = format!("\"spans\":[{}]", list.join(","));
            }
        }
    }
    let mut completed = members.join(",");
    if let Some(ids) = ids {
        let comma = if completed.is_empty() { "" } else { "," };
        let Ids { trace_id, span_id, .. } = ids;
        let _ = write!(
            completed,
            "{comma}\"trace_id\":\"{trace_id:032x}\",\"span_id\":\"{span_id:016x}\""
        );
    }
    format!("{{{completed}}}{}", &line[object.len()..])
}

/// The members of an object, or the elements of a list: what the commas separate that stand in nothing else.
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
    fn puts_scopes_between_spans() {
        let scopes = [r#"{"name":"s"}"#.to_owned()];
        let line = "{\"span\":{\"name\":\"in\"},\"spans\":[{\"name\":\"out\"},{\"name\":\"in\"}]}\n";
        assert_eq!(
            complete(line, &scopes, 1, 2, None),
            "{\"span\":{\"name\":\"in\"},\"spans\":[{\"name\":\"out\"},{\"name\":\"s\"},{\"name\":\"in\"}]}\n"
        );
        assert_eq!(
            complete("{\"level\":\"INFO\"}\n", &scopes, 0, 0, None),
            "{\"level\":\"INFO\",\"span\":{\"name\":\"s\"},\"spans\":[{\"name\":\"s\"}]}\n"
        );
        // Somebody has turned the spans off.
        assert_eq!(complete("{}\n", &scopes, 1, 1, None), "{}\n");
        assert_eq!(complete("no object\n", &scopes, 1, 1, None), "no object\n");
    }
}
