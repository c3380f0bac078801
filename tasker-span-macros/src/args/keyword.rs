//! The arguments that exist, and the messages about arguments that do not.

use syn::Ident;
use syn::ext::IdentExt;

use crate::catalogue::{self, ATTRIBUTES, Attribute, FROM_STATE, Family, STARTED_AT, TO_STATE};
use crate::invocation::Invocation;
use crate::suggest::did_you_mean;

/// An argument's key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keyword {
    Within,
    Kind,
    Crate,
    Level,
    Target,
    Task,
    Step,
    /// The value of an attribute, or of `started_at`.
    Value(&'static Attribute),
    Inherit,
    Late,
    BeforeTask,
    Link,
    Fields,
    Ret,
    Err,
    Failed,
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("task", Keyword::Task),
    ("step", Keyword::Step),
    ("from", Keyword::Value(FROM_STATE)),
    ("to", Keyword::Value(TO_STATE)),
    ("within", Keyword::Within),
    ("kind", Keyword::Kind),
    ("inherit", Keyword::Inherit),
    ("late", Keyword::Late),
    ("before_task", Keyword::BeforeTask),
    ("link", Keyword::Link),
    ("fields", Keyword::Fields),
    ("failed", Keyword::Failed),
    ("err", Keyword::Err),
    ("ret", Keyword::Ret),
    ("level", Keyword::Level),
    ("target", Keyword::Target),
    ("crate", Keyword::Crate),
    ("started_at", Keyword::Value(STARTED_AT)),
];

impl Keyword {
    /// The argument of this key, or why there is no such argument.
    pub(crate) fn of(key: &Ident, invocation: Invocation) -> Result<Self, String> {
        let name = key.unraw().to_string();
        if let Some((_, keyword)) = KEYWORDS.iter().find(|(known, _)| *known == name) {
            return Ok(*keyword);
        }
        if let Some(attribute) = catalogue::keyed(&name) {
            return Ok(Self::Value(attribute));
        }
        Err(catalogue::exported_name(&name)
            .or_else(|| habit(&name, invocation))
            .unwrap_or_else(|| unknown(&name, invocation)))
    }

    /// Whether the argument may supply an attribute.
    pub(crate) fn is_source(self) -> bool {
        matches!(
            self,
            Self::Task | Self::Step | Self::Value(_) | Self::Inherit | Self::Late | Self::BeforeTask
        )
    }

    /// How the argument is written.
    pub(crate) fn usage(self) -> String {
        match self {
            Self::Within => "`within = \"task.orchestration\"`, or `within = [\"task.orchestration\", …]`".to_owned(),
            Self::Kind => "`kind = producer`".to_owned(),
            Self::Crate => "`crate = ::tasker_span_runtime`".to_owned(),
            Self::Level => "`level = \"debug\"`".to_owned(),
            Self::Target => "`target = \"…\"`".to_owned(),
            Self::Task => "`task = …`".to_owned(),
            Self::Step => "`step = …`".to_owned(),
            Self::Value(attribute) => format!("`{} = …`", attribute.key()),
            Self::Inherit => "`inherit(namespace, …)`, or `inherit` alone for all that is left".to_owned(),
            Self::Late => "`late(namespace, …)` or `late(namespace = |ok| …)`".to_owned(),
            Self::BeforeTask => "`before_task`, alone".to_owned(),
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
    let attributes = ATTRIBUTES
        .iter()
        .filter(|attribute| !attribute.is_state() && invocation.family.carries(attribute))
        .map(|attribute| attribute.name);
    let hint = did_you_mean(name, keywords.chain(attributes));
    let known = format!("`{}` has no argument `{name}`{hint}", invocation.name());
    if hint.is_empty() {
        format!("{known}\nan attribute of your own is a field: `fields({name} = …)`")
    } else {
        known
    }
}
