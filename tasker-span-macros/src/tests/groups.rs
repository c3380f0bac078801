//! The invisible groups around fragments of `macro_rules`.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use super::Case;

fn invisible(tokens: TokenStream) -> TokenTree {
    TokenTree::Group(Group::new(Delimiter::None, tokens))
}

/// The same tokens without any invisible groups.
fn flat(tokens: TokenStream) -> String {
    fn flatten(tokens: TokenStream) -> TokenStream {
        let tree = |tree| match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => flatten(group.stream()),
            TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), flatten(group.stream()))).into(),
            other => other.into(),
        };
        tokens
            .into_iter()
            .flat_map(|token| -> TokenStream { tree(token) })
            .collect()
    }
    flatten(tokens).to_string()
}

#[test]
fn every_part_may_be_a_fragment() {
    let plain = Case::task(
        quote!(
            "task.initialization",
            within = "task.orchestration",
            level = "debug",
            priority = 1 + 2,
            crate = a::b
        ),
        quote!(
            pub async fn run(task: &Task) -> Result<(), Error> {
                work(task).await
            }
        ),
    );
    let (name, within) = (
        invisible(quote!("task.initialization")),
        invisible(quote!("task.orchestration")),
    );
    let (level, priority, path) = (
        invisible(quote!("debug")),
        invisible(quote!(1 + 2)),
        invisible(quote!(a::b)),
    );
    let (vis, parameter, returned) = (
        invisible(quote!(pub)),
        invisible(quote!(&Task)),
        invisible(quote!(Result<(), Error>)),
    );
    let block = invisible(quote!({ work(task).await }));
    let item = invisible(quote!(#vis async fn run(task: #parameter) -> #returned #block));
    let fragments = Case::task(
        quote!(#name, within = #within, level = #level, priority = #priority, crate = #path),
        item.into(),
    );
    assert_eq!(flat(fragments.expand()), flat(plain.expand()));
}

#[test]
fn a_unit_type_and_a_reference_are_seen_through_groups() {
    let (unit, reference) = (invisible(quote!(())), invisible(quote!(&mut Task)));
    let case = Case::task(
        quote!("task.orchestration"),
        quote!(fn run(task: (#reference)) -> #unit {}),
    );
    let expanded = flat(case.expand());
    assert!(expanded.contains("__guard"), "{expanded}");
    assert!(expanded.contains("subject :: < Task > (& * task)"), "{expanded}");
}

#[test]
fn names_lose_the_marks_of_raw_identifiers() {
    let case = Case::task(
        quote!("task.orchestration", inherit(correlation_id, namespace), fields(r#type, r#move.r#in = 1, %r#loop)),
        quote!(
            fn run(r#task: &Task, r#type: u8, r#loop: u8) {}
        ),
    );
    let expanded = case.expand().to_string();
    assert!(
        expanded.contains(r#"fields : ["type" , "move.in" , "loop"]"#),
        "{expanded}"
    );
    assert!(expanded.contains("& (r#type)"), "{expanded}");
    assert!(expanded.contains("& * r#task"), "{expanded}");
}
