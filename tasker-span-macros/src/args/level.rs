//! `level = …`: a level of `tracing`, by name or path.

use quote::ToTokens;
use syn::{Expr, Lit};

use crate::suggest::did_you_mean;

/// A level of `tracing`, by its constant's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(pub(crate) &'static str);

const LEVELS: &[&str] = &["trace", "debug", "info", "warn", "error"];

impl Level {
    pub(crate) const INFO: Self = Self("INFO");

    /// `"debug"`, or a path that ends in the constant, such as `Level::DEBUG`.
    pub(crate) fn parse(value: &Expr) -> syn::Result<Self> {
        let name = match value {
            Expr::Group(group) => return Self::parse(&group.expr),
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => text.value(),
                other => other.to_token_stream().to_string(),
            },
            Expr::Path(path) => path
                .path
                .segments
                .last()
                .map(|last| last.ident.to_string())
                .unwrap_or_default(),
            other => return Err(syn::Error::new_spanned(other, format!("no level: {EXPECTED}"))),
        };
        match name.to_ascii_lowercase().as_str() {
            "trace" => Ok(Self("TRACE")),
            "debug" => Ok(Self("DEBUG")),
            "info" => Ok(Self::INFO),
            "warn" => Ok(Self("WARN")),
            "error" => Ok(Self("ERROR")),
            written => {
                let hint = did_you_mean(written, LEVELS.iter().copied());
                Err(syn::Error::new_spanned(
                    value,
                    format!("there is no level `{name}`{hint}\n{EXPECTED}"),
                ))
            }
        }
    }
}

const EXPECTED: &str = "the levels are \"trace\", \"debug\", \"info\", \"warn\" and \"error\"";
