//! `Query`: which traces a command is about, and where they are.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use tasker_span_runtime::identity::TraceId;

use crate::jaeger;

/// The traces that a command is about.
#[derive(Debug, Args)]
pub(crate) struct Queries {
    /// `correlation_id=…`, `task_uuid=…`, `step_uuid=…` or another attribute of a span; a trace id; or a file of OTLP JSON or
    /// Jaeger JSON, `-` for standard input. With a file the others select in it, in place of Jaeger.
    #[arg(required = true, value_name = "QUERY|FILE")]
    pub(crate) list: Vec<Query>,
    #[command(flatten)]
    pub(crate) jaeger: jaeger::Address,
    #[command(flatten)]
    pub(crate) search: jaeger::Search,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Query {
    Trace(TraceId),
    /// The traces with a span that has this attribute.
    Attribute {
        name: String,
        value: String,
    },
    /// `-` is the standard input.
    File(PathBuf),
}

impl FromStr for Query {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let path = Path::new(text);
        // A shell gives `<(…)` as a pipe.
        if text == "-" || (path.exists() && !path.is_dir()) {
            return Ok(Self::File(text.into()));
        }
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() && !name.contains('/') && !value.is_empty() => {
                return Ok(Self::Attribute {
                    name: name.to_owned(),
                    value: value.to_owned(),
                });
            }
            _ => {}
        }
        let digits = (16..=32).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let id = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        if let Some(id) = id.and_then(TraceId::from_u128) {
            return Ok(Self::Trace(id));
        }
        if text.len() == 36 && tasker_span_runtime::Uuid::try_parse(text).is_ok() {
            return Err(format!(
                "say what it is the UUID of: `task_uuid={text}`, `correlation_id={text}` or `step_uuid={text}`"
            ));
        }
        if path.is_dir() {
            return Err("it is not a file".to_owned());
        }
        Err("expected `ATTRIBUTE=VALUE`, a trace id of 32 hex digits, or a file".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn any_text_is_a_query_or_a_mistake(text in prop_oneof![any::<String>(), "[0-9a-f=/.-]{0,40}", "\\PC{0,8}=\\PC{0,8}"]) {
            match text.parse() {
                Ok(Query::Trace(id)) => prop_assert_eq!(text.parse(), Ok(Query::Trace(id))),
                Ok(Query::Attribute { name, value }) => prop_assert_eq!(format!("{name}={value}"), text),
                Ok(Query::File(path)) => prop_assert_eq!(path.to_str(), Some(&*text)),
                Err(message) => prop_assert!(message.len() < 200),
            }
        }
    }

    #[test]
    fn a_query_is_an_attribute_an_id_or_a_file() {
        let attribute = |name: &str, value: &str| Query::Attribute {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        let id = TraceId::from_u128(0x1b11_2ff7_3470_baa1_bc03_12a2_c8df_9ba6).unwrap();
        for (text, query) in [
            ("correlation_id=a=b", attribute("correlation_id", "a=b")),
            ("1b112ff73470baa1bc0312a2c8df9ba6", Query::Trace(id)),
            ("1B112FF73470BAA1BC0312A2C8DF9BA6", Query::Trace(id)),
            ("-", Query::File("-".into())),
            ("Cargo.toml", Query::File("Cargo.toml".into())),
        ] {
            assert_eq!(text.parse(), Ok(query), "{text}");
        }
    }

    #[test]
    fn a_mistake_says_what_is_expected() {
        for (text, part) in [
            ("", "expected"),
            ("abc", "expected"),
            ("=x", "expected"),
            ("task_uuid=", "expected"),
            ("no/such=file", "expected"),
            ("00000000000000000000000000000000", "expected"),
            ("src", "it is not a file"),
            ("01a2076d-502b-763c-b3ba-3713d1c0cc58", "`task_uuid=01a2076d"),
        ] {
            let message = text.parse::<Query>().unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
