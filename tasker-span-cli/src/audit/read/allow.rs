//! Comments that allow a finding: `// tasker-span: allow(code) reason`.

use crate::audit::model::Allow;

const MARK: &str = "tasker-span: allow(";

/// The comments of a file, and the lines that they are about.
pub(super) fn comments(text: &str) -> Vec<Allow> {
    if !text.contains(MARK) {
        return Vec::new();
    }
    let comments = line_comments(text);
    let lines: Vec<&str> = text.lines().collect();
    let allows = comments.into_iter().filter_map(|(line, column)| {
        let comment = lines.get(line)?.get(column..)?;
        let (codes, reason) = comment
            .trim_start_matches('/')
            .trim_start()
            .strip_prefix(MARK)?
            .split_once(')')?;
        let is_trailing = !lines[line][..column].trim().is_empty();
        let about = if is_trailing {
            Some(line)
        } else {
            next_code(&lines, line)
        };
        Some(Allow {
            codes: codes.split(',').map(|code| code.trim().to_owned()).collect(),
            has_reason: reason.chars().any(char::is_alphanumeric),
            line: line + 1,
            target: about.unwrap_or(line) + 1,
        })
    });
    allows.collect()
}

/// The first line below that is no comment.
fn next_code(lines: &[&str], line: usize) -> Option<usize> {
    let mut below = (line + 1..lines.len()).filter(|below| {
        let text = lines[*below].trim();
        !text.is_empty() && !text.starts_with("//")
    });
    below.next()
}

/// Where `//` comments begin, as line and byte from 0; not those in texts and other comments.
fn line_comments(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let (mut at, mut line, mut start) = (0, 0, 0);
    let mut nested = 0_usize;
    while at < bytes.len() {
        let rest = &bytes[at..];
        if bytes[at] == b'\n' {
            (line, start) = (line + 1, at + 1);
            at += 1;
        } else if nested > 0 {
            if rest.starts_with(b"*/") {
                nested -= 1;
                at += 2;
            } else if rest.starts_with(b"/*") {
                nested += 1;
                at += 2;
            } else {
                at += 1;
            }
        } else if rest.starts_with(b"//") {
            found.push((line, at - start));
            at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
        } else if rest.starts_with(b"/*") {
            nested = 1;
            at += 2;
        } else {
            let length = literal(rest, at.checked_sub(1).map(|before| bytes[before])).max(1);
            for (offset, _) in rest[..length].iter().enumerate().filter(|(_, byte)| **byte == b'\n') {
                (line, start) = (line + 1, at + offset + 1);
            }
            at += length;
        }
    }
    found
}

/// The length of the text or character that begins here, or 0.
fn literal(rest: &[u8], before: Option<u8>) -> usize {
    let follows_word = before.is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    match rest[0] {
        b'"' => quoted(rest, b'"'),
        b'r' if !follows_word || before == Some(b'b') || before == Some(b'c') => {
            let hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + hashes) != Some(&b'"') {
                return 0;
            }
            let end = [&b"\""[..], &vec![b'#'; hashes]].concat();
            let inside = &rest[2 + hashes..];
            let length = inside.windows(end.len()).position(|window| window == end);
            length.map_or(rest.len(), |length| 2 + hashes + length + end.len())
        }
        // A character; a lifetime has no second quote.
        b'\'' if rest.get(1) == Some(&b'\\') => quoted(rest, b'\''),
        b'\'' => {
            let character = rest.iter().skip(2).take(4).position(|byte| *byte == b'\'');
            let is_one =
                |length: usize| std::str::from_utf8(&rest[1..length]).is_ok_and(|text| text.chars().count() == 1);
            character
                .map(|at| at + 2)
                .filter(|end| is_one(*end))
                .map_or(0, |end| end + 1)
        }
        _ => 0,
    }
}

fn quoted(rest: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            byte if byte == quote => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}
