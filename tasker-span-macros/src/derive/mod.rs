//! `#[derive(SpanFields)]`: tokens → `attr` (syntax) → `read` (meaning) → `valid` (checks of the
//! whole struct) → `expand` (cannot fail).

mod ast;
mod attr;
mod expand;
mod fallback;
mod generics;
mod read;
#[cfg(test)]
mod tests;
mod text;
mod valid;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::error::Errors;

pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Errors::new();
    let input = read::read(input, &mut errors);
    input.validate(&mut errors);
    match errors.finish() {
        Ok(()) => expand::expand(&input),
        Err(error) => fallback::expand(&input, &error),
    }
}
