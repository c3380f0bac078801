//! `kind = …`: a kind of OpenTelemetry's spans, by name or path.

use syn::Expr;

use super::named::Names;

/// A kind, by the variant of the runtime's `SpanKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) &'static str);

const KINDS: Names = Names {
    what: "kind",
    values: &[
        ("producer", "Producer"),
        ("consumer", "Consumer"),
        ("client", "Client"),
        ("server", "Server"),
        ("internal", "Internal"),
    ],
    expected: "the kinds are `producer`, `consumer`, `client`, `server` and `internal`",
};

impl Kind {
    /// `producer`, `"producer"`, or a path that ends in the variant, such as `SpanKind::Producer`.
    pub(crate) fn parse(value: &Expr) -> syn::Result<Self> {
        KINDS.parse(value).map(Self)
    }
}
