//! What the files tell together: subjects, structs and aliases of `Result`, by their names.

use std::collections::{BTreeMap, BTreeSet};

use super::config::Config;
use super::model::{FileFacts, Function, Type, TypeFacts};

/// All files together.
#[derive(Debug)]
pub struct World<'a> {
    /// The settings.
    pub config: &'a Config,
    types: BTreeMap<&'a str, Vec<&'a TypeFacts>>,
    aliases: BTreeSet<&'a str>,
}

impl<'a> World<'a> {
    /// Puts the files together.
    pub fn new(files: &'a [FileFacts], config: &'a Config) -> Self {
        let mut types: BTreeMap<&str, Vec<&TypeFacts>> = BTreeMap::new();
        for facts in files.iter().flat_map(|file| &file.types) {
            types.entry(&facts.name).or_default().push(facts);
        }
        let aliases = files
            .iter()
            .flat_map(|file| &file.result_aliases)
            .map(String::as_str)
            .collect();
        Self { config, types, aliases }
    }

    fn named(&self, name: &str) -> &[&'a TypeFacts] {
        self.types.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a type describes a task or step.
    pub fn is_subject(&self, ty: &str) -> bool {
        let is_configured = self.config.subject_types.iter().any(|subject| is_type(ty, subject));
        is_configured
            || self
                .named(ty.rsplit("::").next().unwrap_or(ty))
                .iter()
                .any(|facts| facts.is_subject)
    }

    /// Whether it derives `SpanFields`, so that macros take it.
    pub fn is_span_fields(&self, name: &str) -> bool {
        self.named(name).iter().any(|facts| facts.is_subject)
    }

    /// The attributes that a subject supplies, if that is known.
    pub fn supplies(&self, name: &str) -> Option<&'a [String]> {
        let mut subjects = self.named(name).iter().filter(|facts| facts.is_subject);
        let first = subjects.next()?;
        // Two types of one name cannot be told apart.
        if subjects.next().is_some() {
            None
        } else {
            first.supplies.as_deref()
        }
    }

    /// The type of a field.
    pub fn field(&self, of_type: &str, name: &str) -> Option<&'a Type> {
        match self.named(of_type) {
            [only] => only.fields.iter().find(|(field, _)| field == name).map(|(_, ty)| ty),
            _ => None,
        }
    }

    /// Whether a type's own fields are subjects, or are called like ids of one.
    pub fn owns_subject(&self, name: &str) -> bool {
        self.is_subject(name)
            || self
                .named(name)
                .iter()
                .flat_map(|facts| &facts.fields)
                .any(|(field, ty)| self.config.subject_fields.contains(field) || self.is_subject(&ty.inner))
    }

    /// The field of a type that is a subject, and its type.
    pub fn subject_field(&self, of_type: &str) -> Option<(&'a str, &'a str)> {
        let [only] = self.named(of_type) else { return None };
        let mut fields = only.fields.iter();
        fields
            .find(|(_, ty)| self.is_span_fields(&ty.name))
            .map(|(field, ty)| (field.as_str(), ty.name.as_str()))
    }

    /// Whether a function returns a `Result`, under an alias of the program's too.
    pub fn returns_result(&self, function: &Function) -> bool {
        let result = function.output.as_ref().and_then(|output| output.result.as_deref());
        result.is_some_and(|result| result == "Result" || self.aliases.contains(result))
    }
}

/// Whether a resolved path is the type that the settings name: by its last segment, or by its end.
pub fn is_type(path: &str, named: &str) -> bool {
    path == named || path.strip_suffix(named).is_some_and(|before| before.ends_with("::"))
}
