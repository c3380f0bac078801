//! The block that begins a span.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use super::return_type::nameable;
use crate::args::{Format, Level};
use crate::catalogue::{self, Family};
use crate::hygiene::{Location, generated, marked};
use crate::plan::{Access, Extra, Identity, Opening, Subject, Value};

// Input: task_span("task.orchestration", priority = 3, link = message, fields(region)) with a parameter `task: &Task`
// Output:
//     {
//         static __SITE: P::Site = P::site! { span: "task.orchestration", … };
//         let mut __start = P::Start::new(&__SITE);
//         if P::Start::is_enabled(&__start) {
//             P::Start::priority(&mut __start, P::integer(&(3)));
//             P::supply!(
//                 __start, __task = P::subject::<Task>(&*task), __task.0,
//                 TaskOrchestration [correlation_id task_uuid namespace] [parent_correlation_id task_name started_at]
//             );
//             P::show!(__start, P::links(&(message)), P::field(&(region)));
//         }
//         P::Start::begin(&mut __start)
//     }
pub(super) fn begun(opening: &Opening) -> TokenStream {
    collected(opening, &ident("begin"))
}

/// The same for a span that is handed to the user: `P::Start::open`.
pub(crate) fn block(opening: &Opening) -> TokenStream {
    collected(opening, &ident("open"))
}

/// The same without the beginning: `P::Start::defer` keeps what the arguments supplied.
pub(super) fn deferred(opening: &Opening) -> TokenStream {
    collected(opening, &ident("defer"))
}

fn collected(opening: &Opening, finish: &Ident) -> TokenStream {
    let p = opening.runtime.tokens();
    let site = site(opening);
    let values = opening.values.iter().map(|item| value(item, opening));
    let subjects = opening.subjects.iter().map(|item| subject(item, opening));
    let extras = opening.extras.iter().map(|item| extra(item, opening));
    let links = opening.link.iter().map(|item| link(item, opening));
    let shown = links.chain(extras).collect::<Vec<_>>();
    let shown = (!shown.is_empty()).then(|| quote_spanned!(generated()=> #p::show!(__start, #(#shown),*);));
    let statements = values.chain(subjects).chain(shown).collect::<TokenStream>();
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
    let within = identity.within.iter();
    let family = ident(match identity.family {
        Family::Task => "Task",
        Family::Step => "Step",
    });
    let Level(level) = opening.level;
    let level = ident(level);
    let module = || quote_spanned!(generated()=> ::core::module_path!());
    let target = opening.target.clone().unwrap_or_else(module);
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
    let p = opening.runtime.tokens();
    quote_spanned!(generated()=> #p::Start::#setter(&mut __start, #converted);)
}

fn link(expr: &TokenStream, opening: &Opening) -> TokenStream {
    convert("links", expr, opening)
}

fn extra(extra: &Extra, opening: &Opening) -> TokenStream {
    let conversion = match extra.format {
        Format::Value => "field",
        Format::Display => "field_display",
        Format::Debug => "field_debug",
    };
    convert(conversion, &extra.value, opening)
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
//     P::supply!(
//         __start, __task = P::subject::<Task>(&*task), __task.0,
//         TaskOrchestration [correlation_id task_uuid namespace] [priority started_at]
//     );
fn subject(subject: &Subject, opening: &Opening) -> TokenStream {
    match &subject.access {
        Access::Parameter {
            name,
            ty,
            is_reference,
            cfgs,
        } => {
            let location = Location::of(ty);
            let turbofish = marked(generated(), nameable(ty));
            let argument = if *is_reference {
                quote_spanned!(location.end()=> &*#name)
            } else {
                quote_spanned!(location.end()=> &#name)
            };
            let function = opening.runtime.item_at("subject", location);
            let value = quote_spanned!(location.end()=> #function::<#turbofish>(#argument));
            let statement = supply(subject, &value, location, opening);
            quote!(#(#cfgs)* #statement)
        }
        Access::Expression(expr) => {
            let location = Location::of(expr);
            let value = convert("subject", expr, opening);
            supply(subject, &value, location, opening)
        }
    }
}

/// What the subject lacks is shown at the user's tokens.
fn supply(subject: &Subject, value: &TokenStream, location: Location, opening: &Opening) -> TokenStream {
    let supply = opening.runtime.item_at("supply", location);
    let local = Ident::new(&format!("__{}", subject.role.name()), location.start());
    // The compiler shows a lack at the argument, and only an argument of several tokens reaches from start to end.
    let argument = quote_spanned!(location.end()=> #local.0);
    let marker = marker(&opening.identity, location);
    let required = subject
        .required
        .iter()
        .map(|attribute| Ident::new(attribute.name, location.end()));
    let optional = subject.optional.iter().map(|name| Ident::new(name, location.end()));
    quote_spanned! {location.end()=>
        #supply!(__start, #local = #value, #argument, #marker [#(#required)*] [#(#optional)*]);
    }
}

/// The type that stands for the span in messages; a custom span's is declared where it is used.
fn marker(identity: &Identity, location: Location) -> TokenStream {
    let marker = Ident::new(&catalogue::marker(&identity.name.value()), location.end());
    let declaration = identity.within.as_ref().map(|_| quote_spanned!(location.end()=> enum));
    quote!(#declaration #marker)
}

fn ident(name: &str) -> Ident {
    format_ident!("{name}", span = generated())
}
