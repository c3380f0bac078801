//! `docs/expansion.md` quotes the snapshots of the macros, and lists the lines of whole expansions.

use std::cmp::Reverse;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::{env, fs};

use syn::{File, Item, ItemFn};
use tasker_span_tests::page::Page;

const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tasker-span-macros/tests/snapshots");
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/docs/expanded.rs");
/// The most lines that an expansion may add to a function.
const BUDGET: usize = 90;

#[test]
fn the_page_has_the_snapshots_and_the_lines_of_whole_expansions() {
    let page = Page::open("docs/expansion.md").fill(|name| match name {
        "lines" => added_lines(),
        name => {
            let snapshot = fs::read_to_string(format!("{SNAPSHOTS}/{name}.rs"));
            let snapshot = snapshot.unwrap_or_else(|error| panic!("the snapshot {name}: {error}"));
            format!("```rust\n{}\n```", snapshot.trim_end())
        }
    });
    page.check();
}

/// The lines that each whole expansion adds, those of the runtime's `macro_rules` included.
fn added_lines() -> String {
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
    table
}

/// The compiler that builds the tests.
fn rustc() -> Command {
    Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
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
    let mut errors = String::new();
    for runtime in runtimes(&deps) {
        let output = expansion(&deps, &runtime);
        if output.status.success() {
            let code = String::from_utf8(output.stdout).unwrap();
            return code.replace("::tasker_span_runtime::__private", "P");
        }
        errors.push_str(&String::from_utf8_lossy(&output.stderr));
    }
    panic!("no runtime that this compiler reads in {}:\n{errors}", deps.display());
}

fn expansion(deps: &Path, runtime: &Path) -> Output {
    rustc()
        // A stable compiler prints expansions only if it is told to behave like a nightly one.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["-Zunpretty=expanded", "--edition=2024", "--crate-type=lib", SOURCE])
        .arg(format!("-Ldependency={}", deps.display()))
        .arg(format!("--extern=tasker_span_runtime={}", runtime.display()))
        .output()
        .expect("rustc runs")
}

/// The built runtimes, the latest first: cargo has just built the one that this test was linked to, or found it fresh.
/// The folder may have those of other compilers too.
fn runtimes(deps: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(deps).unwrap().map(|entry| entry.unwrap().path());
    let runtimes = files.filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy();
        name.starts_with("libtasker_span_runtime-") && name.ends_with(".rlib")
    });
    let mut runtimes: Vec<_> = runtimes.collect();
    runtimes.sort_by_key(|path| Reverse(path.metadata().unwrap().modified().unwrap()));
    runtimes
}
