//! The output of a future, as far as its type spells it out. Aliases are for the compiler.

use syn::punctuated::Punctuated;
use syn::{GenericArgument, PathArguments, Token, Type, TypeParamBound};

use crate::func::ungroup;

/// Whether a value of this type is a future, as far as its name says so.
pub(super) fn is_future(ty: &Type) -> bool {
    let is_alias = |ty: &Type| match ungroup(ty) {
        Type::Path(ty) => ty
            .path
            .segments
            .last()
            .is_some_and(|last| last.ident == "BoxFuture" || last.ident == "LocalBoxFuture"),
        _ => false,
    };
    future_output(ty).is_some() || is_alias(ty)
}

/// The output of a future of this type, if the type is written out. An alias may add a `Result` of
/// its own.
pub(super) fn future_output(ty: &Type) -> Option<&Type> {
    match ungroup(ty) {
        Type::ImplTrait(ty) => output_of_bounds(&ty.bounds),
        Type::TraitObject(ty) => output_of_bounds(&ty.bounds),
        Type::Path(ty) => {
            let last = ty.path.segments.last()?;
            let inner = types(&last.arguments).last()?;
            match last.ident.to_string().as_str() {
                "Pin" | "Box" => future_output(inner),
                _ => None,
            }
        }
        _ => None,
    }
}

/// `Output = Type` of a `Future` among the bounds.
fn output_of_bounds(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    bounds.iter().find_map(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
            types(&last.arguments).last()
        }
        _ => None,
    })
}

/// The types among generic arguments, associated ones included.
fn types(arguments: &PathArguments) -> impl Iterator<Item = &Type> {
    let arguments = match arguments {
        PathArguments::AngleBracketed(arguments) => Some(&arguments.args),
        _ => None,
    };
    arguments.into_iter().flatten().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        GenericArgument::AssocType(assoc) => Some(&assoc.ty),
        _ => None,
    })
}
