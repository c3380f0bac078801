//! The macros of [`tasker-span-runtime`](https://docs.rs/tasker-span-runtime): depend on that crate, which re-exports
//! them.

mod catalogue;
mod error;

use proc_macro::TokenStream;

/// The catalogue as constants, for the runtime alone.
#[doc(hidden)]
#[proc_macro]
pub fn __catalogue(_input: TokenStream) -> TokenStream {
    catalogue::emit().into()
}
