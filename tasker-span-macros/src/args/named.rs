//! A value that is one of several names: `"debug"`, `producer`, or a path that ends in one, such as `Level::DEBUG`.

use quote::ToTokens;
use syn::{Expr, Lit};

use crate::suggest::did_you_mean;

/// The values of an argument, as users write them, each with what stands for it in the expansion.
pub(crate) struct Names {
    /// What a value is, in messages.
    pub(crate) what: &'static str,
    pub(crate) values: &'static [(&'static str, &'static str)],
    pub(crate) expected: &'static str,
}

impl Names {
    /// What stands for the value in the expansion. Case does not matter.
    pub(crate) fn parse(&self, value: &Expr) -> syn::Result<&'static str> {
        let Self { what, values, expected } = self;
        let name = match value {
            Expr::Group(group) => return self.parse(&group.expr),
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
            other => return Err(syn::Error::new_spanned(other, format!("no {what}: {expected}"))),
        };
        let written = name.to_ascii_lowercase();
        if let Some((_, meant)) = values.iter().find(|(known, _)| *known == written) {
            return Ok(meant);
        }
        let hint = did_you_mean(&written, values.iter().map(|(known, _)| *known));
        let message = format!("there is no {what} `{name}`{hint}\n{expected}");
        Err(syn::Error::new_spanned(value, message))
    }
}
