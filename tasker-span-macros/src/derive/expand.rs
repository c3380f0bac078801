//! The impls.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, UnOp};

use super::ast::{Input, Place, Source, Way};
use super::generics::Target;
use super::respan::quiet;
use super::supply::{Kind, Supply};
use crate::hygiene::Location;

// Input:
// #[span(namespace = self.meta.namespace())]
// struct Message { task_uuid: Uuid, #[span(nested(priority))] task: Option<Task>, meta: Meta }
//
// Output, under each impl an `#[automatically_derived]`, on each method an `#[inline]`:
// impl ::tasker_span_runtime::SpanFields for Message {
//     type Source = Self;
//     fn span_source(&self) -> ::core::option::Option<&Self> { ::core::option::Option::Some(self) }
// }
// impl ::tasker_span_runtime::HasTaskUuid for Message {
//     fn task_uuid(&self) -> ::core::option::Option<::tasker_span_runtime::Uuid> {
//         ::tasker_span_runtime::__private::implicit_uuid::<Uuid>(&self.task_uuid)
//     }
// }
// impl HasPriority …   ::tasker_span_runtime::__private::nested_priority::<Option<Task>>(&self.task)
// impl HasNamespace …  ::tasker_span_runtime::__private::borrowed_text(self.meta.namespace())
pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let target = Target::new(input);
    let subject = subject(&target);
    let attributes = input.sources.iter().map(|source| {
        let (receiver, value) = value(source, input.packed, &target.runtime);
        attribute(&target, source.supply, &target.predicates(source), &receiver, &value)
    });
    quote!(#subject #(#attributes)*)
}

/// The impl of `SpanFields`.
pub(crate) fn subject(target: &Target<'_>) -> TokenStream {
    let body = quote! {
        type Source = Self;

        #[inline]
        fn span_source(&self) -> ::core::option::Option<&Self> {
            ::core::option::Option::Some(self)
        }
    };
    target.implement(&format_ident!("SpanFields"), &[], &body)
}

/// The impl of `HasTaskUuid`.
pub(crate) fn attribute(
    target: &Target<'_>,
    supply: Supply,
    predicates: &[TokenStream],
    receiver: &Ident,
    value: &TokenStream,
) -> TokenStream {
    let method = supply.method();
    let returned = supply.kind().returned(&target.runtime);
    let body = quote! {
        #[inline]
        fn #method(&#receiver) -> ::core::option::Option<#returned> {
            #value
        }
    };
    target.implement(&supply.has(), predicates, &body)
}

/// The body of an attribute's method, and its `self`.
fn value(source: &Source<'_>, packed: bool, runtime: &TokenStream) -> (Ident, TokenStream) {
    let kind = source.supply.kind();
    let read = |place: &Place<'_>, function: Ident| (this(), read(place, &function, packed, runtime));
    match &source.way {
        Way::ByName(place) => read(place, kind.by_name()),
        Way::Marked(place) => read(place, kind.marked()),
        Way::Nested(place) => read(place, format_ident!("nested_{}", source.supply.name())),
        Way::Computed(value) => (
            receiver(value.to_token_stream()).unwrap_or_else(this),
            compute(kind, value, runtime),
        ),
    }
}

/// The whole call stands at the field's type, because that is where rustc reports a type that does not fit.
fn read(place: &Place<'_>, function: &Ident, packed: bool, runtime: &TokenStream) -> TokenStream {
    let at = Location::of(place.ty);
    let (ty, member) = (quiet(place.ty), quiet(&place.member));
    let function = at.respan(quote!(#runtime::__private::#function));
    // A packed struct's field is copied before it is borrowed.
    let field = if packed {
        quote!(&{ self.#member })
    } else {
        quote!(&self.#member)
    };
    let field = at.respan(field);
    quote_spanned!(at.end()=> #function::<#ty>(#field))
}

fn compute(kind: Kind, value: &Expr, runtime: &TokenStream) -> TokenStream {
    let at = Location::of(value);
    let (function, value) = if kind == Kind::Text && !is_place(value) {
        (format_ident!("borrowed_text"), quote!(#value))
    } else {
        (kind.marked(), at.respan(quote!(&(#value))))
    };
    let function = at.respan(quote!(#runtime::__private::#function));
    quote_spanned!(at.end()=> #function(#value))
}

/// Whether the expression names something that stays where it is, so that a text in it can be lent.
fn is_place(value: &Expr) -> bool {
    match value {
        Expr::Field(_) | Expr::Index(_) | Expr::Path(_) => true,
        Expr::Unary(inner) => matches!(inner.op, UnOp::Deref(_)),
        Expr::Paren(inner) => is_place(&inner.expr),
        Expr::Group(inner) => is_place(&inner.expr),
        _ => false,
    }
}

/// The expression's own `self`: keywords are hygienic, and the struct may come from a `macro_rules` macro.
fn receiver(tokens: TokenStream) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "self" => Some(ident),
        TokenTree::Group(group) => receiver(group.stream()),
        _ => None,
    })
}

fn this() -> Ident {
    Ident::new("self", Span::call_site())
}
