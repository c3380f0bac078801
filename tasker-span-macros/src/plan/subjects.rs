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
    /// Required attributes that are inherited if its type lacks them.
    if_present: Vec<&'static Attribute>,
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
        /// Nothing that it is about is needed from it: its type may be no subject.
        is_candidate: bool,
    },
}

impl Optional {
    fn is_empty(&self) -> bool {
        matches!(self, Self::Some(attributes) if attributes.is_empty())
    }

    fn into_list(self) -> Vec<&'static Attribute> {
        match self {
            Self::OfFamily(family) => of_family(family).collect(),
            Self::Some(attributes) => attributes,
        }
    }
}

impl Subject {
    /// A parameter of this name must be a subject.
    fn require(&mut self) {
        if let Access::Parameter { is_candidate, .. } = &mut self.access {
            *is_candidate = false;
        }
    }

    /// Everything that its type may lack, in one list.
    fn with_all_optional(mut self) -> Self {
        if !self.if_present.is_empty() {
            let mut all = std::mem::take(&mut self.if_present);
            all.extend(self.optional.into_list());
            self.optional = Optional::Some(all);
        }
        self
    }
}

/// The optional attributes of a family's subjects.
fn of_family(family: Family) -> impl Iterator<Item = &'static Attribute> {
    let started_at = (family == Family::Task).then_some(STARTED_AT);
    family.optional().chain(started_at)
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
        let mut is_inheriting = false;
        for attribute in identity.required().filter(|attribute| !self.has_value(attribute)) {
            let (own, other) = subjects_of(attribute, &mut task, &mut step);
            if self.args.inherit_rest.is_some() && !attribute.is_state() {
                // `inherit` alone takes what the types of the subjects lack.
                is_inheriting = true;
                // The task is read first, so only it comes before the other subject.
                let other = other.filter(|_| own.as_ref().is_none_or(|own| own.role == Family::Task));
                if let Some(own) = own {
                    if !self.is_id(own) {
                        own.require();
                    }
                    own.if_present.push(attribute);
                }
                if let Some(other) = other {
                    other.if_present.push(attribute);
                }
            } else if let Some(subject) = own.or(other) {
                if self.args.before_task.is_some() {
                    // Before its task exists, a subject need not have all that a task has.
                    subject.if_present.push(attribute);
                } else {
                    subject.require();
                    subject.required.push(attribute);
                }
            } else {
                missing.push(attribute);
            }
        }
        if let Some(key) = self.args.inherit_rest.as_ref().filter(|_| !is_inheriting) {
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
            subject.optional = self.optional(identity.family);
        }
        let subjects = [task, step]
            .into_iter()
            .flatten()
            .filter(|subject| self.is_used(subject, errors))
            .map(Subject::with_all_optional)
            .collect();
        (subjects, missing)
    }

    /// Whether a value is the parameter itself, as in `task_uuid = task`: then it is an id, and no subject.
    fn is_id(&self, subject: &Subject) -> bool {
        let Access::Parameter { name, .. } = &subject.access else {
            return false;
        };
        let is_it = |value: &Expr| matches!(value, Expr::Path(value) if value.path.is_ident(name));
        self.args.values.iter().any(|(_, slot)| is_it(&slot.value))
    }

    /// The optional attributes that no argument gives or promises.
    fn optional(&self, family: Family) -> Optional {
        let open = of_family(family).filter(|attribute| !self.has_value(attribute));
        let open = open.collect::<Vec<_>>();
        if open.len() == of_family(family).count() {
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
            if_present: Vec::new(),
            optional: Optional::Some(Vec::new()),
        })
    }

    /// A parameter called `task` is a subject only if an attribute is needed from it.
    fn is_used(&self, subject: &Subject, errors: &mut Errors) -> bool {
        let is_needed = !subject.required.is_empty() || !subject.if_present.is_empty();
        let explicit = match subject.role {
            Family::Task => &self.args.task,
            Family::Step => &self.args.step,
        };
        match explicit {
            None => is_needed,
            Some(slot) if !is_needed && subject.optional.is_empty() => {
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
        is_candidate: true,
    }
}
