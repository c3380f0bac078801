//! Which subject supplies which attribute, and which attributes have no source. Messages about
//! those are in `missing`.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Attribute as SynAttribute, Expr, Ident, Type};

use super::identity::Identity;
use super::promises::Promises;
use crate::args::{Args, Slot};
use crate::catalogue::{Attribute, Family, STARTED_AT};
use crate::error::Errors;
use crate::func::{Func, Parameter, ungroup};

/// A task or step that the span is about.
pub(crate) struct Subject {
    /// Whether it is the task or the step.
    pub(crate) role: Family,
    pub(crate) access: Access,
    pub(crate) required: Vec<&'static Attribute>,
    pub(crate) optional: Optional,
}

/// The attributes that are recorded if the subject has them.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Optional {
    /// All of the family.
    OfFamily(Family),
    Some(Vec<&'static Attribute>),
}

pub(crate) enum Access {
    /// `task = expression`
    Expression(TokenStream),
    /// A parameter by the role's name.
    Parameter {
        name: Ident,
        /// Its type, without the reference.
        ty: Box<Type>,
        is_reference: bool,
        /// The conditions under which the parameter exists.
        cfgs: Vec<SynAttribute>,
    },
}

impl Optional {
    fn and(self, more: Vec<&'static Attribute>) -> Self {
        if more.is_empty() {
            return self;
        }
        let own = match self {
            Self::OfFamily(family) => family
                .optional()
                .chain((family == Family::Task).then_some(STARTED_AT))
                .collect(),
            Self::Some(attributes) => attributes,
        };
        Self::Some(more.into_iter().chain(own).collect())
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Some(attributes) if attributes.is_empty())
    }
}

/// The sources that the arguments and the function offer.
pub(crate) struct Offer<'a> {
    pub(crate) args: &'a Args,
    /// A block has no function.
    pub(crate) func: Option<&'a Func>,
    pub(crate) promises: &'a Promises,
}

impl Offer<'_> {
    /// The subjects in use, and the attributes without a source.
    pub(crate) fn resolve(&self, identity: &Identity, errors: &mut Errors) -> (Vec<Subject>, Vec<&'static Attribute>) {
        let mut task = self.subject(Family::Task, self.args.task.as_ref());
        let mut step = match (identity.family, &self.args.step) {
            (Family::Step, explicit) => self.subject(Family::Step, explicit.as_ref()),
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
        let mut if_present = Vec::new();
        let mut inherited = false;
        for attribute in identity.required().filter(|attribute| !self.has_value(attribute)) {
            let is_inheritable = self.args.inherit_rest.is_some() && !attribute.is_state();
            let (own, other) = subjects_of(attribute, &mut task, &mut step);
            // `inherit` alone takes all attributes but those that a subject has of itself.
            let subject = if is_inheritable { own } else { own.or(other) };
            match subject {
                // Before its task exists, a subject need not have all that a task has.
                Some(_) if self.args.before_task.is_some() => if_present.push(attribute),
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
        // The family's optional attributes describe its own subject, or the only subject.
        let own = if identity.family == Family::Step && step.is_some() {
            &mut step
        } else {
            &mut task
        };
        if let Some(subject) = own {
            subject.optional = self.optional(identity.family).and(if_present);
        }
        let subjects = [task, step]
            .into_iter()
            .flatten()
            .filter(|subject| self.is_used(subject, errors))
            .collect();
        (subjects, missing)
    }

    /// The optional attributes that no argument gives or promises.
    fn optional(&self, family: Family) -> Optional {
        let started_at = (family == Family::Task).then_some(STARTED_AT);
        let all = || family.optional().chain(started_at);
        let open = all().filter(|attribute| !self.has_value(attribute)).collect::<Vec<_>>();
        if open.len() == all().count() {
            Optional::OfFamily(family)
        } else {
            Optional::Some(open)
        }
    }

    fn has_value(&self, attribute: &Attribute) -> bool {
        self.args.gives(attribute) || self.promises.contains(attribute)
    }

    fn subject(&self, role: Family, explicit: Option<&Slot<Expr>>) -> Option<Subject> {
        let access = match explicit {
            Some(slot) => Access::Expression(slot.value.to_token_stream()),
            None => parameter(self.func?.parameter(role.subject())?),
        };
        Some(Subject {
            role,
            access,
            required: Vec::new(),
            optional: Optional::Some(Vec::new()),
        })
    }

    /// A parameter called `task` is a subject only if an attribute is needed from it.
    fn is_used(&self, subject: &Subject, errors: &mut Errors) -> bool {
        let explicit = match subject.role {
            Family::Task => &self.args.task,
            Family::Step => &self.args.step,
        };
        match explicit {
            None => !subject.required.is_empty(),
            Some(slot) if subject.required.is_empty() && subject.optional.is_empty() => {
                let name = subject.role.subject();
                errors.spanned(
                    &slot.key,
                    format!("`{name}` supplies nothing: every attribute that it could supply has a source already"),
                );
                false
            }
            Some(_) => true,
        }
    }
}

/// The subject that the attribute is about, and the subject that may have it as well. A task
/// supplies the attributes of every task span, and a step all others.
fn subjects_of<'a>(
    attribute: &Attribute,
    task: &'a mut Option<Subject>,
    step: &'a mut Option<Subject>,
) -> (Option<&'a mut Subject>, Option<&'a mut Subject>) {
    if attribute.is_state() {
        return (None, None);
    }
    let (first, second) = if Family::Task.required().contains(&attribute) {
        (task, step)
    } else {
        (step, task)
    };
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
