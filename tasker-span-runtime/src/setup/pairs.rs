//! Lists of `key=value` in variables: separated by commas, the values percent-encoded. So are keys of attributes.

use percent_encoding::percent_decode_str;

use crate::error::{Error, Kind};
use crate::secret::Secret;
use crate::setup::env::Setting;

/// Parses a list of secrets. Keys are not decoded.
pub(super) fn parse(setting: &Setting<String>) -> Result<Vec<(String, Secret<String>)>, Error> {
    Ok(secret(split(setting, |key| Some(key.to_owned()), decode)?))
}

/// Parses a list of attributes, whose keys are percent-encoded, too.
pub(super) fn parse_attributes(setting: &Setting<String>) -> Result<Vec<(String, Secret<String>)>, Error> {
    Ok(secret(parse_plain(setting)?))
}

fn secret(pairs: Vec<(String, String)>) -> Vec<(String, Secret<String>)> {
    let pairs = pairs.into_iter();
    pairs.map(|(key, value)| (key, Secret::new(value))).collect()
}

/// Parses a list of attributes that is no secret.
pub(super) fn parse_plain(setting: &Setting<String>) -> Result<Vec<(String, String)>, Error> {
    split(setting, decode, decode)
}

/// Parses a list whose keys are percent-encoded names, and whose values are numbers.
pub(super) fn parse_numbers(setting: &Setting<String>) -> Result<Vec<(String, String)>, Error> {
    split(setting, decode, |number| Some(number.to_owned()))
}

/// An error counts to the wrong pair: the list may hold tokens and is not shown.
fn split(
    setting: &Setting<String>,
    decode_key: impl Fn(&str) -> Option<String>,
    decode_value: impl Fn(&str) -> Option<String>,
) -> Result<Vec<(String, String)>, Error> {
    let mut pairs = Vec::new();
    let list = setting.value.split(',').map(str::trim).zip(1..);
    for (pair, number) in list.filter(|(pair, _)| !pair.is_empty()) {
        let wrong = |problem: &str| {
            let problem = format!("in {}, pair {number}: {problem}", setting.origin);
            Error::new(Kind::Configuration, problem)
        };
        let (key, value) = pair.split_once('=').ok_or_else(|| wrong("expected `key=value`"))?;
        let key = decode_key(key.trim()).ok_or_else(|| wrong("its key has a broken percent-encoding"))?;
        if key.trim().is_empty() {
            return Err(wrong("its key is empty"));
        }
        let value = decode_value(value.trim()).ok_or_else(|| wrong("its value has a broken percent-encoding"))?;
        pairs.push((key, value));
    }
    Ok(pairs)
}

fn decode(text: &str) -> Option<String> {
    // `percent_decode_str` leaves a broken encoding as it is.
    let is_hex = |rest: &str| {
        rest.as_bytes()
            .get(..2)
            .is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    };
    let is_valid = text.split('%').skip(1).all(is_hex);
    let decoded = percent_decode_str(text).decode_utf8().ok();
    decoded.filter(|_| is_valid).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_text(text: &str) -> Result<Vec<(String, Secret<String>)>, Error> {
        parse(&Setting::method("headers", text.to_owned()))
    }

    #[test]
    fn parses_and_decodes_pairs() {
        let pairs = parse_text(" a = 1 ,authorization=Bearer%20x=y,, b=%C3%A9 ,").unwrap();
        let expected = [("a", "1"), ("authorization", "Bearer x=y"), ("b", "é")];
        assert_eq!(
            pairs,
            expected.map(|(key, value)| (key.to_owned(), Secret::new(value.to_owned())))
        );
    }

    #[test]
    fn keys_of_attributes_are_decoded_and_names_of_headers_are_not() {
        let setting = |text: &str| Setting::method("resource_attribute", text.to_owned());
        let keys = |pairs: Vec<(String, _)>| pairs.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
        let text = setting("a%2Cb%3D=1,%C3%A9 =2");
        assert_eq!(keys(parse_attributes(&text).unwrap()), ["a,b=", "é"]);
        assert_eq!(keys(parse(&text).unwrap()), ["a%2Cb%3D", "%C3%A9"]);
        for key in ["secret%2", "%20", "secret%ff"] {
            let message = parse_attributes(&setting(&format!("a=1,{key}=1")))
                .unwrap_err()
                .to_string();
            assert!(
                message.contains("pair 2: its key") && !message.contains("secret"),
                "{message}"
            );
        }
    }

    #[test]
    fn counts_to_the_wrong_pair_without_showing_it() {
        for pair in ["secret", "=secret", "b=secret%2", "b=secret%zz", "b=secret%ff"] {
            let message = parse_text(&format!("a=1,{pair}")).unwrap_err().to_string();
            assert!(message.contains("pair 2") && !message.contains("secret"), "{message}");
        }
    }
}
