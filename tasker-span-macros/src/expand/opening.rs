//! The block that begins a span.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote_spanned};
use syn::Type;

use crate::args::{Format, Level};
use crate::catalogue::{self, Attribute, Family};
use crate::hygiene::{Location, generated};
use crate::plan::{Access, Extra, Opening, Subject, Value};

// Input: task_span("task.orchestration", priority = 3, fields(region)) with a parameter `task: &Task`
// Output:
//     {
//         static __SITE: P::Site = P::site! { span: "task.orchestration", … };
//         let mut __start = P::Start::new(&__SITE);
//         if __start.is_enabled() {
//             __start.priority(P::integer(&(3)));
//             let __task = P::subject::<Task>(&*task);
//             __start.correlation_id(P::correlation_id::<_, P::markers::TaskOrchestration>(__task));
//             __start.field(P::field(&(region)));
//         }
//         __start.begin()
//     }
pub(crate) fn block(opening: &Opening) -> TokenStream {
    let p = opening.runtime.tokens();
    let site = site(opening);
    let values = opening.values.iter().map(|item| value(item, opening));
    let subjects = opening.subjects.iter().map(|item| subject(item, opening));
    let extras = opening.extras.iter().map(|item| extra(item, opening));
    let statements = values.chain(subjects).chain(extras).collect::<TokenStream>();
    if statements.is_empty() {
        return quote_spanned!(generated()=> {
            #site
            #p::Start::new(&__SITE).begin()
        });
    }
    quote_spanned!(generated()=> {
        #site
        let mut __start = #p::Start::new(&__SITE);
        if __start.is_enabled() {
            #statements
        }
        __start.begin()
    })
}

fn site(opening: &Opening) -> TokenStream {
    let (p, identity) = (opening.runtime.tokens(), &opening.identity);
    let name = &identity.name;
    let within = identity.within.iter();
    let family = ident(match identity.family {
        Family::Task => "Task",
        Family::Step => "Step",
    });
    let Level(level) = opening.level;
    let level = ident(level);
    let target = match &opening.target {
        Some(target) => target.clone(),
        None => quote_spanned!(generated()=> ::core::module_path!()),
    };
    let attributes = identity.attributes().map(|attribute| ident(attribute.variant));
    let late = opening.late.iter().map(|late| ident(late.attribute.variant));
    let fields = opening.extras.iter().map(|extra| &extra.name);
    let event = opening
        .has_event
        .then(|| quote_spanned!(generated()=> event: "return",));
    quote_spanned! {generated()=>
        static __SITE: #p::Site = #p::site! {
            span: #name,
            #(within: #within,)*
            family: #family,
            level: #level,
            target: #target,
            attributes: [#(#attributes),*],
            late: [#(#late),*],
            fields: [#(#fields),*],
            #event
        };
    }
}

/// Each value is evaluated once, and any borrow ends with its statement.
fn value(value: &Value, opening: &Opening) -> TokenStream {
    let setter = ident(value.setter);
    let converted = convert(value.conversion, &value.expr, opening);
    quote_spanned!(generated()=> __start.#setter(#converted);)
}

fn extra(extra: &Extra, opening: &Opening) -> TokenStream {
    let conversion = match extra.format {
        Format::Value => "field",
        Format::Display => "field_display",
        Format::Debug => "field_debug",
    };
    let converted = convert(conversion, &extra.value, opening);
    quote_spanned!(generated()=> __start.field(#converted);)
}

/// A call whose errors are shown at the user's expression.
fn convert(conversion: &str, expr: &TokenStream, opening: &Opening) -> TokenStream {
    let location = Location::of(expr);
    let function = opening.runtime.item_at(conversion, location);
    let argument = borrow(expr, location);
    quote_spanned!(location.end()=> #function(#argument))
}

fn borrow(expr: &TokenStream, location: Location) -> TokenStream {
    let borrow = quote_spanned!(location.start()=> &);
    quote_spanned!(location.end()=> #borrow(#expr))
}

// Input: the parameter `#[cfg(unix)] task: &Task`
// Output:
//     #[cfg(unix)]
//     {
//         let __task = P::subject::<Task>(&*task);
//         __start.task_uuid(P::task_uuid::<_, P::markers::TaskOrchestration>(__task));
//         P::optional!(__start, __task, priority started_at);
//     }
fn subject(subject: &Subject, opening: &Opening) -> TokenStream {
    match &subject.access {
        Access::Parameter {
            name,
            ty,
            is_reference,
            cfgs,
        } => {
            let location = Location::of(ty);
            let local = local(subject, location);
            let function = opening.runtime.item_at("subject", location);
            let turbofish = inferred_where_unnameable(ty);
            let argument = if *is_reference {
                quote_spanned!(location.end()=> &*#name)
            } else {
                quote_spanned!(location.end()=> &#name)
            };
            let attributes = attributes(subject, &local, opening);
            let statements = quote_spanned! {generated()=>
                let #local = #function::<#turbofish>(#argument);
                #attributes
            };
            if cfgs.is_empty() {
                statements
            } else {
                quote_spanned!(generated()=> #(#cfgs)* { #statements })
            }
        }
        // A `match` keeps what the expression borrows from alive, such as a lock's guard, and no longer than needed.
        Access::Expression(expr) => {
            let location = Location::of(expr);
            let local = local(subject, location);
            let function = opening.runtime.item_at("subject", location);
            let argument = borrow(expr, location);
            let attributes = attributes(subject, &local, opening);
            quote_spanned!(generated()=> match #function(#argument) { #local => { #attributes } })
        }
    }
}

/// The variable that holds a subject: what it lacks is shown at the user's tokens.
fn local(subject: &Subject, location: Location) -> Ident {
    Ident::new(&format!("__{}", subject.role.name()), location.start())
}

fn inferred_where_unnameable(ty: &Type) -> TokenStream {
    super::return_type::nameable(ty)
}

fn attributes(subject: &Subject, local: &Ident, opening: &Opening) -> TokenStream {
    let p = opening.runtime.tokens();
    let name = opening.identity.name.value();
    let marker = ident(&catalogue::marker(&name));
    // A custom span's marker is declared beside the only code that names it.
    let (declaration, path) = if opening.identity.within.is_some() && !subject.required.is_empty() {
        (
            Some(quote_spanned!(generated()=> enum #marker {})),
            quote_spanned!(generated()=> #marker),
        )
    } else {
        (None, quote_spanned!(generated()=> #p::markers::#marker))
    };
    let required = subject.required.iter().map(|Attribute { name, .. }| {
        let name = ident(name);
        quote_spanned!(generated()=> __start.#name(#p::#name::<_, #path>(#local));)
    });
    let optional = subject.optional.iter().map(|name| ident(name)).collect::<Vec<_>>();
    let optional =
        (!optional.is_empty()).then(|| quote_spanned!(generated()=> #p::optional!(__start, #local, #(#optional)*);));
    let statements = quote_spanned!(generated()=> #declaration #(#required)* #optional);
    if declaration.is_some() {
        quote_spanned!(generated()=> { #statements })
    } else {
        statements
    }
}

fn ident(name: &str) -> Ident {
    format_ident!("{name}", span = generated())
}
