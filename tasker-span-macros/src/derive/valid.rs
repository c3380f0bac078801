//! The checks that compare the sources of a struct. Each source by itself is checked in `read`.

use super::ast::{FieldRef, Input, Source, Way};
use super::text;
use crate::catalogue::ValueType;
use crate::error::Errors;

impl Input<'_> {
    pub(crate) fn validate(&self, errors: &mut Errors) {
        self.check_supplied_once(errors);
        self.check_lends_nothing_packed(errors);
        self.check_supplies_something(errors);
    }

    /// An attribute with two sources is a mistake, not a precedence.
    fn check_supplied_once(&self, errors: &mut Errors) {
        for (index, source) in self.sources.iter().enumerate() {
            let earlier = self.sources[..index]
                .iter()
                .find(|earlier| earlier.attribute == source.attribute);
            if let Some(earlier) = earlier {
                // A field that is read because of its name can be skipped, so the error is shown
                // there.
                let at = if matches!(earlier.way, Way::ByName(_)) {
                    earlier
                } else {
                    source
                };
                errors.spanned(&at.key, supplied_twice(earlier, source));
            }
        }
    }

    /// A packed struct's fields are copied out, and a copy cannot be lent.
    fn check_lends_nothing_packed(&self, errors: &mut Errors) {
        for source in self.sources.iter().filter(|_| self.packed) {
            let lent = matches!(source.way, Way::Nested(_)) || source.attribute.value == ValueType::Text;
            if lent && source.way.field().is_some() {
                errors.spanned(&source.key, packed(source));
            }
        }
    }

    fn check_supplies_something(&self, errors: &mut Errors) {
        // If the attributes are mistaken, their mistakes are the reason that nothing is supplied.
        if self.sources.is_empty() && errors.is_empty() {
            errors.spanned(&self.original.ident, text::supplies_nothing(&self.original.ident));
        }
    }
}

fn supplied_twice(earlier: &Source<'_>, later: &Source<'_>) -> String {
    let name = later.attribute.name;
    match (&earlier.way, &later.way) {
        (Way::Computed(_), Way::Computed(_)) => format!("`{name}` is computed twice"),
        (one, other) if one.field().map(FieldRef::name) == other.field().map(FieldRef::name) => {
            format!("`{name}` is named twice on this field")
        }
        (Way::ByName(_), other) | (other, Way::ByName(_)) => format!(
            "`{name}` has two sources: this field, because of its name, and {}\n\
             write `#[span(skip)]` on this field, or drop the other source",
            describe(other, name)
        ),
        (one, other) => format!(
            "`{name}` has two sources: {} and {}",
            describe(one, name),
            describe(other, name)
        ),
    }
}

fn describe(way: &Way<'_>, name: &str) -> String {
    match way {
        Way::ByName(field) | Way::Marked(field) => format!("the field `{}`", field.name()),
        Way::Nested(field) => format!("the subject nested in the field `{}`", field.name()),
        Way::Computed(_) => format!("the struct's `#[span({name} = …)]`"),
    }
}

fn packed(source: &Source<'_>) -> String {
    let name = source.attribute.name;
    format!(
        "a packed struct cannot lend its fields: compute `{name}` on the struct, `#[span({name} = …)]`, \
         or implement the trait by hand"
    )
}
