//! The text of a failure for people: its type and its description. `rows` escapes and cuts it.

use std::any::type_name;
use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

/// `payment.declined: card declined`, or `card declined` if the type only says that it is a text.
pub(super) fn text(error_type: Option<&str>, description: &str) -> String {
    let error_type = error_type.filter(|name| description.is_empty() || !is_text(name));
    let parts = [error_type.unwrap_or_default(), description];
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    parts.collect::<Vec<_>>().join(": ")
}

/// Whether any error may have this type: texts, and boxes of all errors.
fn is_text(error_type: &str) -> bool {
    let texts = [
        type_name::<String>(),
        type_name::<&str>(),
        type_name::<Cow<'_, str>>(),
        type_name::<Box<str>>(),
        type_name::<Arc<str>>(),
        type_name::<Box<dyn Error>>(),
        type_name::<Box<dyn Error + Send>>(),
        type_name::<Box<dyn Error + Send + Sync>>(),
        type_name::<Arc<dyn Error + Send + Sync>>(),
        "anyhow::Error",
        "eyre::Report",
    ];
    texts.contains(&error_type)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_type_that_says_nothing_is_left_out() {
        for (error_type, description, text) in [
            (
                Some("payment.declined"),
                "card declined",
                "payment.declined: card declined",
            ),
            (Some("alloc::string::String"), "card declined", "card declined"),
            (Some("&str"), "card declined", "card declined"),
            (
                Some("alloc::boxed::Box<dyn core::error::Error + core::marker::Send + core::marker::Sync>"),
                "card declined",
                "card declined",
            ),
            (Some("anyhow::Error"), "card declined", "card declined"),
            (
                Some("std::io::error::Error"),
                "no file",
                "std::io::error::Error: no file",
            ),
            (Some("alloc::string::String"), "", "alloc::string::String"),
            (None, "card declined", "card declined"),
            (None, "", ""),
        ] {
            assert_eq!(super::text(error_type, description), text);
        }
    }
}
