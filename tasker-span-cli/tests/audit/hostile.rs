//! No file ends the audit: random tokens, truncated files, deep nesting, and bytes that are no text.

use std::fs;
use std::sync::Arc;
use std::thread;

use proptest::prelude::*;
use tasker_span_cli::audit::check;
use tasker_span_cli::audit::config::Config;
use tasker_span_cli::audit::model::FileFacts;
use tasker_span_cli::audit::package::Package;
use tasker_span_cli::audit::parse::STACK;
use tasker_span_cli::audit::read::{self, Source};
use tasker_span_cli::audit::report::{self, Format};
use tasker_span_cli::audit::suggest;
use tasker_span_cli::audit::world::World;

use crate::fixture;

/// Reads and checks a file as the command does. Its report is written, and its suggestions are applied.
fn survive(content: Vec<u8>) -> Option<String> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || {
        let source = Source {
            path: "src/lib.rs".to_owned(),
            package: Arc::new(Package::default()),
            module: Vec::new(),
        };
        let config = Config::default();
        let files: Vec<FileFacts> = vec![read::facts(&source, content.clone(), &config)];
        let world = World::new(&files, &config);
        let report = check::all(&files, &world);
        for format in [Format::Table, Format::Json, Format::Sarif, Format::Github] {
            assert!(!report::write(&report, format, Some(60)).is_empty());
        }
        if let Ok(text) = String::from_utf8(content) {
            let suggestions = report.sites.iter().filter_map(|site| match site.site() {
                Some(span) => suggest::of(site.function, span, &world).ok()?,
                None => suggest::of(site.function, &check::no_span(site.function), &world).ok()?,
            });
            suggest::unified(&files[0], &text, &suggestions.collect::<Vec<_>>());
        }
        files[0].skipped.clone()
    });
    thread.unwrap().join().expect("it does not panic")
}

/// Code that nests as deeply as it is told.
type OfDepth = fn(usize) -> String;

/// The parser's stack is enough for what is let through, and what is not is refused.
#[test]
fn nesting_is_parsed_up_to_the_limit_and_refused_above() {
    let body = |inside: String| format!("fn f() {{ {inside} }}");
    let deep: [(&str, OfDepth); 12] = [
        ("parentheses", |n| format!("x = {}1{};", "(".repeat(n), ")".repeat(n))),
        ("blocks", |n| format!("{}{}", "{".repeat(n), "}".repeat(n))),
        ("macros", |n| format!("{}{}", "a!(".repeat(n), ")".repeat(n))),
        ("negations", |n| format!("x = {}1;", "!".repeat(n))),
        ("sums", |n| format!("x = {}1;", "1 + ".repeat(n))),
        ("assignments", |n| format!("{}1;", "x = ".repeat(n))),
        ("methods", |n| format!("x{};", ".y()".repeat(n))),
        ("references", |n| format!("let x: {}u8;", "&".repeat(n))),
        ("generics", |n| {
            format!("let x: {}u8{};", "A<B, ".repeat(n), ">".repeat(n))
        }),
        ("closures", |n| format!("{}1;", "|a, b| ".repeat(n))),
        ("conditions", |n| format!("{} {{}}", "if a {} else ".repeat(n))),
        ("patterns", |n| format!("let {}x{} = 1;", "(".repeat(n), ")".repeat(n))),
    ];
    for (name, of_depth) in deep {
        let refused = survive(body(of_depth(20_000)).into_bytes());
        assert!(refused.is_some_and(|reason| reason.contains("levels deep")), "{name}");
        for depth in [300, 600, 900, 1_900] {
            survive(body(of_depth(depth)).into_bytes());
        }
        assert_eq!(survive(body(of_depth(100)).into_bytes()), None, "{name}");
    }
}

#[test]
fn long_files_and_lines() {
    assert_eq!(survive(format!("// {}", "x".repeat(7 << 20)).into_bytes()), None);
    assert_eq!(
        survive(format!("const T: &[u8] = &[{}];", "1, ".repeat(50_000)).into_bytes()),
        None
    );
    assert_eq!(
        survive(format!("const T: &str = \"{}\";", "ä".repeat(1 << 20)).into_bytes()),
        None
    );
    assert_eq!(survive("fn f() {} ".repeat(10_000).into_bytes()), None);
    let large = survive(vec![b' '; 10 << 20]);
    assert_eq!(large.as_deref(), Some("is larger than 8 MiB"));
}

#[test]
fn odd_beginnings_and_bytes() {
    assert_eq!(survive(b"\xEF\xBB\xBFfn f() {}".to_vec()), None);
    assert_eq!(survive(b"#!/usr/bin/env run\nfn f() {}".to_vec()), None);
    assert_eq!(survive(b"#![allow(x)]\nfn f() {}".to_vec()), None);
    assert_eq!(survive(Vec::new()), None);
    assert_eq!(survive(b"#!".to_vec()), None);
    let bytes = survive(b"fn f() {}\n\xFF\xFE".to_vec());
    assert_eq!(bytes.as_deref(), Some("is no UTF-8 from byte 10 on"));
    assert!(survive(b"fn f() { \0 }".to_vec()).is_some());
    assert_eq!(survive(b"#[tracing::instrument]\r\nfn f(a: B) {}\r\n".to_vec()), None);
}

/// Pieces of Rust that the audit looks at.
const PIECES: &[&str] = &[
    "#[tracing::instrument]",
    "#[instrument(",
    "skip(",
    "fields(",
    "err",
    "=",
    "%",
    "?",
    ",",
    ")",
    "]",
    "(",
    "[",
    "{",
    "}",
    "fn f",
    "async",
    "fn g(task: &Task)",
    "-> Result<()>",
    "#[step_span(\"x\", late(a), inherit(",
    "info_span!(",
    "task_scope!(",
    "\"a\"",
    "tokio::spawn(",
    ".await",
    "loop",
    "macro_rules! m",
    "=>",
    "$x:vis",
    "$(",
    ")*",
    "$",
    "use tracing::{instrument as t, self};",
    "mod m",
    "impl A for B",
    "struct Task",
    "#[derive(SpanFields)]",
    "#[span(nested(",
    "span.record(\"a\", 1);",
    "let _g = span.enter();",
    "// tasker-span: allow(",
    "\n",
    ";",
    "r#fn",
    "'a",
    "'",
    "\"",
    "r#\"",
    "/*",
    "ä",
    "select!",
    "_ =",
    "1_u8",
    "cfg_attr(a,",
    ".in_current_scope()",
    "span_record!(",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_tokens(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        survive(pieces.join(" ").into_bytes());
    }

    #[test]
    fn random_functions(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12), own in prop::sample::select(PIECES)) {
        let tokens = pieces.join(" ");
        survive(format!("#[tracing::instrument(fields({tokens}))] fn f(a: u8) {{ {tokens} }}").into_bytes());
        survive(format!("macro_rules! m {{ ({tokens}) => {{ {own} fn f() {{}} }} }} m! {{ {own} }}").into_bytes());
    }

    #[test]
    fn random_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        survive(bytes);
    }

    #[test]
    fn truncated_and_changed_files(index in 0_usize..12, cut in any::<prop::sample::Index>(), byte in any::<u8>(), ends in any::<bool>()) {
        let mut files: Vec<_> = fs::read_dir(fixture("rules/src")).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.retain(|file| file.is_file());
        files.sort();
        let mut content = fs::read(&files[index % files.len()]).unwrap();
        let at = cut.index(content.len());
        if ends {
            content.truncate(at);
        } else {
            content[at] = byte;
        }
        survive(content);
    }
}
