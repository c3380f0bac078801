//! The mistakes in one item, collected so that the user sees all of them at once.

use std::fmt::Display;

use proc_macro2::Span;
use quote::ToTokens;

/// The mistakes found so far. A collector that is dropped before `finish` is a bug of this crate,
/// and panics.
pub(crate) struct Errors(Option<Vec<syn::Error>>);

impl Errors {
    pub(crate) fn new() -> Self {
        Self(Some(Vec::new()))
    }

    pub(crate) fn push(&mut self, error: syn::Error) {
        if let Some(errors) = &mut self.0 {
            errors.push(error);
        }
    }

    /// Records a mistake on the user's `tokens`.
    pub(crate) fn spanned(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// Keeps the value of a `Result`, or its error.
    pub(crate) fn handle<T>(&mut self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.push(error)).ok()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.as_ref().is_none_or(Vec::is_empty)
    }

    /// All mistakes as one error, or nothing.
    pub(crate) fn finish(mut self) -> syn::Result<()> {
        let errors = self.0.take().unwrap_or_default();
        match errors.into_iter().reduce(|mut all, next| {
            all.combine(next);
            all
        }) {
            None => Ok(()),
            Some(all) => Err(all),
        }
    }

    /// The value if no mistake was found.
    pub(crate) fn finish_with<T>(self, value: Option<T>) -> syn::Result<T> {
        self.finish()?;
        value.ok_or_else(|| syn::Error::new(Span::call_site(), "a mistake was found, but not described"))
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        assert!(
            self.0.is_none() || std::thread::panicking(),
            "forgot to finish the collected errors"
        );
    }
}
