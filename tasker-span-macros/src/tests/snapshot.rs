//! One expansion beside its source, in a file that a reader of a change sees.

use std::fs;
use std::path::Path;

use proc_macro2::TokenStream;

const PRIVATE: &str = "::tasker_span_runtime::__private";

/// Compares with `tests/snapshots/{name}.rs`, or rewrites the file under `UPDATE=1`.
#[track_caller]
pub(crate) fn compare(name: &str, source: &str, expansion: &str) {
    let actual = format!("{source}\n// expands to\n\n{expansion}");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/snapshots/{name}.rs"));
    if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
        fs::write(&file, &actual).expect("the snapshots can be written");
    }
    let expected = fs::read_to_string(&file).unwrap_or_default();
    let file = file.display();
    assert_eq!(actual, expected, "{file} differs; UPDATE=1 rewrites it");
}

/// The expansion, with `P` for the private path.
pub(crate) fn readable(tokens: TokenStream) -> String {
    let file = pretty(tokens).replace(PRIVATE, "P");
    // The path's length had decided where lines break.
    pretty(file.parse().expect("an expansion is made of tokens"))
}

pub(crate) fn pretty(tokens: TokenStream) -> String {
    prettyplease::unparse(&syn::parse2(tokens).expect("an expansion is an item"))
}
