//! The annotation that a function should have: its name, its subject, and the source of each attribute.

mod diff;
mod fields;
mod imports;
mod name;
mod sources;

use std::fmt::Write;
use std::ops::Range;

use tasker_span_runtime::catalogue::Family;

use super::identity;
use super::model::{Function, Kind, Site};
use super::world::World;

pub use diff::unified;

/// What to write at a site.
#[derive(Clone, Debug)]
pub struct Suggestion {
    /// The macro, with its path if it is needed.
    pub family: Family,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// It is a block: `task_scope!` or `step_scope!`.
    pub is_scope: bool,
    /// The bytes that the attribute replaces; empty before a function without one.
    pub range: Range<usize>,
    /// The function sees the imports of its file.
    pub is_in_root: bool,
    /// What the annotation cannot say, or what is to be checked.
    pub notes: Vec<String>,
}

/// The longest line of an annotation.
const COLUMNS: usize = 100;

impl Suggestion {
    /// The macro's name.
    pub fn macro_name(&self) -> &'static str {
        match (self.family, self.is_scope) {
            (Family::Step, false) => "step_span",
            (Family::Step, true) => "step_scope!",
            (_, false) => "task_span",
            (_, true) => "task_scope!",
        }
    }

    /// The attribute or block, on one line if it fits.
    pub fn text(&self, indent: &str) -> String {
        let path = if self.is_in_root { "" } else { "tasker_span_runtime::" };
        let name = format!("{path}{}", self.macro_name());
        let (before, after) = if self.is_scope { ("", ")") } else { ("#[", ")]") };
        let line = format!("{before}{name}({}{after}", self.arguments.join(", "));
        if indent.chars().count() + line.chars().count() <= COLUMNS {
            return line;
        }
        let mut text = format!("{before}{name}(\n");
        for argument in &self.arguments {
            let _ = writeln!(text, "{indent}    {argument},");
        }
        text + indent + after
    }
}

/// What to write at a site, if it can be migrated.
///
/// # Errors
///
/// Why there is no suggestion, if people would expect one.
pub fn of(function: &Function, site: &Site, world: &World<'_>) -> Result<Option<Suggestion>, String> {
    let about = identity::about(function, site, world);
    let is_migrated = function
        .sites
        .iter()
        .any(|site| site.kind.is_ours() && site.kind.is_attribute());
    if is_migrated || !about.task || site.kind.is_ours() || function.is_test {
        return Ok(None);
    }
    let is_scope = matches!(site.kind, Kind::Macro(_));
    refuse(function, site)?;
    let span = name::choose(function, site, about);
    let sources = sources::find(&span, function, site, world);
    let mut arguments = vec![format!("\"{}\"", span.name)];
    arguments.extend(span.within.map(|within| format!("within = \"{within}\"")));
    arguments.extend(span.kind.as_ref().map(|kind| format!("kind = {kind}")));
    arguments.extend(sources.arguments());
    let mut notes = sources.notes.clone();
    if is_scope {
        notes.push(
            "`.enter()` stands for `.entered()`, and `span.instrument(future)` for `future.instrument(span)`"
                .to_owned(),
        );
    }
    arguments.extend(fields::settings(site, &mut notes));
    let remaining = fields::remaining(&span, &sources, function, site, world, &mut notes);
    arguments.extend(remaining.arguments);
    if !remaining.late.is_empty() {
        notes.extend(
            remaining
                .late
                .iter()
                .map(|name| format!("`{name}` is recorded later, as before")),
        );
    }
    if !remaining.fields.is_empty() {
        arguments.push(format!("fields({})", remaining.fields.join(", ")));
    }
    Ok(Some(Suggestion {
        family: span.family,
        is_scope,
        arguments,
        range: match site.kind {
            Kind::Nothing => function.start..function.start,
            _ => site.range.clone(),
        },
        is_in_root: function.is_in_root,
        notes,
    }))
}

/// What the macros do not take, or the audit does not understand.
fn refuse(function: &Function, site: &Site) -> Result<(), String> {
    let returns = |names: &[&str]| {
        let paths = function.output.iter().flat_map(|output| &output.paths);
        paths
            .filter_map(|path| path.rsplit("::").next())
            .any(|name| names.contains(&name))
    };
    let is_scope = matches!(site.kind, Kind::Macro(_));
    let reason = if function.in_macro {
        "it is made by a macro"
    } else if site.is_conditional {
        "its attribute is in a `cfg_attr`"
    } else if is_scope && site.arguments.are_known {
        return Ok(());
    } else if function.is_const {
        "a `const fn` has no span"
    } else if !function.has_body {
        "it has no body"
    } else if site.kind != Kind::Nothing && !site.arguments.are_known {
        "its arguments could not be read"
    } else if returns(&["Stream", "BoxStream", "LocalBoxStream", "Iterator"]) {
        "it returns a stream or an iterator, whose items come after its span"
    } else if function.is_async && !function.is_async_fn {
        "it returns a future: its body must end in `async move { … }`"
    } else {
        return Ok(());
    };
    Err(reason.to_owned())
}
