//! Call sites of `tracing`, built at compile time. `__site!` declares their statics.

use std::any::type_name;
use std::panic::Location;

use tracing::callsite::{DefaultCallsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::{Kind, LevelFilter};
use tracing::subscriber::Interest;
use tracing::{Level, Metadata};

use crate::catalogue::{self, Family};
use crate::outcome::caught;

/// A call site with its metadata, which it does not return at compile time.
#[derive(Clone, Copy, Debug)]
pub struct Callsite {
    pub callsite: &'static DefaultCallsite,
    pub metadata: &'static Metadata<'static>,
}

impl Callsite {
    pub const fn new(callsite: &'static DefaultCallsite, metadata: &'static Metadata<'static>) -> Self {
        Self { callsite, metadata }
    }

    /// Whether any subscriber wants it now: the check of `tracing::span!` and `event!`.
    #[inline]
    pub(crate) fn is_enabled(&self) -> bool {
        self.is_within_levels() && self.is_interesting(&self.interest())
    }

    /// Whether any subscriber may want a span of this level.
    #[inline]
    pub(crate) fn is_within_levels(&self) -> bool {
        let level = *self.metadata.level();
        level <= tracing::level_filters::STATIC_MAX_LEVEL && level <= LevelFilter::current()
    }

    /// Whether every layer wants every span, so that no filter needs to be asked.
    #[inline]
    pub(crate) fn is_always_enabled(&self) -> bool {
        self.interest().is_always()
    }

    /// The layers' first answer. This call may be the first.
    #[inline]
    fn interest(&self) -> Interest {
        caught(|| self.callsite.interest()).unwrap_or_else(Interest::never)
    }

    fn is_interesting(&self, interest: &Interest) -> bool {
        interest.is_always() || !interest.is_never() && self.is_wanted_now()
    }

    /// The layers' answer now. If a layer panics, the others get no span either.
    fn is_wanted_now(&self) -> bool {
        let enabled = || tracing::dispatcher::get_default(|subscriber| subscriber.enabled(self.metadata));
        caught(enabled).unwrap_or(false)
    }
}

/// The metadata of `tracing::span!` and `event!`, at the location of the macro.
#[track_caller]
pub const fn metadata(
    name: &'static str,
    target: &'static str,
    level: Level,
    module: &'static str,
    fields: &'static [&'static str],
    callsite: &'static DefaultCallsite,
    kind: Kind,
) -> Metadata<'static> {
    let location = Location::caller();
    let fields = FieldSet::new(fields, Identifier(callsite));
    let (file, line) = (Some(location.file()), Some(location.line()));
    Metadata::new(name, target, level, file, line, Some(module), fields, kind)
}

/// The names of the fields of a span that has none of the user's own. A name that is not in the catalogue is a custom span's.
pub const fn attribute_names(span: &str, family: Family) -> &'static [&'static str] {
    match catalogue::span(span) {
        Some(span) => span.attribute_names,
        None => family.attribute_names(),
    }
}

/// Those of all of its fields, of which there are `N`.
pub const fn field_names<const N: usize>(attributes: &[&'static str], own: &[&'static str]) -> [&'static str; N] {
    let mut names = [""; N];
    let (before, after) = names.split_at_mut(attributes.len());
    before.copy_from_slice(attributes);
    after.copy_from_slice(own);
    names
}

/// Returns the path of a closure, which contains the path of the function around it.
pub const fn path_of<T: Copy>(_closure: T) -> fn() -> &'static str {
    type_name::<T>
}
