//! `fields(…)`: the user's own attributes. Those of the catalogue are arguments.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Expr, UnOp};

use crate::args::{Args, Field, Format};
use crate::catalogue;
use crate::error::Errors;

pub(crate) struct Extra {
    pub(crate) name: String,
    pub(crate) format: Format,
    pub(crate) value: TokenStream,
    /// It is evaluated for an unsampled span too.
    pub(crate) is_cheap: bool,
}

pub(crate) fn check(args: &Args, errors: &mut Errors) -> Vec<Extra> {
    let mut extras = Vec::<Extra>::new();
    for Field { name, format, value } in &args.fields {
        let text = name.text();
        if text.is_empty() {
            errors.spanned(name, "the field's name is empty");
        } else if let Some(reason) = reserved(&text) {
            errors.spanned(name, reason);
        } else if extras.iter().any(|extra| extra.name == text) {
            errors.spanned(name, format!("the field `{text}` is given twice"));
        }
        extras.push(Extra {
            name: text,
            format: *format,
            value: value.to_token_stream(),
            is_cheap: *format == Format::Value && is_cheap(value),
        });
    }
    extras
}

/// Methods of the standard library that only read a length or look into a value.
const CHEAP_METHODS: [&str; 7] = ["as_deref", "as_ref", "as_str", "is_empty", "is_none", "is_some", "len"];

/// Whether an expression can be evaluated for every span: it names something that is there. Only the syntax is known.
fn is_cheap(value: &Expr) -> bool {
    match value {
        Expr::Lit(_) => true,
        Expr::Path(path) => path.attrs.is_empty(),
        Expr::Field(field) => is_cheap(&field.base),
        Expr::Reference(reference) => is_cheap(&reference.expr),
        Expr::Unary(unary) => match unary.op {
            UnOp::Deref(_) => is_cheap(&unary.expr),
            _ => matches!(*unary.expr, Expr::Lit(_)),
        },
        Expr::Cast(cast) => is_cheap(&cast.expr),
        Expr::Paren(paren) => is_cheap(&paren.expr),
        Expr::Group(group) => is_cheap(&group.expr),
        Expr::MethodCall(call) => {
            call.args.is_empty()
                && call.turbofish.is_none()
                && CHEAP_METHODS.iter().any(|method| call.method == method)
                && is_cheap(&call.receiver)
        }
        _ => false,
    }
}

/// Why a field cannot have this name.
fn reserved(name: &str) -> Option<String> {
    if let Some(attribute) = catalogue::attribute(name) {
        let key = attribute.key();
        return Some(format!(
            "`{name}` is an attribute of the catalogue: an argument of its own, `{key} = …`, gives its value"
        ));
    }
    match name {
        "otel.name" => Some("the first argument names the span".to_owned()),
        "otel.kind" => Some("the span's kind follows from the catalogue".to_owned()),
        "otel.status_code" | "otel.status_message" | "otel.status_description" | "error.type" => Some(format!(
            "`{name}` follows from the returned value: `err(…)` or `failed = …` say how"
        )),
        "code.function.name" | "code.file.path" | "code.line.number" => Some(format!("`{name}` is set by the macro")),
        _ if name.starts_with("tasker.") => Some("names that begin with `tasker.` are set by the macro".to_owned()),
        _ => None,
    }
}
