//! What is measured of a subject: which functions are called, and how.

use std::fmt;
use std::str::FromStr;

/// Which functions are called, and how. Written and read as one word, since it travels to worker processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scenario {
    /// Steps, one after the other.
    Steps,
    /// Handlers in one step that is open around them.
    Handlers,
    /// The same, with what the step knows.
    InheritingHandlers,
    /// Asynchronous steps that are polled so often.
    Polled(u32),
    /// Chains of so many spans.
    Nested(u32),
    /// Steps with six attributes more, of one kind.
    With(Kind),
    /// Steps on so many threads at once.
    Threads(u32),
    /// Tasks of so many steps each.
    StepsPerTask(u32),
    /// Steps in so many namespaces.
    Namespaces(u32),
}

/// Of which type attributes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `Uuid`.
    Uuid,
    /// `&str`.
    Str,
    /// `String`.
    String,
    /// `i32`.
    Integer,
}

impl Kind {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Uuid, "uuid"),
        (Self::Str, "str"),
        (Self::String, "string"),
        (Self::Integer, "integer"),
    ];
}

impl Scenario {
    /// How many spans one call makes.
    pub fn spans_per_call(self) -> u64 {
        match self {
            Self::Nested(depth) => depth.into(),
            _ => 1,
        }
    }

    fn parts(self) -> (&'static str, Option<u32>) {
        match self {
            Self::Steps => ("steps", None),
            Self::Handlers => ("handlers", None),
            Self::InheritingHandlers => ("inheriting-handlers", None),
            Self::With(kind) => {
                let name = Kind::ALL.iter().find(|(other, _)| *other == kind);
                (name.map_or("", |(_, name)| name), None)
            }
            Self::Polled(polls) => ("polled", Some(polls)),
            Self::Nested(depth) => ("nested", Some(depth)),
            Self::Threads(threads) => ("threads", Some(threads)),
            Self::StepsPerTask(steps) => ("steps-per-task", Some(steps)),
            Self::Namespaces(namespaces) => ("namespaces", Some(namespaces)),
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (name, None) => f.write_str(name),
            (name, Some(number)) => write!(f, "{name}:{number}"),
        }
    }
}

impl FromStr for Scenario {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let unknown = || format!("`{text}` is no scenario");
        let (name, number) = match text.split_once(':') {
            None => (text, None),
            Some((name, number)) => (name, Some(number.parse::<u32>().map_err(|_| unknown())?)),
        };
        Ok(match (name, number) {
            ("steps", None) => Self::Steps,
            ("handlers", None) => Self::Handlers,
            ("inheriting-handlers", None) => Self::InheritingHandlers,
            ("polled", Some(polls)) => Self::Polled(polls),
            ("nested", Some(depth)) => Self::Nested(depth),
            ("threads", Some(threads)) => Self::Threads(threads),
            ("steps-per-task", Some(steps)) => Self::StepsPerTask(steps),
            ("namespaces", Some(namespaces)) => Self::Namespaces(namespaces),
            (name, None) => {
                let kind = Kind::ALL.iter().find(|(_, other)| *other == name);
                Self::With(kind.ok_or_else(unknown)?.0)
            }
            _ => return Err(unknown()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_read_as_it_is_written() {
        for scenario in [
            Scenario::Steps,
            Scenario::Handlers,
            Scenario::InheritingHandlers,
            Scenario::Polled(10),
            Scenario::Nested(9),
            Scenario::With(Kind::Uuid),
            Scenario::With(Kind::Integer),
            Scenario::Threads(16),
            Scenario::StepsPerTask(100_000),
            Scenario::Namespaces(10_000),
        ] {
            assert_eq!(scenario.to_string().parse(), Ok(scenario));
        }
        for text in ["", "step", "nested", "nested:", "nested:two", "steps:2"] {
            assert!(text.parse::<Scenario>().is_err(), "{text}");
        }
    }
}
