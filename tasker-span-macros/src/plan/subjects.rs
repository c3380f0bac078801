//! Which subject supplies which attribute, and what nothing supplies.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute as SynAttribute, Expr, Ident, Type};

use super::identity::Identity;
use super::promises::Promises;
use crate::args::{Args, Explicit, Slot};
use crate::catalogue::{Attribute, CORRELATION_ID, Family, NAMESPACE, TASK_UUID, ValueType};
use crate::error::Errors;
use crate::func::{Func, Parameter, ungroup};

/// A value that the span is about.
pub(crate) struct Subject {
    pub(crate) role: Role,
    pub(crate) access: Access,
    pub(crate) required: Vec<&'static Attribute>,
    /// Recorded where the subject has them.
    pub(crate) optional: Vec<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Task,
    Step,
}

pub(crate) enum Access {
    /// `task = expression`
    Expression(TokenStream),
    /// A parameter by the role's name.
    Parameter {
        name: Ident,
        /// What the parameter's reference refers to, or its type.
        ty: Box<Type>,
        is_reference: bool,
        /// Where the parameter exists.
        cfgs: Vec<SynAttribute>,
    },
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Task => "task",
            Self::Step => "step",
        }
    }
}

/// What the arguments and the function offer.
pub(crate) struct Offer<'a> {
    pub(crate) args: &'a Args,
    /// Absent in a block.
    pub(crate) func: Option<&'a Func>,
    pub(crate) promises: &'a Promises,
}

impl Offer<'_> {
    /// The subjects in use, and the attributes that nothing supplies.
    pub(crate) fn resolve(&self, identity: &Identity, errors: &mut Errors) -> (Vec<Subject>, Vec<&'static Attribute>) {
        let mut task = self.subject(Role::Task, self.args.task.as_ref());
        let mut step = match (identity.family, &self.args.step) {
            (Family::Step, explicit) => self.subject(Role::Step, explicit.as_ref()),
            (Family::Task, None) => None,
            (Family::Task, Some(slot)) => {
                errors.spanned(
                    &slot.key,
                    "a task span is about no step: `step = …` belongs to step spans",
                );
                None
            }
        };
        let mut missing = Vec::new();
        let mut inherited = false;
        for attribute in identity.required().filter(|attribute| !self.has_value(attribute)) {
            let is_inheritable = self.args.inherit_rest.is_some() && attribute.value != ValueType::State;
            let (own, other) = subjects_of(attribute, &mut task, &mut step);
            // The rest that `inherit` takes is all but what a subject says about itself.
            let subject = if is_inheritable { own } else { own.or(other) };
            match subject {
                Some(subject) => subject.required.push(attribute),
                None if is_inheritable => inherited = true,
                None => missing.push(attribute),
            }
        }
        if let Some(key) = self.args.inherit_rest.as_ref().filter(|_| !inherited) {
            errors.spanned(
                key,
                "`inherit` finds nothing left to take: each required attribute has a source",
            );
        }
        // The family's optional attributes describe its own subject, or the only one that there is.
        let own = if identity.family == Family::Step && step.is_some() {
            &mut step
        } else {
            &mut task
        };
        if let Some(subject) = own {
            let open = identity.optional().filter(|attribute| !self.has_value(attribute));
            subject.optional.extend(open.map(|attribute| attribute.name));
            if identity.family == Family::Task && !self.has_explicit(Explicit::StartedAt) {
                subject.optional.push("started_at");
            }
        }
        let subjects = [task, step]
            .into_iter()
            .flatten()
            .filter(|subject| self.is_used(subject, errors))
            .collect();
        (subjects, missing)
    }

    fn has_value(&self, attribute: &'static Attribute) -> bool {
        self.has_explicit(Explicit::Attribute(attribute)) || self.promises.contains(attribute)
    }

    fn has_explicit(&self, value: Explicit) -> bool {
        self.args.values.iter().any(|(explicit, _)| *explicit == value)
    }

    fn subject(&self, role: Role, explicit: Option<&Slot<Expr>>) -> Option<Subject> {
        let access = match explicit {
            Some(slot) => Access::Expression(slot.value.to_token_stream()),
            None => parameter(self.func?.parameter(role.name())?),
        };
        Some(Subject {
            role,
            access,
            required: Vec::new(),
            optional: Vec::new(),
        })
    }

    /// A parameter that happens to be called `task` is none of the macro's business unless it is needed.
    fn is_used(&self, subject: &Subject, errors: &mut Errors) -> bool {
        let explicit = match subject.role {
            Role::Task => &self.args.task,
            Role::Step => &self.args.step,
        };
        match explicit {
            None => !subject.required.is_empty(),
            Some(slot) if subject.required.is_empty() && subject.optional.is_empty() => {
                let name = subject.role.name();
                errors.spanned(
                    &slot.key,
                    format!("`{name}` supplies nothing: all that it could is given already"),
                );
                false
            }
            Some(_) => true,
        }
    }
}

/// The subject that the attribute is about, and the one that may know it as well. With both subjects, the task speaks for
/// itself and the step for all else.
fn subjects_of<'a>(
    attribute: &Attribute,
    task: &'a mut Option<Subject>,
    step: &'a mut Option<Subject>,
) -> (Option<&'a mut Subject>, Option<&'a mut Subject>) {
    if attribute.value == ValueType::State {
        return (None, None);
    }
    let of_task = [CORRELATION_ID, TASK_UUID, NAMESPACE]
        .iter()
        .any(|of_task| of_task.name == attribute.name);
    let (first, second) = if of_task { (task, step) } else { (step, task) };
    (first.as_mut(), second.as_mut())
}

fn parameter(Parameter { name, ty, attrs }: Parameter<'_>) -> Access {
    let (ty, is_reference) = match ungroup(ty) {
        Type::Reference(reference) => (&*reference.elem, true),
        _ => (ty, false),
    };
    let cfgs = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("cfg"))
        .cloned()
        .collect();
    Access::Parameter {
        name: name.clone(),
        ty: Box::new(ty.clone()),
        is_reference,
        cfgs,
    }
}
