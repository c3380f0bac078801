//! The lines of whole expansions, those of the runtime's `macro_rules` included.
//! `docs/expansion.md` lists them; `UPDATE=1` rewrites the list.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use syn::{File, Item, ItemFn};

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ui/expanded.rs");
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/expansion.md");
const BEGIN: &str = "<!-- generated: lines -->";
const END: &str = "<!-- end of generated -->";
/// The most that an expansion may add to a function.
const BUDGET: usize = 80;

#[test]
fn whole_expansions_are_as_long_as_the_page_says() {
    let source = fs::read_to_string(SOURCE).unwrap();
    let mut table = "| function | lines added |\n| --- | --- |\n".to_owned();
    let mut sum = 0;
    for ((name, before), (_, after)) in functions(&source).into_iter().zip(functions(&expanded())) {
        let added = lines(&after) - lines(&before);
        assert!(added <= BUDGET, "{name} adds {added} lines:\n{after}");
        let _ = writeln!(table, "| {} | {added} |", name.replace('_', " "));
        sum += added;
    }
    let _ = writeln!(table, "| together | {sum} |");
    let page = fs::read_to_string(PAGE).unwrap();
    let (before, rest) = page.split_once(BEGIN).expect("the page has a list of lines");
    let (_, after) = rest.split_once(END).expect("the list ends");
    let expected = format!("{before}{BEGIN}\n\n{table}\n{END}{after}");
    if env::var_os("UPDATE").is_some() {
        fs::write(PAGE, expected).unwrap();
    } else {
        assert_eq!(
            page, expected,
            "docs/expansion.md is out of date: run this test with UPDATE=1"
        );
    }
}

/// The functions, without attributes of macros.
fn functions(code: &str) -> Vec<(String, String)> {
    let file = syn::parse_file(code).unwrap();
    let functions = file.items.into_iter().filter_map(|item| match item {
        Item::Fn(function) => Some(ItemFn {
            attrs: Vec::new(),
            ..function
        }),
        _ => None,
    });
    let named = |function: ItemFn| (function.sig.ident.to_string(), printed(Item::Fn(function)));
    functions.map(named).collect()
}

fn printed(item: Item) -> String {
    prettyplease::unparse(&File {
        shebang: None,
        frontmatter: None,
        attrs: Vec::new(),
        items: vec![item],
    })
}

fn lines(code: &str) -> usize {
    code.lines().count()
}

/// The source as the compiler sees it, with `P` for the runtime's private path.
fn expanded() -> String {
    let deps = env::current_exe().unwrap().parent().unwrap().to_owned();
    let output = super::rustc()
        // A stable compiler prints expansions only if it is told to behave like a nightly one.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["-Zunpretty=expanded", "--edition=2024", "--crate-type=lib", SOURCE])
        .arg(format!("-Ldependency={}", deps.display()))
        .arg(format!("--extern=tasker_span_runtime={}", runtime(&deps).display()))
        .output()
        .expect("rustc runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let code = String::from_utf8(output.stdout).unwrap();
    code.replace("::tasker_span_runtime::__private", "P")
}

/// The runtime that this test was linked to: cargo has just built it, or found it fresh.
fn runtime(deps: &Path) -> PathBuf {
    let files = fs::read_dir(deps).unwrap().map(|entry| entry.unwrap().path());
    let runtimes = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libtasker_span_runtime-") && name.ends_with(".rlib")
    });
    runtimes
        .max_by_key(|path| path.metadata().unwrap().modified().unwrap())
        .expect("the runtime is built")
}
