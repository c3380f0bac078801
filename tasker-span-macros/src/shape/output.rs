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
    match bounds(ty) {
        Some(bounds) => output_of_bounds(bounds),
        None => future_output(inside_box(ty)?),
    }
}

/// The bounds of an `impl Trait` or `dyn Trait`.
pub(super) fn bounds(ty: &Type) -> Option<&Punctuated<TypeParamBound, Token![+]>> {
    match ungroup(ty) {
        Type::ImplTrait(ty) => Some(&ty.bounds),
        Type::TraitObject(ty) => Some(&ty.bounds),
        _ => None,
    }
}

/// The type inside `Pin<Box<…>>`, one layer off.
pub(super) fn inside_box(ty: &Type) -> Option<&Type> {
    let Type::Path(ty) = ungroup(ty) else { return None };
    let last = ty.path.segments.last()?;
    let is_box = last.ident == "Pin" || last.ident == "Box";
    is_box.then(|| types(&last.arguments).last()).flatten()
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
