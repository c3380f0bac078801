//! `span_record!`: values by name, or a subject, for the enclosing span's late attributes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt;

use crate::args::Recorded;
use crate::catalogue::{self, ATTRIBUTES, Attribute, Family};
use crate::error::Errors;
use crate::expand::call;
use crate::hygiene::generated;
use crate::pipeline::mistaken;
use crate::runtime_path::RuntimePath;
use crate::suggest::did_you_mean;

// Input: $crate correlation_id, namespace = &queue.name
// Output, with `P` for `$crate::__private`: {
//     let mut __recorder = P::Recorder::new();
//     P::Collect::correlation_id(&mut __recorder, P::uuid(&(correlation_id)));
//     P::Collect::namespace(&mut __recorder, P::text(&(&queue.name)));
//     P::Recorder::record(__recorder)
// }
//
// Input: $crate subject = task
// Output: {
//     let mut __recorder = P::Recorder::new();
//     match (P::subject(&(task)),) {
//         __subject => P::optional!(__recorder, __subject.0, [__correlation_id __task_uuid …]),
//     }
//     P::Recorder::record(__recorder)
// }
pub(crate) fn record(input: TokenStream) -> TokenStream {
    let mut trees = input.into_iter();
    let Some(krate) = trees.next() else {
        return TokenStream::new();
    };
    let runtime = RuntimePath::below(&krate);
    let statements = match statements(trees.collect(), &runtime) {
        Ok(statements) => statements,
        Err(error) => return mistaken(error),
    };
    let p = runtime.tokens();
    quote_spanned! {generated()=> {
        let mut __recorder = #p::Recorder::new();
        #statements
        #p::Recorder::record(__recorder)
    }}
}

/// What an argument records.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Key {
    Attribute(&'static Attribute),
    Subject,
}

/// Values come before the subject, because the first source of an attribute wins.
fn statements(arguments: TokenStream, runtime: &RuntimePath) -> syn::Result<TokenStream> {
    let mut errors = Errors::new();
    let is_empty = arguments.is_empty();
    let (mut seen, mut subject, mut statements) = (Vec::new(), None, TokenStream::new());
    for Recorded { name, value } in Recorded::list(arguments, &mut errors) {
        let key = match key(&name, value.is_some()) {
            Ok(key) if !seen.contains(&key) => key,
            Ok(_) => {
                errors.spanned(&name, format!("`{name}` is given twice"));
                continue;
            }
            Err(message) => {
                errors.spanned(&name, message);
                continue;
            }
        };
        seen.push(key);
        // A name alone means the variable of that name.
        let value = value.map_or_else(|| name.to_token_stream(), |value| value.to_token_stream());
        match key {
            Key::Attribute(attribute) => statements.extend(of_value(attribute, &value, runtime)),
            Key::Subject => subject = Some(of_subject(&value, runtime)),
        }
    }
    if is_empty {
        // There are no tokens that an error could point at but the macro itself.
        let message = "nothing is recorded: `span_record!(namespace = …)` or `span_record!(subject = …)`";
        errors.push(syn::Error::new(Span::call_site(), message));
    }
    statements.extend(subject);
    errors.finish_with(Some(statements))
}

fn of_value(attribute: &Attribute, value: &TokenStream, runtime: &RuntimePath) -> TokenStream {
    let (p, setter) = (runtime.tokens(), Ident::new(attribute.name, generated()));
    let value = call(attribute.value.conversion(), value, runtime);
    quote_spanned!(generated()=> #p::Collect::#setter(&mut __recorder, #value);)
}

fn of_subject(subject: &TokenStream, runtime: &RuntimePath) -> TokenStream {
    let (p, value) = (runtime.tokens(), call("subject", subject, runtime));
    let attributes = ATTRIBUTES.iter().filter(|attribute| !attribute.is_state());
    let methods = attributes.map(|attribute| attribute.if_present());
    quote_spanned! {generated()=>
        match (#value,) {
            __subject => #p::optional!(__recorder, __subject.0, [#(#methods)*]),
        }
    }
}

fn key(name: &Ident, has_value: bool) -> Result<Key, String> {
    let written = name.unraw().to_string();
    if written == "subject" {
        return Ok(Key::Subject);
    }
    if let Some(attribute) = catalogue::keyed(&written) {
        return Ok(Key::Attribute(attribute));
    }
    Err(catalogue::exported_name(&written).unwrap_or_else(|| unknown(&written, has_value)))
}

fn unknown(written: &str, has_value: bool) -> String {
    let is_subject = Family::ALL.iter().any(|family| family.subject() == written);
    let keys = ATTRIBUTES.iter().map(|attribute| attribute.key());
    let hint = did_you_mean(written, keys);
    let known = format!("`{written}` is no attribute of the catalogue");
    match (has_value, is_subject) {
        (true, true) => format!("{known}, did you mean `subject = …`?"),
        (false, true) => format!("{known}, did you mean `subject = {written}`?"),
        (false, false) if hint.is_empty() => format!("{known}, did you mean `subject = {written}`?"),
        (false, false) => format!("{known}{hint}\na subject is given as `subject = {written}`"),
        (true, false) => format!(
            "{known}{hint}\n\
             a field of your own is recorded by `tracing::Span::current().record(\"{written}\", …)`"
        ),
    }
}
