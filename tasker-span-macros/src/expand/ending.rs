//! The closure that reads the returned value at the end of the span: outcome, late attributes,
//! `ret`.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use crate::args::{ErrorFormat, Format};
use crate::hygiene::{Location, generated};
use crate::plan::{Ending, Late, Opening, Outcome};

// Input: task_span("task.orchestration", …, late(namespace = |ok| &ok.namespace), ret)
// Output:
//     |__returned, __ending| {
//         P::observe!(__ending, __returned);
//         P::Collect::namespace(__ending, P::late_text(P::ok!(__returned), |ok| &ok.namespace));
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
        Outcome::Error(format, location) => {
            let function = match format {
                ErrorFormat::Display => "display_failure",
                ErrorFormat::Debug => "debug_failure",
                ErrorFormat::Type => "type_failure",
            };
            let function = opening.runtime.item_at(function, *location);
            quote_spanned!(location.end()=> __ending.outcome(#function(__returned)))
        }
        Outcome::Test(test) => {
            let location = Location::of(test);
            let function = opening.runtime.item_at("failed", location);
            quote_spanned!(location.end()=> __ending.outcome(#function(__returned, #test)))
        }
    }
}

fn late_value(late: &Late, opening: &Opening) -> Option<TokenStream> {
    let closure = late.closure.as_ref()?;
    let location = Location::of(closure);
    let conversion = format!("late_{}", late.attribute.value.conversion());
    let function = opening.runtime.item_at(&conversion, location);
    let ok = opening.runtime.item_at("ok", location);
    let setter = opening.runtime.item_at("Collect", location);
    let attribute = Ident::new(late.attribute.name, location.end());
    Some(quote_spanned!(location.end()=> #setter::#attribute(__ending, #function(#ok!(__returned), #closure))))
}

fn ret(opening: &Opening, ending: &Ending) -> Option<TokenStream> {
    let (format, location) = ending.ret?;
    let method = match format {
        Format::Display => "ret_display",
        Format::Debug | Format::Value => "ret_debug",
    };
    let method = Ident::new(method, location.end());
    let ok = opening.runtime.item_at("ok", location);
    Some(quote_spanned!(location.end()=> __ending.#method(#ok!(__returned));))
}
