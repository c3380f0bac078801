//! Tests of each stage, and of representative expansions by snapshot. Compiler messages are UI
//! tests.

mod fallback;
mod groups;
mod mistakes;
mod odd_tokens;
mod shapes;
pub(crate) mod snapshot;
mod snapshots;

use proc_macro2::TokenStream;

use crate::catalogue::Family;
use crate::func::Func;
use crate::invocation::{Covers, Invocation};
use crate::{pipeline, plan};

/// The attribute's arguments and its function.
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

    /// The mistakes, in the order in which they are reported.
    fn mistakes(&self) -> Vec<String> {
        let invocation = Invocation {
            family: self.family,
            covers: Covers::Function,
        };
        let planned = Func::parse(self.item.clone(), invocation)
            .and_then(|func| plan::function(self.args.clone(), &func, invocation).map(|_| ()));
        planned
            .err()
            .into_iter()
            .flatten()
            .map(|error| error.to_string())
            .collect()
    }
}
