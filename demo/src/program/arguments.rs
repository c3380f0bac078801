//! The command line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// What stands on a program's command line, taken apart option by option.
#[derive(Clone, Debug)]
pub struct Arguments(Vec<String>);

/// A command line that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UsageError(String);

impl Arguments {
    /// The arguments of this process.
    pub fn of_process() -> Self {
        Self(
            std::env::args_os()
                .skip(1)
                .map(|argument| argument.to_string_lossy().into_owned())
                .collect(),
        )
    }

    /// Whether one of these options is given.
    pub fn flag(&mut self, names: &[&str]) -> bool {
        let before = self.0.len();
        self.0.retain(|argument| !names.contains(&argument.as_str()));
        self.0.len() < before
    }

    /// The whole number of seconds, one at least, that follows the option: `--name 5` or `--name=5`.
    ///
    /// # Errors
    ///
    /// Where something else follows.
    pub fn seconds(&mut self, name: &str, default: Duration) -> Result<Duration, UsageError> {
        let seconds = self.whole_number(name, "a whole number of seconds")?;
        Ok(seconds.map_or(default, |seconds| Duration::from_secs(seconds.into())))
    }

    /// How many, one at least: the whole number that follows the option.
    ///
    /// # Errors
    ///
    /// Where something else follows.
    pub fn count(&mut self, name: &str, default: u32) -> Result<u32, UsageError> {
        Ok(self.whole_number(name, "a whole number")?.unwrap_or(default))
    }

    fn whole_number(&mut self, name: &str, what: &str) -> Result<Option<u32>, UsageError> {
        let Some(text) = self.value(name)? else {
            return Ok(None);
        };
        match u32::from_str(&text) {
            Ok(number) if number > 0 => Ok(Some(number)),
            _ => Err(UsageError(format!("{name} takes {what}, 1 or more, not `{text}`"))),
        }
    }

    /// What is left, which is no option.
    ///
    /// # Errors
    ///
    /// Where it looks like one.
    pub fn rest(self) -> Result<Vec<String>, UsageError> {
        match self.0.iter().find(|argument| argument.starts_with('-')) {
            Some(unknown) => Err(UsageError(format!("unknown option `{unknown}`"))),
            None => Ok(self.0),
        }
    }

    fn value(&mut self, name: &str) -> Result<Option<String>, UsageError> {
        let Some(at) = self
            .0
            .iter()
            .position(|argument| argument.split('=').next() == Some(name))
        else {
            return Ok(None);
        };
        let option = self.0.remove(at);
        if let Some((_, value)) = option.split_once('=') {
            return Ok(Some(value.to_owned()));
        }
        if at < self.0.len() {
            return Ok(Some(self.0.remove(at)));
        }
        Err(UsageError(format!("{name} takes a value")))
    }
}

impl UsageError {
    /// An error with this message.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; --help shows what there is", self.0)
    }
}

impl std::error::Error for UsageError {}

impl<const N: usize> From<[&str; N]> for Arguments {
    fn from(arguments: [&str; N]) -> Self {
        Self(arguments.map(str::to_owned).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Duration = Duration::from_secs(30);

    #[test]
    fn options_and_the_rest_stand_in_any_order() {
        let mut arguments = Arguments::from(["payments", "--visibility-timeout", "2", "--no-orders", "inventory"]);
        assert!(arguments.flag(&["--no-orders"]));
        assert!(!arguments.flag(&["--help", "-h"]));
        assert_eq!(
            arguments.seconds("--visibility-timeout", DEFAULT),
            Ok(Duration::from_secs(2))
        );
        assert_eq!(
            arguments.rest(),
            Ok(vec!["payments".to_owned(), "inventory".to_owned()])
        );
    }

    #[test]
    fn a_value_may_follow_an_equals_sign() {
        let mut arguments = Arguments::from(["--visibility-timeout=7"]);
        assert_eq!(
            arguments.seconds("--visibility-timeout", DEFAULT),
            Ok(Duration::from_secs(7))
        );
        assert_eq!(arguments.seconds("--visibility-timeout", DEFAULT), Ok(DEFAULT));
        assert_eq!(Arguments::from(["--calls", "9"]).count("--calls", 5), Ok(9));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let message = |arguments: Arguments| {
            let mut arguments = arguments;
            let seconds = arguments.seconds("--visibility-timeout", DEFAULT);
            let error = seconds.and_then(|_| arguments.rest()).err();
            error.map(|error| error.to_string()).unwrap_or_default()
        };
        assert!(message(["--visibility-timeout", "0"].into()).contains("not `0`"));
        assert!(message(["--visibility-timeout", "1.5"].into()).contains("not `1.5`"));
        assert!(message(["--visibility-timeout"].into()).contains("takes a value"));
        assert!(message(["--orders"].into()).contains("unknown option `--orders`"));
    }
}
