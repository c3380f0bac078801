//! Whatever tokens a user writes, the macros answer with tokens that parse: they never panic.

use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};
use proptest::prelude::*;
use proptest::sample::select;
use quote::quote;

use crate::catalogue::Family;
use crate::{derive, pipeline, record};

/// Words that mean something to Rust, or to the macros.
const WORDS: &[&str] = &[
    "_",
    "as",
    "async",
    "await",
    "become",
    "break",
    "const",
    "continue",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "pub",
    "raw",
    "ref",
    "return",
    "Self",
    "self",
    "static",
    "struct",
    "super",
    "trait",
    "true",
    "try",
    "type",
    "union",
    "unsafe",
    "use",
    "virtual",
    "where",
    "while",
    "yield",
    "r#type",
    "r#task",
    "r#in",
    "r#_a",
    "Box",
    "u8",
    "name",
    "task",
    "step",
    "from",
    "to",
    "from_state",
    "to_state",
    "within",
    "inherit",
    "late",
    "link",
    "fields",
    "ret",
    "err",
    "failed",
    "level",
    "target",
    "started_at",
    "task_uuid",
    "correlation_id",
    "step_uuid",
    "namespace",
    "handler_name",
    "priority",
    "subject",
    "nested",
    "skip",
    "skip_all",
    "parent",
    "Debug",
    "Display",
];

const KEYS: &[&str] = &[
    "task",
    "step",
    "from",
    "to",
    "within",
    "inherit",
    "late",
    "link",
    "fields",
    "ret",
    "err",
    "failed",
    "level",
    "target",
    "crate",
    "started_at",
    "task_uuid",
    "correlation_id",
    "namespace",
    "subject",
    "nested",
    "skip",
    "to_state",
    "type",
];

const LITERALS: &[&str] = &[
    "\"\"",
    "\"task.orchestration\"",
    "\"step.execution\"",
    "\"own.name\"",
    "\"a\\\"b\\n\"",
    "\"x\"u8",
    "r#\"raw\"#",
    "b\"bytes\"",
    "c\"text\"",
    "'c'",
    "b'c'",
    "0",
    "7u8",
    "1.5",
    "0x1F",
    "1e9f64",
];

fn word(words: &'static [&'static str]) -> impl Strategy<Value = Ident> {
    select(words).prop_map(|word| match word.strip_prefix("r#") {
        Some(raw) => Ident::new_raw(raw, Span::call_site()),
        None => Ident::new(word, Span::call_site()),
    })
}

