//! The sources of the attributes that a span requires: a value, a subject, `late`, or else `inherit`.

use tasker_span_runtime::catalogue::Family;

use super::name::{Span, states};
use crate::audit::model::{Function, Kind, Parameter, Site, Type};
use crate::audit::world::World;

/// Where each required attribute comes from.
#[derive(Debug, Default)]
pub(super) struct Sources {
    task: Option<Subject>,
    step: Option<Subject>,
    /// The key of an attribute, and its value.
    values: Vec<(String, String)>,
    late: Vec<&'static str>,
    inherit: Vec<&'static str>,
    /// The parameters that are subjects.
    subjects: Vec<String>,
    /// Subjects are named, even if the macro of a function would find them.
    is_explicit: bool,
    /// A subject's type is not known, so that `inherit` takes what it lacks.
    inherits_rest: bool,
    /// Parameters that are in the span by now.
    pub(super) used: Vec<String>,
    pub(super) notes: Vec<String>,
}

#[derive(Debug)]
struct Subject {
    /// `None` if the macro finds it by its name.
    expression: Option<String>,
    /// `None` if that is not known.
    supplies: Option<Vec<String>>,
    /// The span has an attribute of it. The macros refuse a subject that supplies nothing.
    is_used: bool,
}

/// Finds the sources.
pub(super) fn find(span: &Span, function: &Function, site: &Site, world: &World<'_>) -> Sources {
    let mut sources = Sources {
        // Blocks do not look for parameters.
        is_explicit: !matches!(site.kind, Kind::Instrument | Kind::Nothing),
        ..Sources::default()
    };
    sources.find_subjects(span, function, world);
    // A parameter of this name that is no subject would be taken for one by `inherit` alone.
    let misnamed = !sources.is_explicit
        && function.parameters.iter().any(|parameter| {
            matches!(parameter.name.as_str(), "task" | "step") && !world.is_span_fields(&parameter.ty.name)
        });
    for &name in &span.required {
        sources.attribute(name, function, site, world);
    }
    for subject in [&mut sources.task, &mut sources.step] {
        if subject.as_ref().is_some_and(|subject| !subject.is_used) {
            *subject = None;
        }
    }
    let has_subject = sources.task.is_some() || sources.step.is_some();
    let takes_all = sources.inherit.len() == span.required.len() && !has_subject && !misnamed;
    sources.inherits_rest = !sources.inherit.is_empty() && takes_all || sources.inherits_rest;
    sources
}

impl Sources {
    /// The arguments of the macro.
    pub(super) fn arguments(&self) -> Vec<String> {
        let mut arguments = Vec::new();
        for (key, subject) in [("task", &self.task), ("step", &self.step)] {
            let expression = subject.as_ref().and_then(|subject| subject.expression.as_ref());
            arguments.extend(expression.map(|expression| format!("{key} = {expression}")));
        }
        arguments.extend(self.values.iter().map(|(key, value)| format!("{key} = {value}")));
        if self.inherits_rest {
            arguments.push("inherit".to_owned());
        } else if !self.inherit.is_empty() {
            arguments.push(format!("inherit({})", self.inherit.join(", ")));
        }
        if !self.late.is_empty() {
            arguments.push(format!("late({})", self.late.join(", ")));
        }
        arguments
    }

    /// Whether a subject supplies an attribute that the span need not have.
    pub(super) fn supplies(&self, name: &str) -> bool {
        let mut subjects = [&self.task, &self.step].into_iter().flatten();
        subjects.any(|subject| {
            subject
                .supplies
                .as_ref()
                .is_some_and(|supplies| supplies.iter().any(|known| known == name))
        })
    }

