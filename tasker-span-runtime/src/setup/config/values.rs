//! Single values of the file, in the types of their keys. Which keys exist is in `tables`.

use std::time::Duration;

use toml::Spanned;
use toml::de::{DeInteger, DeValue};

use crate::error::Origin;
use crate::setup::config::mistakes::{Mistakes, quoted};
use crate::setup::config::places::Places;
use crate::setup::config::variables::{Expanded, expand, references};
use crate::setup::duration;
use crate::setup::endpoint::Endpoint;
use crate::setup::env::{Environment, Setting};
use crate::setup::settings::Key;

pub(super) type Value<'v> = Spanned<DeValue<'v>>;

/// Parses values and collects mistakes.
pub(super) struct Values<'m, 't> {
    env: Environment<'m>,
    pub(super) places: Places,
    pub(super) mistakes: &'m mut Mistakes<'t>,
}

pub(super) const RATE: &str = "expected a rate from 0 to 1";
const FLAG: &str = "expected `true` or `false`";
const TEXT: &str = "expected a text in quotation marks";

impl<'m, 't> Values<'m, 't> {
    pub(super) fn new(env: Environment<'m>, mistakes: &'m mut Mistakes<'t>) -> Self {
        Self {
            env,
            places: Places::default(),
            mistakes,
        }
    }

    /// Keeps the place of a key's value.
    pub(super) fn locate(&mut self, key: Key, value: &Value<'_>) {
        self.places.insert(key, self.mistakes.place(value.span().start));
    }

    /// A number from 0 to 1; a variable may hold it.
    pub(super) fn rate(&mut self, key: &str, value: &Value<'_>) -> Option<f64> {
        let rate = match value.get_ref() {
            DeValue::Float(number) => number.as_str().parse().ok(),
            DeValue::Integer(number) => zero_or_one(number),
            DeValue::String(text) => {
                let text = self.expanded(key, value, text, RATE)?;
                return self.checked(key, value, in_range(text.trim().parse().ok()), RATE);
            }
            _ => None,
        };
        in_range(rate).or_else(|| self.reject(key, value, RATE))
    }

    /// A whole number with its unit.
    pub(super) fn duration(&mut self, key: &str, value: &Value<'_>) -> Option<Duration> {
        let DeValue::String(text) = value.get_ref() else {
            return self.reject(key, value, duration::EXPECTED);
        };
        let Expanded { text, refers } = self.expand(key, value, text)?;
        let duration = duration::parse(&text);
        if refers {
            return self.checked(key, value, duration, duration::EXPECTED);
        }
        duration.or_else(|| self.reject(key, value, duration::EXPECTED))
    }

    /// `true` or `false`; a variable may hold it.
    pub(super) fn flag(&mut self, key: &str, value: &Value<'_>) -> Option<bool> {
        match value.get_ref() {
            DeValue::Boolean(flag) => Some(*flag),
            DeValue::String(text) => {
                let text = self.expanded(key, value, text, FLAG)?;
                self.checked(key, value, text.trim().parse().ok(), FLAG)
            }
            _ => self.reject(key, value, FLAG),
        }
    }

    /// A text with its variables replaced, and its position.
    pub(super) fn text(&mut self, key: &'static str, value: &Value<'_>) -> Option<Setting<String>> {
        let DeValue::String(text) = value.get_ref() else {
            return self.reject(key, value, TEXT);
        };
        let Expanded { text, .. } = self.expand(key, value, text)?;
        Some(self.setting(key, value, text))
    }

    /// The URL of a collector. A message shows neither its credentials nor the values of variables.
    pub(super) fn endpoint(&mut self, key: &'static str, value: &Value<'_>) -> Option<Setting<String>> {
        let DeValue::String(text) = value.get_ref() else {
            let found = value.get_ref().type_str();
            let message = format!("invalid value of the type {found} for `{key}`: {TEXT}");
            self.mistakes.add(value.span().start, message);
            return None;
        };
        let Expanded { text: url, refers } = self.expand(key, value, text)?;
        let setting = self.setting(key, value, url);
        let checked = if refers {
            Endpoint::parse_shown_as(&setting, &references(text))
        } else {
            Endpoint::parse(&setting)
        };
        if let Err(error) = checked {
            self.mistakes.add_error(value.span().start, error);
        }
        Some(setting)
    }

    fn setting(&self, key: &'static str, value: &Value<'_>, text: String) -> Setting<String> {
        Setting {
            value: text,
            origin: Origin::File(self.mistakes.place(value.span().start), key),
        }
    }

    /// The text of a number or flag, which must come from a variable.
    fn expanded(&mut self, key: &str, value: &Value<'_>, text: &str, expected: &str) -> Option<String> {
        let Expanded { text, refers } = self.expand(key, value, text)?;
        if refers {
            return Some(text);
        }
        self.reject(key, value, &format!("{expected}, without quotation marks"))
    }

    fn expand(&mut self, key: &str, value: &Value<'_>, text: &str) -> Option<Expanded> {
        match expand(text, self.env) {
            Ok(expanded) => Some(expanded),
            Err(problems) => {
                let span = value.span();
                let source = self.mistakes.text().get(span.clone()).unwrap_or_default();
                // A text with escapes is not found: then the position is that of the value.
                let begin = source.find(text);
                for problem in problems {
                    let at = begin.map_or(span.start, |begin| span.start + begin + problem.offset);
                    let (reference, message) = (quoted(&references(problem.reference)), problem.message);
                    self.mistakes
                        .add(at, format!("invalid value for `{key}`: `{reference}` {message}"));
                }
                None
            }
        }
    }

    /// A value of variables. The message shows their names and not their values, which may be secret.
    fn checked<T>(&mut self, key: &str, value: &Value<'_>, read: Option<T>, expected: &str) -> Option<T> {
        if read.is_none() {
            let written = self.source(value);
            let message = format!("invalid value {written} for `{key}`, with its variables replaced: {expected}");
            self.mistakes.add(value.span().start, message);
        }
        read
    }

    /// Rejects a value of another type, or out of range.
    pub(super) fn reject<T>(&mut self, key: &str, value: &Value<'_>, expected: &str) -> Option<T> {
        let message = format!("invalid value {} for `{key}`: {expected}", self.source(value));
        self.mistakes.add(value.span().start, message);
        None
    }

    /// The value as it is written in the file.
    fn source(&self, value: &Value<'_>) -> String {
        let source = self.mistakes.text().get(value.span()).unwrap_or_default();
        match value.get_ref() {
            // If a dotted key makes the table, only the key is marked.
            DeValue::Table(_) if !source.starts_with(['[', '{']) => "(a table)".to_owned(),
            // It may have credentials, and is no value of these keys.
            _ if source.contains("://") => "(an address)".to_owned(),
            _ => quoted(source),
        }
    }
}

fn in_range(rate: Option<f64>) -> Option<f64> {
    // NaN is not in the range.
    rate.filter(|rate| (0.0..=1.0).contains(rate))
}

fn zero_or_one(number: &DeInteger<'_>) -> Option<f64> {
    match i128::from_str_radix(number.as_str(), number.radix()) {
        Ok(0) => Some(0.0),
        Ok(1) => Some(1.0),
        _ => None,
    }
}
