//! The settings of the audit: `tasker-span-audit.toml`. Lists extend the defaults; `"!name"` takes a default away.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The name of the file that is looked for in the folder of the first path and in those above it.
pub const FILE: &str = "tasker-span-audit.toml";

/// What the audit takes for a payload, a subject and a spawn.
#[derive(Clone, Debug)]
pub struct Config {
    /// Words of names and types that hold customers' data or secrets.
    pub payload_names: Vec<String>,
    /// Types that hold them: the last segment, or a path.
    pub payload_types: Vec<String>,
    /// Types whose `Debug` gives nothing away.
    pub harmless_types: Vec<String>,
    /// Functions and methods that run work elsewhere, by their last segment.
    pub spawn_functions: Vec<String>,
    /// Macros that do.
    pub spawn_macros: Vec<String>,
    /// Subjects beside the types that derive `SpanFields`.
    pub subject_types: Vec<String>,
    /// Fields and parameters that say that a type or function is about a task or step.
    pub subject_fields: Vec<String>,
    /// Paths under which a program re-exports the macros.
    pub reexports: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    payload: Payload,
    spawn: Spawn,
    subject: Subject,
    reexports: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Payload {
    names: Vec<String>,
    types: Vec<String>,
    harmless_types: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Spawn {
    functions: Vec<String>,
    macros: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Subject {
    types: Vec<String>,
    fields: Vec<String>,
}

const PAYLOAD_NAMES: &[&str] = &[
    "authorization",
    "body",
    "context",
    "cookie",
    "credential",
    "credentials",
    "ctx",
    "header",
    "headers",
    "input",
    "inputs",
    "password",
    "payload",
    "request",
    "secret",
    "secrets",
    "token",
    "tokens",
];
const PAYLOAD_TYPES: &[&str] = &[
    "serde_json::Value",
    "serde_json::Map",
    "HeaderMap",
    "Bytes",
    "SecretString",
];
const HARMLESS_TYPES: &[&str] = &[
    "DateTime",
    "Duration",
    "Instant",
    "Level",
    "NaiveDate",
    "NaiveDateTime",
    "OffsetDateTime",
    "SystemTime",
    "Uuid",
    "char",
];
const SPAWN_FUNCTIONS: &[&str] = &[
    "spawn",
    "spawn_blocking",
    "spawn_blocking_on",
    "spawn_local",
    "spawn_local_on",
    "spawn_on",
    "spawn_pinned",
];
const SUBJECT_FIELDS: &[&str] = &["step_uuid", "task_uuid", "workflow_step_uuid"];

impl Default for Config {
    fn default() -> Self {
        Self::of(Written::default())
    }
}

impl Config {
    /// Reads the file; without one, that of the folder or a folder above it, or else the defaults.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or has unknown keys or other types than expected.
    pub fn load(file: Option<&Path>, folder: &Path) -> Result<Self, String> {
        let Some(file) = file.map(Path::to_owned).or_else(|| find(folder)) else {
            return Ok(Self::default());
        };
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(&text).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// Reads the settings.
    ///
    /// # Errors
    ///
    /// Unknown keys, and values of other types than expected.
    pub fn parse(text: &str) -> Result<Self, String> {
        toml::from_str(text).map(Self::of).map_err(|error| error.to_string())
    }

    fn of(written: Written) -> Self {
        Self {
            payload_names: extend(PAYLOAD_NAMES, written.payload.names),
            payload_types: extend(PAYLOAD_TYPES, written.payload.types),
            harmless_types: extend(HARMLESS_TYPES, written.payload.harmless_types),
            spawn_functions: extend(SPAWN_FUNCTIONS, written.spawn.functions),
            spawn_macros: extend(&[], written.spawn.macros),
            subject_types: extend(&[], written.subject.types),
            subject_fields: extend(SUBJECT_FIELDS, written.subject.fields),
            reexports: written.reexports,
        }
    }

    /// The word of a snake or camel case name that makes it a payload's.
    pub fn payload_word(&self, name: &str) -> Option<&str> {
        words(name)
            .find_map(|word| self.payload_names.iter().find(|known| **known == word))
            .map(String::as_str)
    }
}

fn extend(defaults: &[&str], written: Vec<String>) -> Vec<String> {
    let taken = |name: &str| written.iter().any(|written| written.strip_prefix('!') == Some(name));
    let mut all: Vec<String> = defaults
        .iter()
        .filter(|name| !taken(name))
        .map(|&name| name.to_owned())
        .collect();
    all.extend(written.into_iter().filter(|name| !name.starts_with('!')));
    all
}

fn find(folder: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder).ok()?;
    folder
        .ancestors()
        .map(|above| above.join(FILE))
        .find(|file| file.is_file())
}

/// The words of `auth_token` and of `AuthToken`, in lower case.
pub fn words(name: &str) -> impl Iterator<Item = String> {
    let mut words = vec![String::new()];
    let mut after_lower = false;
    for character in name.chars() {
        if !character.is_alphanumeric() || (character.is_uppercase() && after_lower) {
            words.push(String::new());
        }
        after_lower = character.is_lowercase() || character.is_numeric();
        if character.is_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.extend(character.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}