    fn find_subjects(&mut self, span: &Span, function: &Function, world: &World<'_>) {
        let is_subject = |parameter: &&Parameter| parameter.is_plain && world.is_span_fields(&parameter.ty.name);
        let is_step = |parameter: &&Parameter| supplies_step(&parameter.ty.name, &parameter.name, world);
        let parameters = || function.parameters.iter().filter(is_subject);
        let step = parameters().find(is_step);
        let task = parameters().find(|parameter| parameter.name == "task" && !is_step(parameter));
        let task = task.or_else(|| parameters().find(|parameter| !is_step(parameter)));
        if span.family == Family::Step {
            self.step = step.map(|step| self.subject(step, "step", world));
            self.task = task.map(|task| self.subject(task, "task", world));
        } else {
            // Any subject may be that of a task's span; a step that knows its task is one.
            self.task = task.or(step).map(|task| self.subject(task, "task", world));
        }
        if self.step.is_none() && self.task.is_none() {
            self.own_subject(span, function, world);
        }
    }

    fn subject(&mut self, parameter: &Parameter, key: &str, world: &World<'_>) -> Subject {
        self.used.push(parameter.name.clone());
        self.subjects.push(parameter.name.clone());
        Subject {
            expression: (self.is_explicit || parameter.name != key).then(|| written(&parameter.name)),
            supplies: world.supplies(&parameter.ty.name).map(<[String]>::to_vec),
            is_used: false,
        }
    }

    /// `self`, or a field of it.
    fn own_subject(&mut self, span: &Span, function: &Function, world: &World<'_>) {
        let Some(of_type) = function.self_type.as_deref().filter(|_| function.has_self) else {
            return;
        };
        let (expression, of_type) = if world.is_span_fields(of_type) {
            ("self".to_owned(), of_type)
        } else {
            match world.subject_field(of_type) {
                Some((field, ty)) => (format!("self.{field}"), ty),
                None => return,
            }
        };
        let is_step = supplies_step(of_type, "", world);
        let subject = Subject {
            expression: Some(expression),
            supplies: world.supplies(of_type).map(<[String]>::to_vec),
            is_used: false,
        };
        if span.family == Family::Step && is_step {
            self.step = Some(subject);
        } else {
            self.task = Some(subject);
        }
    }

    fn attribute(&mut self, name: &'static str, function: &Function, site: &Site, world: &World<'_>) {
        if let "from_state" | "to_state" = name {
            if let Some((from, to)) = states(function) {
                let (key, state) = if name == "from_state" {
                    ("from", from)
                } else {
                    ("to", to)
                };
                self.values.push((key.to_owned(), written(state)));
                self.used.push(state.to_owned());
            }
            return;
        }
        let (subject, of_task) = self.role(name);
        let is_supplied = match subject.map(|subject| subject.supplies.as_ref()) {
            Some(None) => {
                self.inherits_rest = true;
                true
            }
            Some(Some(supplies)) => supplies.iter().any(|known| known == name),
            None => false,
        };
        if is_supplied && !self.is_of_another(name, site) {
            let subject = if of_task { &mut self.task } else { &mut self.step };
            if let Some(subject) = subject {
                subject.is_used = true;
            }
        } else if !self.value(name, function, site, world) && !is_supplied {
            self.later(name, function, site);
        }
    }

    /// Whether the span's field for an attribute is another's than the subject's.
    fn is_of_another(&self, name: &str, site: &Site) -> bool {
        let field = site
            .arguments
            .fields
            .iter()
            .find(|field| field.name == name && !field.is_empty);
        let value = field.map(|field| field.value.as_deref().unwrap_or(&field.name));
        let root = value.map(|value| {
            value
                .trim_start_matches('&')
                .split(['.', '('])
                .next()
                .unwrap_or_default()
        });
        root.is_some_and(|root| root != "self" && !self.subjects.iter().any(|subject| subject == root))
    }

    /// The subject that an attribute comes from, and whether it is the task: of two, it supplies its own three.
    fn role(&self, name: &str) -> (Option<&Subject>, bool) {
        match (&self.task, &self.step) {
            (Some(task), Some(_)) if matches!(name, "correlation_id" | "task_uuid" | "namespace") => (Some(task), true),
            (_, Some(step)) => (Some(step), false),
            (task, None) => (task.as_ref(), true),
        }
    }

