//! Rust that uses one of the macros: `#[task_span(…)] fn …`, `step_scope!(…)`, `span_record!(…)`, or `#[derive(SpanFields)]`. The
//! sources of the macros' crate are compiled here, because a crate of macros can be called by the compiler alone.

#![no_main]
#![allow(dead_code, unused_imports, reason = "the emission of the catalogue")]

#[path = "../../tasker-span-macros/src/args/mod.rs"]
mod args;
#[path = "../../tasker-span-macros/src/catalogue/mod.rs"]
mod catalogue;
#[path = "../../tasker-span-macros/src/derive/mod.rs"]
mod derive;
#[path = "../../tasker-span-macros/src/error.rs"]
mod error;
#[path = "../../tasker-span-macros/src/expand/mod.rs"]
mod expand;
#[path = "../../tasker-span-macros/src/func.rs"]
mod func;
#[path = "../../tasker-span-macros/src/hygiene.rs"]
mod hygiene;
#[path = "../../tasker-span-macros/src/invocation.rs"]
mod invocation;
#[path = "../../tasker-span-macros/src/pipeline.rs"]
mod pipeline;
#[path = "../../tasker-span-macros/src/plan/mod.rs"]
mod plan;
#[path = "../../tasker-span-macros/src/record.rs"]
mod record;
#[path = "../../tasker-span-macros/src/runtime_path.rs"]
mod runtime_path;
#[path = "../../tasker-span-macros/src/shape/mod.rs"]
mod shape;
#[path = "../../tasker-span-macros/src/suggest.rs"]
mod suggest;

use catalogue::Family;
use libfuzzer_sys::fuzz_target;
use proc_macro2::{TokenStream, TokenTree};
use quote::quote;

fuzz_target!(|source: &str| {
    let Ok(tokens) = source.parse::<TokenStream>() else {
        return;
    };
    let trees: Vec<_> = tokens.clone().into_iter().collect();
    match &*trees {
        [
            TokenTree::Ident(name),
            TokenTree::Punct(mark),
            TokenTree::Group(arguments),
        ] if mark.as_char() == '!' => {
            block(&name.to_string(), arguments.stream());
        }
        [TokenTree::Punct(hash), TokenTree::Group(attribute), item @ ..] if hash.as_char() == '#' => {
            let attribute: Vec<_> = attribute.stream().into_iter().collect();
            if let [TokenTree::Ident(name), TokenTree::Group(arguments)] = &*attribute {
                annotated(&name.to_string(), arguments.stream(), item.iter().cloned().collect());
            }
        }
        _ => {}
    }
});

fn family(name: &str) -> Option<Family> {
    match name {
        "task_span" | "task_scope" => Some(Family::Task),
        "step_span" | "step_scope" => Some(Family::Step),
        _ => None,
    }
}

/// Its expansion is an expression, or a mistake in the place of one.
fn block(name: &str, arguments: TokenStream) {
    let expanded = match family(name) {
        Some(family) => pipeline::block(family, arguments),
        None => record::record(quote!(crate #arguments)),
    };
    let text = expanded.to_string();
    if let Err(error) = syn::parse2::<syn::Expr>(expanded) {
        panic!("{error}:\n{text}");
    }
}

/// Its expansion consists of items. The function is one of them, whatever the mistakes are.
fn annotated(name: &str, arguments: TokenStream, item: TokenStream) {
    let Some(family) = family(name) else {
        let Ok(input) = syn::parse2::<syn::DeriveInput>(item) else {
            return;
        };
        items(derive::derive(&input));
        return;
    };
    let function = syn::parse2::<syn::ItemFn>(item.clone());
    let expanded = pipeline::attribute(family, arguments, item);
    if let Ok(function) = function {
        let is_it = |item: &syn::Item| matches!(item, syn::Item::Fn(item) if item.sig.ident == function.sig.ident);
        assert_eq!(items(expanded).iter().filter(|item| is_it(item)).count(), 1);
    }
}

fn items(expanded: TokenStream) -> Vec<syn::Item> {
    let text = expanded.to_string();
    let file = syn::parse2::<syn::File>(expanded).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    file.items
}
