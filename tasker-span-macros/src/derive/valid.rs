//! The checks that need the whole struct.

use super::ast::{Input, Way};
use super::supply::Kind;
use super::text;
use crate::error::Errors;

impl Input<'_> {
    pub(crate) fn validate(&self, errors: &mut Errors) {
        self.check_supplied_once(errors);
        self.check_lends_nothing_packed(errors);
        self.check_supplies_something(errors);
    }

    /// Two fields for one attribute: neither can win silently.
    fn check_supplied_once(&self, errors: &mut Errors) {
        for (index, source) in self.sources.iter().enumerate() {
            let earlier = self.sources[..index]
                .iter()
                .find(|earlier| earlier.supply.name() == source.supply.name());
            if let Some(earlier) = earlier {
                // The field that was taken for its name alone can be skipped; elsewhere the later one is reported.
                let at = if matches!(earlier.way, Way::ByName(_)) {
                    earlier
                } else {
                    source
                };
                errors.spanned(&at.key, text::supplied_twice(earlier, source));
            }
        }
    }

    /// A packed struct's fields are copied out, and a copy cannot be lent.
    fn check_lends_nothing_packed(&self, errors: &mut Errors) {
        for source in self.sources.iter().filter(|_| self.packed) {
            let lent = matches!(source.way, Way::Nested(_)) || source.supply.kind() == Kind::Text;
            if lent && source.way.place().is_some() {
                errors.spanned(&source.key, text::packed(source));
            }
        }
    }

    fn check_supplies_something(&self, errors: &mut Errors) {
        // A struct whose attributes are wrong supplies nothing because of that.
        if self.sources.is_empty() && errors.is_empty() {
            errors.spanned(&self.original.ident, text::supplies_nothing(&self.original.ident));
        }
    }
}
