//! Return types as an expression can name them: without `impl Trait` and `!`.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, Type};

use crate::hygiene::generated;
use crate::shape::Returns;

impl Returns {
    /// The type for a turbofish. `!` has none, because only a signature may name it.
    pub(super) fn nameable(&self) -> Option<TokenStream> {
        match self {
            Self::Unit => Some(quote_spanned!(generated()=> ())),
            Self::Never => None,
            Self::Type(ty) => Some(nameable(ty)),
        }
    }
}

/// The type with `_` for each `impl Trait`: `Result<impl Iterator, Error>` is `Result<_, Error>`.
/// Parentheses that the compiler would call unnecessary are left out.
pub(super) fn nameable(ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    infer(&mut ty);
    ty.into_token_stream()
}

fn mentions_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|tree| match tree {
        TokenTree::Group(group) => mentions_impl(group.stream()),
        TokenTree::Ident(word) => word == "impl",
        _ => false,
    })
}

fn infer(ty: &mut Type) {
    match ty {
        Type::Group(ty) => infer(&mut ty.elem),
        Type::Paren(paren) => {
            infer(&mut paren.elem);
            // `&(dyn Trait + Send)` needs them.
            if !matches!(*paren.elem, Type::TraitObject(_)) {
                *ty = (*paren.elem).clone();
            }
        }
        Type::Reference(ty) => infer(&mut ty.elem),
        Type::Array(ty) => infer(&mut ty.elem),
        Type::Slice(ty) => infer(&mut ty.elem),
        Type::Tuple(ty) => ty.elems.iter_mut().for_each(infer),
        Type::Path(ty) => {
            if let Some(qself) = &mut ty.qself {
                infer(&mut qself.ty);
            }
            for segment in &mut ty.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    infer_arguments(&mut arguments.args);
                }
            }
        }
        // `impl Trait` itself, and any other type that contains it.
        other if mentions_impl(other.to_token_stream()) => *other = Type::Verbatim(quote!(_)),
        _ => {}
    }
}

fn infer_arguments<P>(arguments: &mut Punctuated<GenericArgument, P>) {
    for argument in arguments {
        if let GenericArgument::Type(ty) = argument {
            infer(ty);
        }
    }
}
