//! The block that opens a span.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};

use super::return_type::nameable;
use crate::args::{Format, Kind, Level};
use crate::hygiene::{Location, generated, marked};
use crate::plan::{Access, Extra, Opening, Optional, Subject, Value};
use crate::runtime_path::RuntimePath;

// Input: task_span("task.orchestration", priority = 3, link = message, fields(region))
//     with a parameter `task: &Task`
// Output:
//     {
//         static __SITE: P::Site = P::site! { span: "task.orchestration", … };
//         let mut __start = P::Start::new(&__SITE);
//         if P::Start::is_enabled(&__start) {
//             P::Collect::priority(&mut __start, P::integer(&(3)));
//             P::supply!(
//                 __start, __task = P::subject::<Task>(&*task), __task.0,
//                 task_orchestration [__correlation_id __task_uuid __namespace]
//                 [__parent_correlation_id __task_name __started_at]
//             );
//             P::link!(__start, P::links(&(message)));
//             P::Start::show(&mut __start, P::field(&(region)));
//         }
//         P::Start::begin(&mut __start)
//     }
pub(crate) fn opened(opening: &Opening) -> TokenStream {
    collected(opening, &ident("begin"))
}

/// The same for a span that opens later: `P::Start::defer` keeps the values of the arguments.
pub(super) fn deferred(opening: &Opening) -> TokenStream {
    collected(opening, &ident("defer"))
}

fn collected(opening: &Opening, finish: &Ident) -> TokenStream {
    let p = opening.runtime.tokens();
    let site = site(opening);
    let values = opening.values.iter().map(|item| value(item, opening));
    let subjects = opening.subjects.iter().map(|item| subject(item, opening));
    let extras = opening.extras.iter().map(|item| extra(item, opening));
    let links = opening.link.iter().map(|expr| {
        let links = call("links", expr, &opening.runtime);
        quote_spanned!(generated()=> #p::link!(__start, #links);)
    });
    let statements = values
        .chain(subjects)
        .chain(links)
        .chain(extras)
        .collect::<TokenStream>();
    if statements.is_empty() {
        return quote_spanned!(generated()=> {
            #site
            #p::Start::#finish(&mut #p::Start::new(&__SITE))
        });
    }
    quote_spanned!(generated()=> {
        #site
        let mut __start = #p::Start::new(&__SITE);
        if #p::Start::is_enabled(&__start) {
            #statements
        }
        #p::Start::#finish(&mut __start)
    })
}

