//! The header of the quiet impls: the struct's own generics, and what an attribute needs of them.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{Generics, Type};

use super::ast::{Input, Place, Source, Way};
use super::respan::quiet;

/// The type that the traits are implemented for.
pub(crate) struct Target<'a> {
    /// The path of the runtime crate.
    pub(crate) runtime: TokenStream,
    ident: TokenStream,
    generics: &'a Generics,
    type_params: BTreeSet<&'a Ident>,
}

impl<'a> Target<'a> {
    pub(crate) fn new(input: &Input<'a>) -> Self {
        let generics = &input.original.generics;
        Self {
            runtime: input
                .runtime
                .as_ref()
                .map_or_else(|| quote!(::tasker_span_runtime), ToTokens::to_token_stream),
            ident: quiet(&input.original.ident),
            generics,
            type_params: generics.type_params().map(|param| &param.ident).collect(),
        }
    }

    /// `impl<…> runtime::SpanFields for Task<…> where … { body }`
    pub(crate) fn implement(&self, name: &Ident, predicates: &[TokenStream], body: &TokenStream) -> TokenStream {
        let Self {
            runtime,
            ident,
            generics,
            ..
        } = self;
        let (impl_generics, type_generics, where_clause) = generics.split_for_impl();
        let (impl_generics, type_generics) = (quiet(impl_generics), quiet(type_generics));
        let own = where_clause
            .into_iter()
            .flat_map(|clause| &clause.predicates)
            .map(quiet);
        let predicates = own.chain(predicates.iter().cloned()).collect::<Vec<_>>();
        let where_clause = (!predicates.is_empty()).then(|| quote!(where #(#predicates),*));
        quote! {
            #[automatically_derived]
            impl #impl_generics #runtime::#name for #ident #type_generics #where_clause { #body }
        }
    }

    /// What the attribute asks of a field whose type the struct's user chooses.
    pub(crate) fn predicates(&self, source: &Source<'_>) -> Vec<TokenStream> {
        let runtime = &self.runtime;
        let Some(Place { ty, .. }) = source.way.place().filter(|place| self.is_open(place.ty)) else {
            return Vec::new();
        };
        let ty = quiet(ty);
        if matches!(source.way, Way::Nested(_)) {
            let has = source.supply.has();
            vec![
                quote!(#ty: #runtime::SpanFields),
                quote!(<#ty as #runtime::SpanFields>::Source: #runtime::#has),
            ]
        } else {
            let bound = source.supply.kind().bound();
            vec![quote!(#ty: #runtime::#bound)]
        }
    }

    /// Whether the type mentions one of the struct's type parameters.
    fn is_open(&self, ty: &Type) -> bool {
        self.mentions(ty.to_token_stream())
    }

    fn mentions(&self, tokens: TokenStream) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => self.mentions(group.stream()),
            TokenTree::Ident(ident) => self.type_params.contains(&ident),
            _ => false,
        })
    }
}
