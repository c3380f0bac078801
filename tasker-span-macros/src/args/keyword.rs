//! The arguments that exist, and what is said about those that do not.

use syn::Ident;
use syn::ext::IdentExt;

use crate::catalogue::{self, Attribute, FROM_STATE, Family, TO_STATE};
use crate::invocation::Invocation;
use crate::suggest::did_you_mean;

/// An argument's key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    Within,
    Crate,
    Level,
    Target,
    Task,
    Step,
    /// A value of the catalogue, `from` and `to` included.
    Value(Explicit),
    Inherit,
    Late,
    Link,
    Fields,
    Ret,
    Err,
    Failed,
}

/// What an explicit value is for.
#[derive(Clone, Copy)]
pub(crate) enum Explicit {
    Attribute(&'static Attribute),
    /// Dates the root span; no attribute.
    StartedAt,
}

impl PartialEq for Explicit {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Explicit {}

impl Explicit {
    /// The name of the value's setter in the runtime.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Attribute(attribute) => attribute.name,
            Self::StartedAt => "started_at",
        }
    }

    /// The key that a user writes.
    pub(crate) fn key(self) -> &'static str {
        match self.name() {
            "from_state" => "from",
            "to_state" => "to",
            name => name,
        }
    }
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("task", Keyword::Task),
    ("step", Keyword::Step),
    ("from", Keyword::Value(Explicit::Attribute(FROM_STATE))),
    ("to", Keyword::Value(Explicit::Attribute(TO_STATE))),
    ("within", Keyword::Within),
    ("inherit", Keyword::Inherit),
    ("late", Keyword::Late),
    ("link", Keyword::Link),
    ("fields", Keyword::Fields),
    ("failed", Keyword::Failed),
    ("err", Keyword::Err),
    ("ret", Keyword::Ret),
    ("level", Keyword::Level),
    ("target", Keyword::Target),
    ("crate", Keyword::Crate),
    ("started_at", Keyword::Value(Explicit::StartedAt)),
];

impl Keyword {
    /// The argument of this key, or why there is none.
    pub(crate) fn of(key: &Ident, invocation: Invocation) -> Result<Self, String> {
        let name = key.unraw().to_string();
        if let Some((_, keyword)) = KEYWORDS.iter().find(|(known, _)| *known == name) {
            return Ok(*keyword);
        }
        match catalogue::attribute(&name).map(Explicit::Attribute) {
            Some(value) if value.key() != name => Err(format!("`{name}` is given as `{} = …`", value.key())),
            Some(value) => Ok(Self::Value(value)),
            None => Err(habit(&name, invocation).unwrap_or_else(|| unknown(&name, invocation))),
        }
    }

    /// Whether the argument may supply an attribute.
    pub(crate) fn is_source(self) -> bool {
        matches!(
            self,
            Self::Task | Self::Step | Self::Value(_) | Self::Inherit | Self::Late
        )
    }

    /// How the argument is written.
    pub(crate) fn usage(self) -> String {
        match self {
            Self::Within => "`within = \"task.orchestration\"`".to_owned(),
            Self::Crate => "`crate = ::tasker_span_runtime`".to_owned(),
            Self::Level => "`level = \"debug\"`".to_owned(),
            Self::Target => "`target = \"…\"`".to_owned(),
            Self::Task => "`task = …`".to_owned(),
            Self::Step => "`step = …`".to_owned(),
            Self::Value(value) => format!("`{} = …`", value.key()),
            Self::Inherit => "`inherit(namespace, …)`, or `inherit` alone for all that is left".to_owned(),
            Self::Late => "`late(namespace, …)` or `late(namespace = |ok| …)`".to_owned(),
            Self::Link => "`link = …`".to_owned(),
            Self::Fields => "`fields(name = value, …)`".to_owned(),
            Self::Ret => "`ret`, `ret(Debug)` or `ret(Display)`".to_owned(),
            Self::Err => "`err`, `err(Display)`, `err(Debug)` or `err(type)`".to_owned(),
            Self::Failed => "`failed = |returned| …`".to_owned(),
        }
    }
}

/// Arguments that `#[tracing::instrument]` takes.
fn habit(name: &str, invocation: Invocation) -> Option<String> {
    Some(match name {
        "skip" | "skip_all" => format!("`{name}` is not needed: arguments are never recorded unless named"),
        "name" => format!("the span's name comes first, alone: `{}`", invocation.with("\"…\", …")),
        "parent" => "a span's parent follows from the catalogue, or from `within` for a span of your own".to_owned(),
        "follows_from" => "what led to a span is its link: `link = …` takes the message, or the trace context in it\n\
            a current context of another trace becomes a link without being named"
            .to_owned(),
        _ => return None,
    })
}

fn unknown(name: &str, invocation: Invocation) -> String {
    let keywords = KEYWORDS.iter().map(|(keyword, _)| *keyword);
    let keywords = keywords.filter(|keyword| invocation.family == Family::Step || *keyword != "step");
    let attributes = catalogue::carried(invocation.family).map(|attribute| attribute.name);
    let hint = did_you_mean(
        name,
        keywords.chain(attributes.filter(|name| !name.ends_with("_state"))),
    );
    let known = format!("`{}` has no argument `{name}`{hint}", invocation.name());
    if hint.is_empty() {
        format!("{known}\nan attribute of your own is a field: `fields({name} = …)`")
    } else {
        known
    }
}
