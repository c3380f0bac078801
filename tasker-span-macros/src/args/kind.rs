//! `kind = …`: a kind of OpenTelemetry's spans, by name or path.

use quote::ToTokens;
use syn::{Expr, Lit};

use crate::suggest::did_you_mean;

/// A kind, by the variant of the runtime's `SpanKind`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(pub(crate) &'static str);

const KINDS: &[&str] = &["producer", "consumer", "client", "server", "internal"];

impl Kind {
    /// `producer`, `"producer"`, or a path that ends in the variant, such as `SpanKind::Producer`.
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
            other => return Err(syn::Error::new_spanned(other, format!("no kind: {EXPECTED}"))),
        };
        match name.to_ascii_lowercase().as_str() {
            "producer" => Ok(Self("Producer")),
            "consumer" => Ok(Self("Consumer")),
            "client" => Ok(Self("Client")),
            "server" => Ok(Self("Server")),
            "internal" => Ok(Self("Internal")),
            written => {
                let hint = did_you_mean(written, KINDS.iter().copied());
                Err(syn::Error::new_spanned(
                    value,
                    format!("there is no kind `{name}`{hint}\n{EXPECTED}"),
                ))
            }
        }
    }
}

const EXPECTED: &str = "the kinds are `producer`, `consumer`, `client`, `server` and `internal`";
