//! The closure that reads the returned value when the span ends.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use crate::args::{ErrorFormat, Format};
use crate::hygiene::{Location, generated};
use crate::plan::{Ending, Late, Opening, Outcome, late_conversion};

// Input: task_span("task.orchestration", …, late(namespace = |ok| &ok.namespace), ret)
// Output:
//     |__returned, __ending| {
//         P::observe!(__ending, __returned);
//         __ending.namespace(P::late_text(P::ok!(__returned), |ok| &ok.namespace));
//         __ending.ret_debug(P::ok!(__returned));
//     }
pub(super) fn observer(opening: &Opening, ending: &Ending) -> TokenStream {
    let outcome = outcome(opening, ending);
    let late = opening
        .late
        .iter()
        .filter_map(|late| late_value(late, opening))
        .collect::<Vec<_>>();
    let ret = ret(opening, ending);
    if late.is_empty() && ret.is_none() {
        return quote_spanned!(generated()=> |__returned, __ending| #outcome);
    }
    quote_spanned!(generated()=> |__returned, __ending| {
        #outcome;
        #(#late;)*
        #ret
    })
}

fn outcome(opening: &Opening, ending: &Ending) -> TokenStream {
    let p = opening.runtime.tokens();
    match &ending.outcome {
        Outcome::ByType => quote_spanned!(generated()=> #p::observe!(__ending, __returned)),
        Outcome::Error(ErrorFormat::Type, _) => quote_spanned!(generated()=> #p::observe!(type, __ending, __returned)),
        Outcome::Error(format, location) => {
            let function = match format {
                ErrorFormat::Debug => "debug_failure",
                _ => "display_failure",
            };
            let function = opening.runtime.item_at(function, *location);
            let returned = Ident::new("__returned", location.end());
            quote_spanned!(generated()=> __ending.outcome(#function(#returned)))
        }
        Outcome::Test(test) => {
            let function = opening.runtime.item_at("failed", Location::of(test));
            quote_spanned!(generated()=> __ending.outcome(#function(__returned, #test)))
        }
    }
}

fn late_value(late: &Late, opening: &Opening) -> Option<TokenStream> {
    let closure = late.closure.as_ref()?;
    let p = opening.runtime.tokens();
    let function = opening
        .runtime
        .item_at(late_conversion(late.attribute), Location::of(closure));
    let setter = Ident::new(late.attribute.name, generated());
    Some(quote_spanned!(generated()=> __ending.#setter(#function(#p::ok!(__returned), #closure))))
}

fn ret(opening: &Opening, ending: &Ending) -> Option<TokenStream> {
    let p = opening.runtime.tokens();
    let method = match ending.ret? {
        Format::Display => "ret_display",
        Format::Debug | Format::Value => "ret_debug",
    };
    let method = Ident::new(method, generated());
    Some(quote_spanned!(generated()=> __ending.#method(#p::ok!(__returned));))
}
