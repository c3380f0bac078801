//! What to say about required attributes that nothing supplies.

use super::identity::Identity;
use crate::args::Explicit;
use crate::catalogue::{Attribute, Family, ValueType};
use crate::error::Errors;
use crate::invocation::{Invocation, Place};

/// Reported at the span's name: it is what requires them.
pub(crate) fn report(missing: &[&'static Attribute], identity: &Identity, invocation: Invocation, errors: &mut Errors) {
    let (states, others): (Vec<_>, Vec<_>) = missing
        .iter()
        .copied()
        .partition(|attribute| attribute.value == ValueType::State);
    if !states.is_empty() {
        errors.spanned(&identity.name, of_states(&states, identity));
    }
    if !others.is_empty() {
        errors.spanned(&identity.name, of_subject(&others, identity, invocation));
    }
}

fn of_states(missing: &[&'static Attribute], identity: &Identity) -> String {
    let arguments = missing
        .iter()
        .map(|attribute| format!("{} = …", Explicit::Attribute(attribute).key()));
    let arguments = arguments.collect::<Vec<_>>().join(", ");
    format!(
        "`{}` requires {}: write `{arguments}`",
        identity.name.value(),
        names(missing)
    )
}

fn of_subject(missing: &[&'static Attribute], identity: &Identity, invocation: Invocation) -> String {
    let list = missing
        .iter()
        .map(|attribute| attribute.name)
        .collect::<Vec<_>>()
        .join(", ");
    let first = missing.first().map_or("", |attribute| attribute.name);
    let subject = match identity.family {
        Family::Task => "task",
        Family::Step => "step",
    };
    let subject = match invocation.place {
        Place::Function => {
            format!("a parameter called `{subject}`, or `{subject} = …`, whose type derives `SpanFields`")
        }
        Place::Block => format!("`{subject} = …`, whose type derives `SpanFields`"),
    };
    format!(
        "`{}` requires {}, which nothing supplies\n\
         supply it by {subject}\n\
         or by its value: `{first} = …`\n\
         or from the enclosing span: `inherit({list})`\n\
         or before the span ends: `late({list})`",
        identity.name.value(),
        names(missing),
    )
}

fn names(attributes: &[&'static Attribute]) -> String {
    let mut names = attributes
        .iter()
        .map(|attribute| format!("`{}`", attribute.name))
        .collect::<Vec<_>>();
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        only => only.unwrap_or_default(),
    }
}
