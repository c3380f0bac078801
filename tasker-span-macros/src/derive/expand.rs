//! The implementations of the traits.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{Expr, UnOp};

use super::ast::{FieldRef, Input, Source, Way};
use super::generics::{Target, value_trait};
use crate::catalogue::{ATTEMPT_NUMBER, Attribute, Family, HANDLER_NAME, TASK_UUID, ValueType, supplies};
use crate::hygiene::{Location, quiet};

// Input:
// #[span(namespace = self.meta.namespace())]
// struct Message {
//     task_uuid: Uuid,
//     #[span(step_uuid)] id: Uuid,
//     #[span(nested(priority))] task: Option<Task>,
//     generation: u32,
// }
//
// Output, with `R` for `::tasker_span_runtime`. Each impl is `#[automatically_derived]`:
// impl R::SpanFields for Message {
//     type Source = Self;
//     fn span_source(&self) -> ::core::option::Option<&Self> { ::core::option::Option::Some(self) }
//     fn step_fields(&self) -> R::StepFields<'_> {
//         R::StepFields { generation: R::HasGeneration::generation(self), ..::core::default::Default::default() }
//     }
// }
// impl R::HasTaskUuid for Message {
//     fn task_uuid(&self) -> ::core::option::Option<R::Uuid> {
//         <Uuid as R::__private::ImplicitUuid>::implicit_uuid(&self.task_uuid)
//     }
// }
// impl R::HasTaskFields for Message {
//     fn task_fields(&self) -> R::TaskFields<'_> {
//         R::TaskFields {
//             namespace: R::HasNamespace::namespace(self),
//             priority: R::HasPriority::priority(self),
//             ..::core::default::Default::default()
//         }
//     }
// }
// The bodies of the other attributes:
//     <Uuid as R::AsUuid>::as_uuid(&self.id)
//     R::HasPriority::priority(R::__private::nested::<Option<Task>>(&self.task)?)
//     R::__private::borrowed_text(self.meta.namespace())
pub(crate) fn expand(input: &Input<'_>) -> TokenStream {
    let target = Target::new(input);
    let subject = subject(&target, &input.sources);
    let attributes = input.sources.iter().map(|source| {
        let (receiver, value) = value(source, input.packed, &target.runtime);
        attribute(&target, source.attribute, &target.predicates(source), &receiver, &value)
    });
    let fields = fields(&target, &input.sources);
    quote!(#subject #(#attributes)* #fields)
}

/// The impl of `HasTaskFields`, of a type that tells its task.
fn fields(target: &Target<'_>, sources: &[Source<'_>]) -> Option<TokenStream> {
    let task_uuid = sources.iter().find(|source| source.attribute == TASK_UUID)?;
    let known = sources.iter().filter(|source| is_task_field(source.attribute));
    let predicates = known
        .clone()
        .chain([task_uuid])
        .flat_map(|source| target.predicates(source));
    let predicates = predicates.collect::<Vec<_>>();
    let attributes = known.map(|source| source.attribute).collect::<Vec<_>>();
    Some(task_fields(target, &predicates, &attributes))
}

/// Whether it is a field of `TaskFields`.
fn is_task_field(attribute: &Attribute) -> bool {
    let is_required = Family::Task.required().contains(&attribute);
    attribute != TASK_UUID && (is_required || attribute.optional == Some(Family::Task))
}

/// Whether it is a field of `StepFields`. The functions that read these require the others by their traits.
fn is_step_field(attribute: &Attribute) -> bool {
    attribute.optional == Some(Family::Step) && ![ATTEMPT_NUMBER, HANDLER_NAME].contains(&attribute)
}

/// The impl of `HasTaskFields`, with these attributes.
pub(crate) fn task_fields(target: &Target<'_>, predicates: &[TokenStream], known: &[&Attribute]) -> TokenStream {
    let runtime = &target.runtime;
    let values = known.iter().map(|attribute| {
        let (method, has) = (method(attribute), attribute.has());
        quote!(#method: #runtime::#has::#method(self),)
    });
    let is_all = supplies().filter(|attribute| is_task_field(attribute)).count() == known.len();
    let rest = (!is_all).then(|| quote!(..::core::default::Default::default()));
    let body = quote! {
        fn task_fields(&self) -> #runtime::TaskFields<'_> {
            #runtime::TaskFields { #(#values)* #rest }
        }
    };
    target.implement(&format_ident!("HasTaskFields"), predicates, &body)
}

/// The impl of `SpanFields`.
pub(crate) fn subject(target: &Target<'_>, sources: &[Source<'_>]) -> TokenStream {
    let step_fields = step_fields(target, sources);
    let body = quote! {
        type Source = Self;

        #[inline]
        fn span_source(&self) -> ::core::option::Option<&Self> {
            ::core::option::Option::Some(self)
        }

        #step_fields
    };
    target.implement(&format_ident!("SpanFields"), &[], &body)
}

