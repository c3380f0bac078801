//! Which ids a span has, and by what.

use super::model::{Function, Kind, Site};
use super::world::World;

/// An attribute by which a trace is searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Id {
    /// `correlation_id`.
    Correlation,
    /// `task_uuid`.
    Task,
    /// `step_uuid`.
    Step,
    /// `namespace`.
    Namespace,
}

/// Why a span has an attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// One of our macros requires it.
    Macro,
    /// A field has its value.
    Field,
    /// A field is `Empty`, and the body records it.
    Recorded,
    /// A parameter has its name, and is not skipped.
    Argument,
}

impl Id {
    /// In the order of reports.
    pub const ALL: [Self; 4] = [Self::Correlation, Self::Task, Self::Step, Self::Namespace];

    /// The attribute.
    pub fn name(self) -> &'static str {
        match self {
            Self::Correlation => "correlation_id",
            Self::Task => "task_uuid",
            Self::Step => "step_uuid",
            Self::Namespace => "namespace",
        }
    }
}

impl How {
    /// As reports show it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Macro => "macro",
            Self::Field => "field",
            Self::Recorded => "recorded",
            Self::Argument => "argument",
        }
    }
}

/// By what the span has the attribute.
pub fn has(id: Id, function: &Function, site: &Site) -> Option<How> {
    match site.kind {
        Kind::TaskSpan | Kind::TaskScope => (id != Id::Step).then_some(How::Macro),
        Kind::StepSpan | Kind::StepScope => Some(How::Macro),
        Kind::Instrument | Kind::Macro(_) => by_hand(id, function, site),
        Kind::Nothing => None,
    }
}

fn by_hand(id: Id, function: &Function, site: &Site) -> Option<How> {
    let name = id.name();
    if let Some(field) = site.arguments.fields.iter().find(|field| field.name == name) {
        let is_recorded = || function.body.records.iter().any(|(recorded, _)| recorded == name);
        return if field.is_empty {
            (is_recorded() || function.body.records_more).then_some(How::Recorded)
        } else {
            Some(How::Field)
        };
    }
    let is_recorded = function.parameters.iter().any(|parameter| parameter.name == name) && records(name, site);
    is_recorded.then_some(How::Argument)
}

/// Whether `#[instrument]` records a parameter without being told.
pub fn records(parameter: &str, site: &Site) -> bool {
    site.kind == Kind::Instrument
        && !site.arguments.skip_all
        && !site.arguments.skip.iter().any(|skipped| skipped == parameter)
        // A field of the same name stands for it.
        && !site.arguments.fields.iter().any(|field| field.name == parameter)
}

/// What a function is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// A task, or one of its steps.
    pub task: bool,
    /// A step.
    pub step: bool,
}

/// Finds out what a function is about, by its span's fields, its parameters and its own type.
pub fn about(function: &Function, site: &Site, world: &World<'_>) -> About {
    let mut about = About::default();
    match site.kind {
        Kind::TaskSpan | Kind::TaskScope => about.task = true,
        Kind::StepSpan | Kind::StepScope => about = About { task: true, step: true },
        _ => {}
    }
    for field in &site.arguments.fields {
        about.task |= Id::ALL.iter().any(|id| *id != Id::Namespace && id.name() == field.name);
        about.step |= field.name == Id::Step.name();
    }
    // A block that names ids is about these, whatever else the function has.
    if matches!(site.kind, Kind::Macro(_)) && about.task {
        return about;
    }
    for parameter in &function.parameters {
        let names_subject = world.config.subject_fields.contains(&parameter.name) || parameter.name == "correlation_id";
        if names_subject || world.is_subject(&parameter.ty.inner) {
            about.task = true;
            about.step |= parameter.name == Id::Step.name()
                || parameter.name.ends_with("step_uuid")
                || is_step(&parameter.ty.name, &parameter.name, world);
        }
    }
    if function.has_self
        && let Some(of_type) = &function.self_type
        && world.owns_subject(of_type)
    {
        about.task = true;
        about.step |= world.supplies(of_type).is_some_and(supplies_step);
    }
    about
}

/// A subject is a step if it supplies a step's id, or if that is unknown, by its name.
fn is_step(of_type: &str, name: &str, world: &World<'_>) -> bool {
    match world.supplies(of_type) {
        Some(supplies) => supplies_step(supplies),
        None => of_type.contains("Step") || name == "step",
    }
}

fn supplies_step(supplies: &[String]) -> bool {
    supplies.iter().any(|name| name == Id::Step.name())
}
