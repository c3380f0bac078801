//! `unsigned-field`: `tracing-opentelemetry` exports unsigned integers as text.

use super::{Context, Found, Rule};
use crate::audit::finding::Severity;
use crate::audit::identity;
use crate::audit::model::{Kind, Type};

pub(super) const RULE: Rule = Rule {
    code: "unsigned-field",
    title: "an unsigned integer is exported as text, so that no query compares it",
    severity: Severity::Warning,
    check,
};

const UNSIGNED: [&str; 6] = ["u8", "u16", "u32", "u64", "u128", "usize"];

fn check(context: &Context<'_>, found: &mut Found<'_>) {
    let Context { function, site, .. } = context;
    // Our macros export what fits as an integer.
    if !matches!(site.kind, Kind::Instrument | Kind::Macro(_)) {
        return;
    }
    let is_unsigned = |ty: &Type| UNSIGNED.contains(&ty.inner.as_str());
    for parameter in &function.parameters {
        if is_unsigned(&parameter.ty) && identity::records(&parameter.name, site) {
            let name = &parameter.name;
            found.push(format!(
                "`{name}: {}` is exported as text: write `skip({name})` and `fields({name} = {name} as i64)`",
                parameter.ty.text
            ));
        }
    }
    for field in site.arguments.fields.iter().filter(|field| field.sigil.is_none()) {
        let mut parameters = function.parameters.iter();
        let is_parameter = field.variable.as_ref().is_some_and(|variable| {
            parameters.any(|parameter| parameter.name == *variable && is_unsigned(&parameter.ty))
        });
        if field.is_unsigned || is_parameter {
            let (name, value) = (&field.name, field.value.as_deref().unwrap_or(&field.name));
            found.push_at(
                field.line,
                field.column,
                format!("`{name}` is unsigned and exported as text: write `{name} = {value} as i64`"),
            );
        }
    }
}
