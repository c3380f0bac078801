//! The message about required attributes that have no source. Which ones they are is in `subjects`.

use super::identity::Identity;
use crate::catalogue::{Attribute, listed};
use crate::error::Errors;
use crate::invocation::{Covers, Invocation};

/// Reports them at the span's name, because the span requires them.
pub(crate) fn report(missing: &[&'static Attribute], identity: &Identity, invocation: Invocation, errors: &mut Errors) {
    let (states, others): (Vec<_>, Vec<_>) = missing.iter().copied().partition(|attribute| attribute.is_state());
    if !states.is_empty() {
        errors.spanned(&identity.name, of_states(&states, identity));
    }
    if !others.is_empty() {
        errors.spanned(&identity.name, of_subject(&others, identity, invocation));
    }
}

fn of_states(missing: &[&'static Attribute], identity: &Identity) -> String {
    let arguments = missing.iter().map(|attribute| format!("{} = …", attribute.key()));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    format!(
        "`{}` requires {}: write `{arguments}`",
        identity.name.value(),
        listed(missing)
    )
}

fn of_subject(missing: &[&'static Attribute], identity: &Identity, invocation: Invocation) -> String {
    let list = missing
        .iter()
        .map(|attribute| attribute.name)
        .collect::<Vec<_>>()
        .join(", ");
    let first = missing.first().map_or("", |attribute| attribute.name);
    let subject = identity.family.subject();
    let subject = match invocation.covers {
        Covers::Function => {
            format!("a parameter called `{subject}`, or `{subject} = …`, whose type derives `SpanFields`")
        }
        Covers::Block => format!("`{subject} = …`, whose type derives `SpanFields`"),
    };
    format!(
        "`{}` requires {}, which nothing supplies\n\
         supply it by {subject}\n\
         or by its value: `{first} = …`\n\
         or from the enclosing span: `inherit({list})`\n\
         or before the span ends: `late({list})`",
        identity.name.value(),
        listed(missing),
    )
}