    fn value(&mut self, name: &str, function: &Function, site: &Site, world: &World<'_>) -> bool {
        let field = site
            .arguments
            .fields
            .iter()
            .find(|field| field.name == name && !field.is_empty);
        let written_value = field.map(|field| plain_value(field.value.as_deref().unwrap_or(&field.name)).to_owned());
        let parameter = function
            .parameters
            .iter()
            .find(|parameter| parameter.name == name && parameter.is_plain);
        let Some(value) = written_value.or_else(|| parameter.map(|parameter| written(&parameter.name))) else {
            return false;
        };
        if value.contains('?') || value.contains(".await") {
            self.notes.push(format!(
                "`{name} = {value}`: compute the value in the body, and record it there"
            ));
            return false;
        }
        let ty = type_of(&value, function, world);
        match ty.map(|ty| fits(name, ty)) {
            Some(false) => {
                let expected = if name.ends_with("_uuid") || name == "correlation_id" {
                    "a `Uuid`"
                } else {
                    "a text"
                };
                let found = ty.map(|ty| ty.text.as_str()).unwrap_or_default();
                self.notes.push(format!(
                    "`{name}` is inherited, because `{value}` is `{found}` and not {expected}"
                ));
                return false;
            }
            None => self
                .notes
                .push(format!("check the type of `{value}`: the audit does not know it")),
            Some(true) => {}
        }
        self.used.push(value.clone());
        self.values.push((name.to_owned(), value));
        true
    }

    fn later(&mut self, name: &'static str, function: &Function, site: &Site) {
        let is_empty = site
            .arguments
            .fields
            .iter()
            .any(|field| field.name == name && field.is_empty);
        let is_recorded = function.body.records.iter().any(|(recorded, _)| recorded == name);
        if is_empty && (is_recorded || function.body.records_more) {
            self.late.push(name);
        } else {
            self.inherit.push(name);
        }
    }
}

fn supplies_step(of_type: &str, name: &str, world: &World<'_>) -> bool {
    match world.supplies(of_type) {
        Some(supplies) => supplies.iter().any(|known| known == "step_uuid"),
        None => of_type.contains("Step") || name == "step",
    }
}

/// Texts and numbers need no look at their type.
pub(super) fn is_literal(value: &str) -> bool {
    value.starts_with(|first: char| first == '"' || first.is_ascii_digit())
}

/// A value without what made a text of it.
pub(super) fn plain_value(value: &str) -> &str {
    let mut value = value;
    for ending in [".to_string()", ".as_str()", ".to_owned()", ".clone()"] {
        value = value.strip_suffix(ending).unwrap_or(value);
    }
    value
}

/// The type of a parameter, or of a field of one.
fn type_of<'w>(value: &str, function: &'w Function, world: &World<'w>) -> Option<&'w Type> {
    let mut parts = value.trim_start_matches('&').split('.');
    let first = parts.next()?;
    let parameter = function.parameters.iter().find(|parameter| parameter.name == first);
    let mut ty = parameter.map(|parameter| &parameter.ty);
    let mut of_type = match ty {
        Some(ty) => ty.name.as_str(),
        None if first == "self" => function.self_type.as_deref()?,
        None => return None,
    };
    for part in parts {
        let field = world.field(of_type, part)?;
        of_type = &field.name;
        ty = Some(field);
    }
    ty
}

fn fits(name: &str, ty: &Type) -> bool {
    match name {
        "correlation_id" | "task_uuid" | "step_uuid" | "parent_correlation_id" => ty.name == "Uuid",
        _ => matches!(ty.name.as_str(), "str" | "String"),
    }
}

/// A name as code: `r#type`.
pub(super) fn written(name: &str) -> String {
    match syn::parse_str::<syn::Ident>(name) {
        Ok(_) => name.to_owned(),
        Err(_) => format!("r#{name}"),
    }
}