/// The fields of `StepFields` that the type supplies; those of a type parameter are not known without its bounds.
fn step_fields(target: &Target<'_>, sources: &[Source<'_>]) -> Option<TokenStream> {
    let runtime = &target.runtime;
    let is_known = |source: &&Source<'_>| is_step_field(source.attribute) && target.predicates(source).is_empty();
    let known = sources.iter().filter(is_known).map(|source| source.attribute);
    let known: Vec<_> = known.collect();
    if known.is_empty() {
        return None;
    }
    let values = known.iter().map(|attribute| {
        let (method, has) = (method(attribute), attribute.has());
        quote!(#method: #runtime::#has::#method(self),)
    });
    let is_all = known.len() == supplies().filter(|attribute| is_step_field(attribute)).count();
    let rest = (!is_all).then(|| quote!(..::core::default::Default::default()));
    Some(quote! {
        fn step_fields(&self) -> #runtime::StepFields<'_> {
            #runtime::StepFields { #(#values)* #rest }
        }
    })
}

/// The impl of `HasTaskUuid`.
pub(crate) fn attribute(
    target: &Target<'_>,
    attribute: &Attribute,
    predicates: &[TokenStream],
    receiver: &Ident,
    value: &TokenStream,
) -> TokenStream {
    let method = method(attribute);
    let returned = returned(attribute.value, &target.runtime);
    let body = quote! {
        #[inline]
        fn #method(&#receiver) -> ::core::option::Option<#returned> {
            #value
        }
    };
    target.implement(&attribute.has(), predicates, &body)
}

fn method(attribute: &Attribute) -> Ident {
    format_ident!("{}", attribute.name)
}

/// The type inside the `Option` that the trait's method returns.
fn returned(value: ValueType, runtime: &TokenStream) -> TokenStream {
    match value {
        ValueType::Uuid => quote!(#runtime::Uuid),
        // A type of the user's may be called `str`.
        ValueType::Text | ValueType::State => quote!(&::core::primitive::str),
        ValueType::Integer => quote!(::core::primitive::i64),
        ValueType::Timestamp => quote!(#runtime::__private::Timestamp),
    }
}

/// The body of an attribute's method, and its `self`.
fn value(source: &Source<'_>, packed: bool, runtime: &TokenStream) -> (Ident, TokenStream) {
    let value = source.attribute.value;
    let conversion = value.conversion();
    match &source.way {
        Way::ByName(field) => {
            let (implicit, method) = (
                format_ident!("Implicit{}", value.noun()),
                format_ident!("implicit_{conversion}"),
            );
            (
                this(),
                read(field, &quote!(__private::#implicit), &method, packed, runtime),
            )
        }
        Way::Marked(field) => {
            let (value_trait, method) = (value_trait(value), format_ident!("as_{conversion}"));
            (this(), read(field, &quote!(#value_trait), &method, packed, runtime))
        }
        Way::Nested(field) => (this(), nested(field, source.attribute, packed, runtime)),
        Way::Computed(expr) => (
            receiver(expr.to_token_stream()).unwrap_or_else(this),
            compute(value, expr, runtime),
        ),
    }
}

/// The whole call is located at the field's type, where rustc reports a type that does not fit.
fn read(
    field: &FieldRef<'_>,
    value_trait: &TokenStream,
    method: &Ident,
    packed: bool,
    runtime: &TokenStream,
) -> TokenStream {
    let at = Location::of(field.ty);
    let ty = quiet(field.ty);
    let value_trait = at.respan(quote!(#runtime::#value_trait));
    let field = borrowed(field, packed, at);
    quote_spanned!(at.end()=> <#ty as #value_trait>::#method(#field))
}

fn nested(field: &FieldRef<'_>, attribute: &Attribute, packed: bool, runtime: &TokenStream) -> TokenStream {
    let at = Location::of(field.ty);
    let ty = quiet(field.ty);
    let (has, method) = (attribute.has(), method(attribute));
    let function = at.respan(quote!(#runtime::#has::#method));
    let nested = at.respan(quote!(#runtime::__private::nested));
    let field = borrowed(field, packed, at);
    quote_spanned!(at.end()=> #function(#nested::<#ty>(#field)?))
}

fn borrowed(field: &FieldRef<'_>, packed: bool, at: Location) -> TokenStream {
    let member = quiet(&field.member);
    // A packed struct's field is copied before it is borrowed.
    at.respan(if packed {
        quote!(&{ self.#member })
    } else {
        quote!(&self.#member)
    })
}

fn compute(value_type: ValueType, value: &Expr, runtime: &TokenStream) -> TokenStream {
    let at = Location::of(value);
    if value_type == ValueType::Text && !is_place_expression(value) {
        let function = at.respan(quote!(#runtime::__private::borrowed_text));
        return quote_spanned!(at.end()=> #function(#value));
    }
    let (value_trait, method) = (value_trait(value_type), format_ident!("as_{}", value_type.conversion()));
    let function = at.respan(quote!(#runtime::#value_trait::#method));
    let value = at.respan(quote!(&(#value)));
    quote_spanned!(at.end()=> #function(#value))
}

/// Whether the value outlives the expression, so that a text in it can be lent.
fn is_place_expression(value: &Expr) -> bool {
    match value {
        Expr::Field(_) | Expr::Index(_) | Expr::Path(_) => true,
        Expr::Unary(inner) => matches!(inner.op, UnOp::Deref(_)),
        Expr::Paren(inner) => is_place_expression(&inner.expr),
        Expr::Group(inner) => is_place_expression(&inner.expr),
        _ => false,
    }
}

/// The expression's own `self`. Keywords are hygienic, and the struct may come from a `macro_rules`
/// macro.
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
