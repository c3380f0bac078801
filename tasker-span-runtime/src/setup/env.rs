//! `Environment`: the variables of the process, and their types. Nothing else reads them.

use std::ffi::OsString;
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Error, Kind, Origin};
use crate::setup::settings::SettingSource;

/// A setting and its source, for the message that rejects it.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Setting<T> {
    pub(super) value: T,
    pub(super) origin: Origin,
}

/// Without the value, which may be a secret.
impl<T> fmt::Debug for Setting<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Setting")
            .field("origin", &self.origin)
            .finish_non_exhaustive()
    }
}

impl<T> Setting<T> {
    /// A value given to the builder's method of this name.
    pub(super) fn method(name: &'static str, value: T) -> Self {
        Self {
            value,
            origin: Origin::Method(name),
        }
    }
}

impl Setting<String> {
    pub(super) fn invalid(&self, problem: impl fmt::Display) -> Error {
        Error::invalid(Kind::Configuration, self.origin.clone(), &self.value, problem)
    }

    /// The value as a name, in lower case: OpenTelemetry's names have no case.
    pub(super) fn name(&self) -> String {
        self.value.trim().to_ascii_lowercase()
    }

    /// The value as a list of names, each once, in lower case.
    pub(super) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.name().split(',').map(str::trim) {
            if !name.is_empty() && !names.iter().any(|other| other == name) {
                names.push(name.to_owned());
            }
        }
        names
    }
}

static IS_IGNORED: AtomicBool = AtomicBool::new(false);

/// Reads no variable of the process any more: for the examples of this documentation, in the environment of who tries them.
#[doc(hidden)]
pub fn ignore_environment() {
    IS_IGNORED.store(true, Ordering::Relaxed);
}

/// The variables of the process, or of a test.
#[derive(Clone, Copy)]
pub(super) struct Environment<'a> {
    lookup: &'a dyn Fn(&str) -> Option<OsString>,
}

#[cfg(any(test, fuzzing))]
impl<'a> Environment<'a> {
    /// Variables by a function.
    pub(super) fn reading(lookup: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { lookup }
    }
}

impl Environment<'_> {
    pub(super) fn process() -> Self {
        Self {
            lookup: &|name| std::env::var_os(name).filter(|_| !IS_IGNORED.load(Ordering::Relaxed)),
        }
    }

    /// A variable. An empty one counts as unset, as the OpenTelemetry specification requires.
    pub(super) fn text(&self, name: &'static str) -> Result<Option<Setting<String>>, Error> {
        let Some(value) = (self.lookup)(name).filter(|value| !value.is_empty()) else {
            return Ok(None);
        };
        let origin = Origin::Variable(name);
        let Ok(value) = value.into_string() else {
            // Without the value, which may be a token.
            let message = format!("{origin} is not valid Unicode: expected Unicode text");
            return Err(Error::new(Kind::Configuration, message));
        };
        Ok(Some(Setting { value, origin }))
    }

    /// The first of the variables that is set.
    pub(super) fn first(&self, names: &[&'static str]) -> Result<Option<Setting<String>>, Error> {
        for &name in names {
            if let Some(setting) = self.text(name)? {
                return Ok(Some(setting));
            }
        }
        Ok(None)
    }

    pub(super) fn number(&self, names: &[&'static str], range: RangeInclusive<u32>) -> Result<Option<u32>, Error> {
        let Some(setting) = self.first(names)? else {
            return Ok(None);
        };
        let (start, end) = (range.start(), range.end());
        match setting.value.trim().parse() {
            Ok(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(setting.invalid(format_args!("expected a whole number from {start} to {end}"))),
        }
    }

    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, Error> {
        let Some(setting) = self.text(name)? else {
            return Ok(None);
        };
        match setting.value.trim() {
            value if value.eq_ignore_ascii_case("true") => Ok(Some(true)),
            value if value.eq_ignore_ascii_case("false") => Ok(Some(false)),
            _ => Err(setting.invalid("expected `true` or `false`")),
        }
    }

    /// A flag that may be written as a digit, too.
    pub(super) fn flag_or_digit(&self, name: &'static str) -> Result<Option<bool>, Error> {
        let Some(setting) = self.text(name)? else {
            return Ok(None);
        };
        match &*setting.name() {
            "true" | "1" => Ok(Some(true)),
            "false" | "0" => Ok(Some(false)),
            _ => Err(setting.invalid("expected `true`, `false`, `1` or `0`")),
        }
    }

    /// The source of a setting of these variables: the first that is set, or the default.
    pub(super) fn source(&self, names: &[&'static str]) -> SettingSource {
        let set = names.iter().find(|name| self.is_set(name));
        set.map_or(SettingSource::Default, |name| SettingSource::Environment(name))
    }

    /// Whether a variable has any value, of whatever encoding.
    pub(super) fn is_set(&self, name: &str) -> bool {
        (self.lookup)(name).is_some_and(|value| !value.is_empty())
    }

    /// A variable that the configuration file refers to. `Err` if it is not Unicode.
    pub(super) fn referred(&self, name: &str) -> Result<Option<String>, OsString> {
        (self.lookup)(name)
            .filter(|value| !value.is_empty())
            .map(OsString::into_string)
            .transpose()
    }
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Runs `test` with these variables and no others.
    pub(in super::super) fn with<R>(variables: &[(&str, &str)], test: impl FnOnce(Environment<'_>) -> R) -> R {
        let lookup = |name: &str| {
            variables
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| OsString::from(value))
        };
        test(Environment::reading(&lookup))
    }

    #[test]
    fn an_empty_variable_is_unset() {
        with(&[("A", ""), ("B", "b")], |env| {
            assert_eq!(env.first(&["A", "B"]).unwrap().unwrap().value, "b");
            assert_eq!(env.flag("A").unwrap(), None);
            assert_eq!(env.number(&["A"], 1..=2).unwrap(), None);
        });
    }

    #[test]
    fn numbers_and_flags_are_checked() {
        with(&[("N", "7"), ("F", "TRUE"), ("X", "ten")], |env| {
            assert_eq!(env.number(&["N"], 1..=9).unwrap(), Some(7));
            assert_eq!(env.flag("F").unwrap(), Some(true));
            for error in [
                env.number(&["N"], 8..=9).unwrap_err(),
                env.number(&["X"], 1..=9).unwrap_err(),
            ] {
                assert!(error.is_invalid_configuration(), "{error}");
            }
            let message = env.flag("X").unwrap_err().to_string();
            let expected = "invalid value \"ten\" for the environment variable `X`: expected `true` or `false`";
            assert_eq!(message, expected);
        });
    }

    #[test]
    fn names_have_no_case() {
        let setting = Setting::method("names", " B3, tracecontext,,b3 ".to_owned());
        assert_eq!(setting.name(), "b3, tracecontext,,b3");
        assert_eq!(setting.names(), ["b3", "tracecontext"]);
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_unicode_are_an_error() {
        use std::os::unix::ffi::OsStringExt;

        let lookup = |_: &str| Some(OsString::from_vec(vec![b'a', 0xff]));
        let error = Environment { lookup: &lookup }.text("OTEL_SERVICE_NAME").unwrap_err();
        assert!(error.is_invalid_configuration());
        assert_eq!(
            error.to_string(),
            "the environment variable `OTEL_SERVICE_NAME` is not valid Unicode: expected Unicode text"
        );
    }
}
