//! What one field supplies.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::{Field, Index, Member};

use super::ast::{Place, Source, Way};
use super::attr::{Entries, Entry, Form};
use super::supply::Supply;
use super::text;
use crate::error::Errors;

pub(crate) fn sources<'a>(field: &'a Field, index: u32, errors: &mut Errors) -> Vec<Source<'a>> {
    let member = match &field.ident {
        Some(name) => Member::Named(name.clone()),
        None => Member::Unnamed(Index {
            index,
            span: Span::call_site(),
        }),
    };
    let place = Place { member, ty: &field.ty };
    let entries = Entries::parse(&field.attrs, errors);
    if entries.present {
        marked(&place, entries.list, errors)
    } else {
        by_name(field, place).into_iter().collect()
    }
}

fn by_name<'a>(field: &'a Field, place: Place<'a>) -> Option<Source<'a>> {
    let name = field.ident.as_ref()?;
    let supply = Supply::of_field(&name.unraw().to_string())?;
    Some(Source {
        supply,
        key: name.clone(),
        way: Way::ByName(place),
    })
}

fn marked<'a>(place: &Place<'a>, entries: Vec<Entry>, errors: &mut Errors) -> Vec<Source<'a>> {
    let mut sources = Vec::new();
    let mut skip = None;
    for Entry { key, form } in entries {
        match form {
            Form::Word if key == "skip" => skip = Some(key),
            Form::List(names) if key == "nested" && !names.is_empty() => sources.extend(nested(place, names, errors)),
            _ if key == "skip" => errors.spanned(key, text::SKIP_ARGUMENTS),
            _ if key == "nested" => errors.spanned(key, text::NESTED),
            _ if key == "crate" => errors.spanned(key, "`crate` belongs on the struct"),
            form => match (Supply::from_key(&key, &text::ON_FIELD, errors), form) {
                (Some(supply), Form::Word) => sources.push(Source {
                    supply,
                    key,
                    way: Way::Marked(place.clone()),
                }),
                (Some(_), Form::List(_)) => errors.spanned(&key, text::takes_no_list(&key)),
                (Some(_), Form::Value(_)) => errors.spanned(&key, text::takes_no_value(&key)),
                (None, _) => {}
            },
        }
    }
    match skip {
        Some(skip) if !sources.is_empty() => {
            errors.spanned(skip, text::SKIP);
            Vec::new()
        }
        _ => sources,
    }
}

fn nested<'a>(place: &Place<'a>, names: Vec<Ident>, errors: &mut Errors) -> Vec<Source<'a>> {
    let supply = |key| Some((Supply::from_key(&key, &text::IN_NESTED, errors)?, key));
    let source = |(supply, key)| Source {
        supply,
        key,
        way: Way::Nested(place.clone()),
    };
    names.into_iter().filter_map(supply).map(source).collect()
}
