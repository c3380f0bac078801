//! Lists of `key=value` pairs as the `OTEL_*` variables hold them: separated by commas, values percent-encoded.

use crate::error::{Error, Kind};
use crate::setup::env::Setting;

/// The pairs of a list. A message never shows the list, which may hold tokens; it counts to the wrong pair.
pub(super) fn parse(setting: &Setting<String>) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    for (index, pair) in setting
        .value
        .split(',')
        .enumerate()
        .filter(|(_, pair)| !pair.trim().is_empty())
    {
        let wrong = |problem: &str| {
            let problem = format!("in {}, pair {}: {problem}", setting.origin, index + 1);
            Error::new(Kind::Configuration, problem)
        };
        let (key, value) = pair.split_once('=').ok_or_else(|| wrong("expected `key=value`"))?;
        let (key, value) = (key.trim(), value.trim());
        if key.is_empty() {
            return Err(wrong("its key is empty"));
        }
        let value = decode(value).ok_or_else(|| wrong("its value has a broken percent-encoding"))?;
        pairs.push((key.to_owned(), value));
    }
    Ok(pairs)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let (high, low) = (hex(*tail.first()?)?, hex(*tail.get(1)?)?);
            bytes.push(high << 4 | low);
            rest = &tail[2..];
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(text: &str) -> Result<Vec<(String, String)>, Error> {
        parse(&Setting::method("headers", text.to_owned()))
    }

    #[test]
    fn reads_and_decodes_pairs() {
        let pairs = parse_text(" a = 1 ,authorization=Bearer%20x=y,, b=%C3%A9 ,").unwrap();
        let expected = [("a", "1"), ("authorization", "Bearer x=y"), ("b", "é")];
        assert_eq!(pairs, expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    }

    #[test]
    fn counts_to_the_wrong_pair_without_showing_it() {
        for text in [
            "a=1,secret",
            "a=1,=secret",
            "a=1,b=secret%2",
            "a=1,b=secret%zz",
            "a=1,b=secret%ff",
        ] {
            let message = parse_text(text).unwrap_err().to_string();
            assert!(message.contains("pair 2") && !message.contains("secret"), "{message}");
        }
    }
}
