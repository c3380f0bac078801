//! Expansions, against the snapshots in `tests/snapshots`, and what does not show in them.

mod errors;
mod expansion;
mod snapshots;

use proc_macro2::TokenStream;

use crate::catalogue::Family;
use crate::pipeline;

/// The attribute's arguments and its function, as they stand in a snapshot.
struct Case {
    family: Family,
    args: TokenStream,
    item: TokenStream,
}

impl Case {
    fn task(args: TokenStream, item: TokenStream) -> Self {
        Self {
            family: Family::Task,
            args,
            item,
        }
    }

    fn step(args: TokenStream, item: TokenStream) -> Self {
        Self {
            family: Family::Step,
            args,
            item,
        }
    }

    fn expand(&self) -> TokenStream {
        pipeline::attribute(self.family, self.args.clone(), self.item.clone())
    }
}
