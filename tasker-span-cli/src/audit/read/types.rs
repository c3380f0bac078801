//! Types as far as syntax tells: what is inside of references and containers, and which types are subjects.

use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, GenericArgument, Item, ItemStruct, Meta, PathArguments, ReturnType, Token};

use crate::audit::model::{FileFacts, Type, TypeFacts};
use crate::audit::scope::{self, Scope};

/// Containers of a subject are subjects.
const CONTAINERS: [&str; 7] = ["Arc", "Box", "Cow", "Option", "Pin", "Rc", "ManuallyDrop"];
/// A type that a macro's fragment or an alias hides has no more levels than this.
const MAX_LEVELS: usize = 64;

/// Reads a type.
pub(super) fn read(ty: &syn::Type, scope: &Scope<'_>) -> Type {
    let mut read = Type {
        text: tidy(&ty.to_token_stream().to_string()),
        ..Type::default()
    };
    collect(ty, scope, &mut read, 0);
    read.inner = inner(ty, scope, 0);
    read.name = read.inner.rsplit("::").next().unwrap_or_default().to_owned();
    read
}

/// What a function returns.
pub(super) fn output(output: &ReturnType, scope: &Scope<'_>) -> Option<Type> {
    match output {
        ReturnType::Type(_, ty) => Some(read(ty, scope)),
        ReturnType::Default => None,
    }
}

/// `Vec < u8 >` as people write it.
fn tidy(text: &str) -> String {
    let mut text = text
        .replace(" :: ", "::")
        .replace(" < ", "<")
        .replace(" >", ">")
        .replace("& ", "&");
    for (from, to) in [
        (" ,", ","),
        ("<'", "<'"),
        ("( ", "("),
        (" )", ")"),
        (":: ", "::"),
        (" ::", "::"),
        (" <", "<"),
    ] {
        text = text.replace(from, to);
    }
    text
}

fn inner(ty: &syn::Type, scope: &Scope<'_>, level: usize) -> String {
    if level > MAX_LEVELS {
        return String::new();
    }
    match ty {
        syn::Type::Reference(reference) => inner(&reference.elem, scope, level + 1),
        syn::Type::Paren(paren) => inner(&paren.elem, scope, level + 1),
        syn::Type::Group(group) => inner(&group.elem, scope, level + 1),
        syn::Type::Path(path) => {
            let last = path.path.segments.last();
            if let Some(last) = last
                && CONTAINERS.iter().any(|container| last.ident == container)
                && let PathArguments::AngleBracketed(arguments) = &last.arguments
                && let Some(ty) = arguments.args.iter().find_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(ty),
                    _ => None,
                })
            {
                return inner(ty, scope, level + 1);
            }
            scope.resolve(&path.path)
        }
        syn::Type::Slice(slice) => format!("[{}]", inner(&slice.elem, scope, level + 1)),
        _ => String::new(),
    }
}

/// Every path in the type, and the `Result` that it is or leads to.
fn collect(ty: &syn::Type, scope: &Scope<'_>, read: &mut Type, level: usize) {
    if level > MAX_LEVELS {
        return;
    }
    match ty {
        syn::Type::Reference(reference) => collect(&reference.elem, scope, read, level + 1),
        syn::Type::Paren(paren) => collect(&paren.elem, scope, read, level + 1),
        syn::Type::Group(group) => collect(&group.elem, scope, read, level + 1),
        syn::Type::Slice(slice) => collect(&slice.elem, scope, read, level + 1),
        syn::Type::Array(array) => collect(&array.elem, scope, read, level + 1),
        syn::Type::Tuple(tuple) => {
            for ty in &tuple.elems {
                collect(ty, scope, read, level + 1);
            }
        }
        syn::Type::Path(path) => collect_path(&path.path, scope, read, level),
        syn::Type::ImplTrait(bounds) => collect_bounds(&bounds.bounds, scope, read, level),
        syn::Type::TraitObject(bounds) => collect_bounds(&bounds.bounds, scope, read, level),
        _ => {}
    }
}

fn collect_bounds(
    bounds: &Punctuated<syn::TypeParamBound, Token![+]>,
    scope: &Scope<'_>,
    read: &mut Type,
    level: usize,
) {
    for bound in bounds {
        if let syn::TypeParamBound::Trait(bound) = bound {
            collect_path(&bound.path, scope, read, level + 1);
        }
    }
}