fn site(opening: &Opening) -> TokenStream {
    let (p, identity) = (opening.runtime.tokens(), &opening.identity);
    let name = &identity.name;
    let within = &identity.within;
    let within = (!within.is_empty()).then(|| quote_spanned!(generated()=> within: [#(#within),*],));
    let family = ident(&identity.family.variant().to_string());
    let Level(level) = opening.level;
    let level = ident(level);
    let module = || quote_spanned!(generated()=> ::core::module_path!());
    let target = opening.target.clone().unwrap_or_else(module);
    let late = opening
        .late
        .iter()
        .map(|late| ident(&late.attribute.variant().to_string()));
    let inherited = opening.late.iter().filter(|late| late.is_inherited);
    let inherited = inherited
        .map(|late| ident(&late.attribute.variant().to_string()))
        .collect::<Vec<_>>();
    let inherited = (!inherited.is_empty()).then(|| quote_spanned!(generated()=> unless_inherited: [#(#inherited),*],));
    let fields = opening.extras.iter().map(|extra| &extra.name);
    let kind = opening.kind.map(|Kind(variant)| {
        let variant = ident(variant);
        quote_spanned!(generated()=> kind: #variant,)
    });
    let before_task = opening
        .is_before_task
        .then(|| quote_spanned!(generated()=> before_task: true,));
    let event = opening
        .has_event
        .then(|| quote_spanned!(generated()=> event: "return",));
    quote_spanned! {generated()=>
        static __SITE: #p::Site = #p::site! {
            span: #name,
            #within
            family: #family,
            #kind
            level: #level,
            target: #target,
            late: [#(#late),*],
            #before_task
            #inherited
            fields: [#(#fields),*],
            #event
        };
    }
}

/// Each value is evaluated once, and a borrow ends with its statement.
fn value(value: &Value, opening: &Opening) -> TokenStream {
    let setter = ident(value.attribute.name);
    let converted = call(value.attribute.value.conversion(), &value.expr, &opening.runtime);
    let p = opening.runtime.tokens();
    quote_spanned!(generated()=> #p::Collect::#setter(&mut __start, #converted);)
}

/// `P::show!` evaluates the expression only if the span is sampled.
fn extra(extra: &Extra, opening: &Opening) -> TokenStream {
    let conversion = match extra.format {
        Format::Value => "field",
        Format::Display => "field_display",
        Format::Debug => "field_debug",
    };
    let p = opening.runtime.tokens();
    let field = call(conversion, &extra.value, &opening.runtime);
    if extra.is_cheap {
        quote_spanned!(generated()=> #p::Start::show(&mut __start, #field);)
    } else {
        quote_spanned!(generated()=> #p::show!(__start, #field);)
    }
}

/// A call of the runtime's function, whose errors are shown at the user's expression.
pub(crate) fn call(function: &str, expr: impl ToTokens, runtime: &RuntimePath) -> TokenStream {
    let location = runtime.location(&expr);
    let function = runtime.item_at(function, location);
    let argument = borrow(expr, location);
    quote_spanned!(location.end()=> #function(#argument))
}

fn borrow(expr: impl ToTokens, location: Location) -> TokenStream {
    let borrow = quote_spanned!(location.start()=> &);
    quote_spanned!(location.end()=> #borrow(#expr))
}

// Input: the parameter `#[cfg(unix)] task: &Task`
// Output:
//     #[cfg(unix)]
//     P::supply!(
//         __start, __task = P::subject::<Task>(&*task), __task.0,
//         task_orchestration [__correlation_id __task_uuid __namespace] [..Task]
//     );
fn subject(subject: &Subject, opening: &Opening) -> TokenStream {
    match &subject.access {
        Access::Parameter {
            name,
            ty,
            is_reference,
            cfgs,
            is_candidate,
        } => {
            let location = Location::of(ty);
            let turbofish = marked(generated(), nameable(ty));
            let argument = if *is_reference {
                quote_spanned!(location.end()=> &*#name)
            } else {
                quote_spanned!(location.end()=> &#name)
            };
            let value = if *is_candidate {
                let candidate = opening.runtime.item_at("candidate", location);
                quote_spanned!(location.end()=> #candidate!(#argument))
            } else {
                let function = opening.runtime.item_at("subject", location);
                quote_spanned!(location.end()=> #function::<#turbofish>(#argument))
            };
            let statement = supply(subject, &value, location, opening);
            quote!(#(#cfgs)* #statement)
        }
        Access::Expression(expr) => {
            let value = call("subject", expr, &opening.runtime);
            supply(subject, &value, Location::of(expr), opening)
        }
    }
}

/// The compiler shows a missing attribute at the user's tokens.
fn supply(subject: &Subject, value: &TokenStream, location: Location, opening: &Opening) -> TokenStream {
    let supply = opening.runtime.item_at("supply", location);
    let local = Ident::new(&format!("__{}", subject.role.subject()), location.start());
    // The compiler shows the error at this argument. Only several tokens can reach from start to
    // end.
    let argument = quote_spanned!(location.end()=> #local.0);
    let at_end = |name: &Ident| Ident::new(&name.to_string(), location.end());
    let bounds = at_end(&opening.identity.bounds);
    let required = subject.required.iter().map(|attribute| at_end(&attribute.if_present()));
    let optional = match &subject.optional {
        Optional::OfFamily(family) => {
            let family = at_end(&family.variant());
            quote_spanned!(location.end()=> ..#family)
        }
        Optional::Some(attributes) => attributes
            .iter()
            .map(|attribute| at_end(&attribute.if_present()).into_token_stream())
            .collect(),
    };
    quote_spanned! {location.end()=>
        #supply!(__start, #local = #value, #argument, #bounds [#(#required)*] [#optional]);
    }
}

fn ident(name: &str) -> Ident {
    format_ident!("{name}", span = generated())
}
