//! `span_record!`: a subject, or values by name, for the enclosing span's late attributes.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Expr, Token};

use crate::args::Named;
use crate::catalogue::{self, ATTRIBUTES, Attribute};
use crate::error::Errors;
use crate::expand::call;
use crate::hygiene::generated;
use crate::pipeline::mistaken;
use crate::runtime_path::RuntimePath;
use crate::suggest::did_you_mean;

// Input: $crate task
// Output, with `P` for `$crate::__private`: {
//     let mut __recorder = P::Recorder::new();
//     match (P::subject(&(task)),) {
//         __subject => P::optional!(__recorder, __subject.0, [__correlation_id __task_uuid …]),
//     }
//     P::Recorder::record(__recorder)
// }
//
// Input: $crate namespace = &queue.name
// Output: {
//     let mut __recorder = P::Recorder::new();
//     P::Collect::namespace(&mut __recorder, P::text(&(&queue.name)));
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

fn statements(arguments: TokenStream, runtime: &RuntimePath) -> syn::Result<TokenStream> {
    let is_named = |input: ParseStream<'_>| {
        let is_named = input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]);
        input.parse::<TokenStream>().map(|_| is_named)
    };
    if is_named.parse2(arguments.clone())? {
        values(arguments, runtime)
    } else {
        of_subject(arguments, runtime)
    }
}

fn of_subject(arguments: TokenStream, runtime: &RuntimePath) -> syn::Result<TokenStream> {
    let parser = |input: ParseStream<'_>| {
        let subject = input.parse::<Expr>()?;
        input.parse::<Option<Token![,]>>()?;
        Ok(subject)
    };
    let expr = parser.parse2(arguments)?;
    let (p, value) = (runtime.tokens(), call("subject", &expr, runtime));
    let attributes = ATTRIBUTES.iter().filter(|attribute| !attribute.is_state());
    let methods = attributes.map(|attribute| attribute.if_present());
    Ok(quote_spanned! {generated()=>
        match (#value,) {
            __subject => #p::optional!(__recorder, __subject.0, [#(#methods)*]),
        }
    })
}

fn values(arguments: TokenStream, runtime: &RuntimePath) -> syn::Result<TokenStream> {
    let mut errors = Errors::new();
    let named = errors.handle(Punctuated::<Named, Token![,]>::parse_terminated.parse2(arguments));
    let mut seen = Vec::<&Attribute>::new();
    let mut statements = TokenStream::new();
    for Named { name, value } in named.into_iter().flatten() {
        let written = name.unraw().to_string();
        match (catalogue::attribute(&written), value) {
            (None, _) => errors.spanned(&name, unknown(&written)),
            (Some(attribute), _) if seen.contains(&attribute) => {
                errors.spanned(&name, format!("`{written}` is given twice"));
            }
            (Some(_), None) => errors.spanned(&name, format!("`{written}` needs a value: `{written} = …`")),
            (Some(attribute), Some(value)) => {
                seen.push(attribute);
                let (p, setter) = (runtime.tokens(), Ident::new(attribute.name, generated()));
                let value = call(attribute.value.conversion(), &value, runtime);
                statements.extend(quote_spanned!(generated()=> #p::Collect::#setter(&mut __recorder, #value);));
            }
        }
    }
    errors.finish_with(Some(statements))
}

fn unknown(written: &str) -> String {
    let hint = did_you_mean(written, ATTRIBUTES.iter().map(|attribute| attribute.name));
    format!(
        "`{written}` is no attribute of the catalogue{hint}\n\
         a field of your own is recorded by `tracing::Span::current().record(\"{written}\", …)`"
    )
}
