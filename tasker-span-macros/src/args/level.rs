//! `level = …`: a level of `tracing`, by name or path.

use syn::Expr;

use super::named::Names;

/// A level of `tracing`, by its constant's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level(pub(crate) &'static str);

const LEVELS: Names = Names {
    what: "level",
    values: &[
        ("trace", "TRACE"),
        ("debug", "DEBUG"),
        ("info", Level::INFO.0),
        ("warn", "WARN"),
        ("error", "ERROR"),
    ],
    expected: "the levels are \"trace\", \"debug\", \"info\", \"warn\" and \"error\"",
};

impl Level {
    pub(crate) const INFO: Self = Self("INFO");

    /// `"debug"`, or a path that ends in the constant, such as `Level::DEBUG`.
    pub(crate) fn parse(value: &Expr) -> syn::Result<Self> {
        LEVELS.parse(value).map(Self)
    }
}