fn collect_path(path: &syn::Path, scope: &Scope<'_>, read: &mut Type, level: usize) {
    let resolved = scope.resolve(path);
    let name = resolved.rsplit("::").next().unwrap_or_default();
    read.is_future |= matches!(name, "Future" | "BoxFuture" | "LocalBoxFuture");
    if name.ends_with("Result") && read.result.is_none() {
        read.result = Some(name.to_owned());
    }
    read.paths.push(resolved);
    let Some(PathArguments::AngleBracketed(arguments)) = path.segments.last().map(|last| &last.arguments) else {
        return;
    };
    for argument in &arguments.args {
        match argument {
            GenericArgument::Type(ty) => collect(ty, scope, read, level + 1),
            GenericArgument::AssocType(assigned) => collect(&assigned.ty, scope, read, level + 1),
            _ => {}
        }
    }
}

/// The name of an `impl`'s type.
pub(super) fn self_type(ty: &syn::Type) -> (String, bool) {
    match ty {
        syn::Type::Path(path) => {
            let last = path.path.segments.last().map(|last| scope::text(&last.ident));
            (last.unwrap_or_default(), true)
        }
        syn::Type::Reference(reference) => self_type(&reference.elem),
        other => (tidy(&other.to_token_stream().to_string()), false),
    }
}

/// Whether `SpanFields` is among the derived traits.
fn derives(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| is_derive(&attribute.meta))
}

fn is_derive(meta: &Meta) -> bool {
    let Meta::List(list) = meta else { return false };
    if list.path.is_ident("cfg_attr") {
        let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        return metas.is_ok_and(|metas| metas.iter().skip(1).any(is_derive));
    }
    list.path.is_ident("derive")
        && list
            .parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated)
            .is_ok_and(|paths| {
                let mut names = paths.iter().filter_map(|path| path.segments.last());
                names.any(|name| name.ident == "SpanFields")
            })
}

/// A struct: its fields, and what it supplies if it derives `SpanFields`.
pub(super) fn structure(item: &ItemStruct, scope: &Scope<'_>) -> TypeFacts {
    let is_subject = derives(&item.attrs);
    let mut fields = Vec::new();
    let mut supplies = Vec::new();
    if let Fields::Named(named) = &item.fields {
        for field in &named.named {
            let Some(ident) = &field.ident else { continue };
            let name = scope::text(ident);
            let (marked, is_skipped) = marks(&field.attrs);
            if !is_skipped && marked.is_empty() {
                supplies.push(name.clone());
            }
            supplies.extend(marked);
            fields.push((name, read(&field.ty, scope)));
        }
    }
    supplies.extend(marks(&item.attrs).0);
    TypeFacts {
        name: scope::text(&item.ident),
        is_subject,
        supplies: is_subject.then_some(supplies),
        fields,
    }
}

/// An enum: a subject if an attribute or an `impl` says so.
pub(super) fn enumeration(ident: &syn::Ident, attributes: &[Attribute], _: &Scope<'_>) -> TypeFacts {
    TypeFacts {
        name: scope::text(ident),
        is_subject: derives(attributes),
        ..TypeFacts::default()
    }
}

/// `impl SpanFields for …` makes a subject; `impl HasTaskUuid for …` supplies an attribute.
pub(super) fn implemented(of_trait: &str, of_type: &str, facts: &mut FileFacts) {
    let name = of_trait.split('<').next().unwrap_or_default();
    if name.rsplit("::").next() == Some("SpanFields") {
        facts.types.push(TypeFacts {
            name: of_type.to_owned(),
            is_subject: true,
            ..TypeFacts::default()
        });
    }
}

/// The attributes that `#[span(…)]` names, and whether it says `skip`.
fn marks(attributes: &[Attribute]) -> (Vec<String>, bool) {
    let mut names = Vec::new();
    let mut is_skipped = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("span")) {
        // The values of computed attributes are any expressions, so that tokens are read.
        let Ok(list) = attribute.meta.require_list() else {
            continue;
        };
        let mut begins = true;
        for token in list.tokens.clone() {
            match token {
                proc_macro2::TokenTree::Ident(ident) if begins => {
                    let name = scope::text(&ident);
                    is_skipped |= name == "skip";
                    if !matches!(name.as_str(), "skip" | "nested" | "crate") {
                        names.push(name);
                    }
                    begins = false;
                }
                proc_macro2::TokenTree::Group(group) if names.is_empty() || !begins => {
                    let nested = group.stream().into_iter().filter_map(|token| match token {
                        proc_macro2::TokenTree::Ident(ident) => Some(scope::text(&ident)),
                        _ => None,
                    });
                    if list.tokens.to_string().starts_with("nested") {
                        names.extend(nested);
                    }
                }
                proc_macro2::TokenTree::Punct(punct) => begins = punct.as_char() == ',',
                _ => {}
            }
        }
    }
    (names, is_skipped)
}

/// Whether the item is one that other items of a body see.
pub(super) fn is_import(item: &Item) -> bool {
    matches!(item, Item::Use(_) | Item::ExternCrate(_) | Item::Macro(_))
}
