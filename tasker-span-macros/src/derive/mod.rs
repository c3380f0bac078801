//! `#[derive(SpanFields)]`: tokens → `attr` (syntax) → `ast`, `field` (meaning) → `valid` (what needs the whole struct)
//! → `expand` (cannot fail).

mod ast;
mod attr;
mod expand;
mod fallback;
mod field;
mod generics;
mod respan;
mod supply;
#[cfg(test)]
mod tests;
mod text;
mod valid;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::error::Errors;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::new();
    let input = ast::Input::from_syn(input, &mut errors);
    input.validate(&mut errors);
    match errors.finish() {
        Ok(()) => expand::expand(&input),
        Err(error) => fallback::expand(&input, &error),
    }
}