fn leaf() -> impl Strategy<Value = TokenStream> {
    let punct = (
        select("=,.:;!?%&|<>+-*/#@$^~".chars().collect::<Vec<_>>()),
        any::<bool>(),
    );
    let punct = punct.prop_map(|(sign, is_joint)| {
        let spacing = if is_joint { Spacing::Joint } else { Spacing::Alone };
        TokenTree::from(Punct::new(sign, spacing)).into()
    });
    let literal = select(LITERALS).prop_map(|text| {
        let literal = text.parse::<Literal>().expect("a literal");
        TokenTree::from(literal).into()
    });
    let lifetime = word(&["a", "static", "_", "self"]).prop_map(|name| {
        let name = syn::Lifetime {
            apostrophe: Span::call_site(),
            ident: name,
        };
        quote!(#name)
    });
    prop_oneof![
        8 => word(WORDS).prop_map(|word| TokenTree::from(word).into()),
        6 => punct,
        3 => literal,
        1 => lifetime,
        1 => select(vec!["a.b", "&self.x", "|ok| ok.id", "==", "=>", "..", "::", "->", "a::<b>::c", "if x { y }"])
            .prop_map(|text| text.parse().expect("tokens")),
    ]
}

fn tokens() -> impl Strategy<Value = TokenStream> {
    let many = |inner| prop::collection::vec(inner, 0..6).prop_map(TokenStream::from_iter);
    leaf().prop_recursive(3, 24, 6, move |inner| {
        let delimiter = select(vec![
            Delimiter::Parenthesis,
            Delimiter::Brace,
            Delimiter::Bracket,
            Delimiter::None,
        ]);
        let group = (delimiter, prop::collection::vec(inner.clone(), 0..5)).prop_map(|(delimiter, inner)| {
            TokenStream::from(TokenTree::from(Group::new(delimiter, inner.into_iter().collect())))
        });
        prop_oneof![group, many(inner)]
    })
}

/// Arguments with some sense in them, so that random tokens come to each parser.
fn arguments() -> impl Strategy<Value = TokenStream> {
    let argument = prop_oneof![
        2 => (word(KEYS), tokens()).prop_map(|(key, value)| quote!(#key = #value)),
        3 => (word(KEYS), tokens()).prop_map(|(key, list)| quote!(#key(#list))),
        2 => (word(KEYS), word(WORDS)).prop_map(|(key, list)| quote!(#key(#list))),
        2 => (word(KEYS), word(KEYS), tokens()).prop_map(|(key, name, value)| quote!(#key(#name = #value))),
        1 => word(WORDS).prop_map(|word| quote!(#word)),
        1 => tokens(),
    ];
    let name = prop_oneof![
        Just(quote!("task.orchestration")),
        Just(quote!("step.execution")),
        Just(quote!("own.name", within = "task.orchestration")),
        tokens(),
    ];
    (name, prop::collection::vec(argument, 0..5)).prop_map(|(name, arguments)| quote!(#name #(, #arguments)*))
}

fn family() -> impl Strategy<Value = Family> {
    select(Family::ALL.as_slice())
}

/// The names of the functions among the items.
fn functions(expanded: TokenStream) -> Vec<String> {
    let text = expanded.to_string();
    let file = syn::parse2::<syn::File>(expanded).unwrap_or_else(|error| panic!("{error}:\n{text}"));
    let names = file.items.iter().filter_map(|item| match item {
        syn::Item::Fn(item) => Some(item.sig.ident.to_string()),
        _ => None,
    });
    names.collect()
}

fn is_expression(expanded: TokenStream) {
    let text = expanded.to_string();
    if let Err(error) = syn::parse2::<syn::Expr>(expanded) {
        panic!("{error}:\n{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arguments_of_an_attribute(family in family(), args in arguments()) {
        for item in [
            quote!(fn work(task: &Task, step: &Step) -> Result<(), Error> { run() }),
            quote!(async fn work(step: Uuid) {}),
            quote!(fn work() -> BoxFuture<'static, ()> { Box::pin(async move {}) }),
        ] {
            prop_assert_eq!(functions(pipeline::attribute(family, args.clone(), item)), ["work"]);
        }
    }

    #[test]
    fn an_item_of_an_attribute(family in family(), item in tokens(), body in tokens(), output in tokens()) {
        for item in [item.clone(), quote!(fn work() -> #output { #body }), quote!(async fn work(#item) { #body })] {
            let expanded = pipeline::attribute(family, quote!("task.orchestration", inherit), item.clone());
            let (expanded, item) = (expanded.to_string(), item.to_string());
            // The compiler goes on with the item as it was.
            prop_assert!(expanded.contains("__SITE") || expanded.ends_with(&item), "{}", expanded);
        }
    }

    #[test]
    fn arguments_of_a_block(family in family(), args in arguments()) {
        is_expression(pipeline::block(family, args));
    }

    #[test]
    fn arguments_of_span_record(args in prop_oneof![arguments(), tokens()]) {
        is_expression(record::record(quote!(crate #args)));
    }

    #[test]
    fn arguments_of_the_derive(outer in arguments(), inner in arguments(), tokens in tokens()) {
        let items = quote! {
            #[span(#outer)]
            #[span #tokens]
            struct Subject<T> {
                #[span(#inner)]
                task_uuid: T,
                #[span(#tokens)]
                other: Vec<T>,
            }
        };
        if let Ok(input) = syn::parse2(items) {
            functions(derive::derive(&input));
        }
        let input = syn::parse_quote! {
            #[span(#outer)]
            struct Subject<T>(#[span(#inner)] T, #[span(#tokens)] Uuid);
        };
        functions(derive::derive(&input));
    }
}
