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

/// A call site with its name and metadata, which it does not return at compile time.
#[derive(Clone, Copy, Debug)]
pub struct Callsite {
    pub name: &'static str,
    pub callsite: &'static DefaultCallsite,
    pub metadata: &'static Metadata<'static>,
}

impl Callsite {
    pub const fn new(
        name: &'static str,
        callsite: &'static DefaultCallsite,
        metadata: &'static Metadata<'static>,
    ) -> Self {
        Self {
            name,
            callsite,
            metadata,
        }
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

/// The length of [`field_names`].
pub const fn field_count(span: &str, family: Family, own: &[&str]) -> usize {
    catalogue::attributes(span, family).len() + own.len()
}

/// The names of a span's fields: the attributes and the user's own.
pub const fn field_names<const N: usize>(span: &str, family: Family, own: &[&'static str]) -> [&'static str; N] {
    let attributes = catalogue::attributes(span, family);
    let mut names = [""; N];
    let mut index = 0;
    while index < attributes.len() {
        names[index] = attributes[index].name();
        index += 1;
    }
    let mut own_index = 0;
    while own_index < own.len() {
        names[index + own_index] = own[own_index];
        own_index += 1;
    }
    names
}

/// Returns the path of a closure, which contains the path of the function around it.
pub const fn path_of<T: Copy>(_closure: T) -> fn() -> &'static str {
    type_name::<T>
}
