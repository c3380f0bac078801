//! The headers of the impls: the struct's own generics, and the bounds that an attribute needs.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{Generics, Type};

use super::ast::{FieldRef, Input, Source, Way};
use crate::catalogue::ValueType;
use crate::hygiene::quiet;

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

    /// The bounds on a field whose type is chosen by the user of the struct.
    pub(crate) fn predicates(&self, source: &Source<'_>) -> Vec<TokenStream> {
        let runtime = &self.runtime;
        let Some(FieldRef { ty, .. }) = source.way.field().filter(|field| self.is_open(field.ty)) else {
            return Vec::new();
        };
        let ty = quiet(ty);
        if matches!(source.way, Way::Nested(_)) {
            let has = source.attribute.has();
            vec![
                quote!(#ty: #runtime::SpanFields),
                quote!(<#ty as #runtime::SpanFields>::Source: #runtime::#has),
            ]
        } else {
            let bound = value_trait(source.attribute.value);
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

/// The trait of types that a value is read from: `AsUuid`.
pub(crate) fn value_trait(value: ValueType) -> Ident {
    format_ident!("As{}", value.noun())
}
