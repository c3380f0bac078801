//! `docs/expansion.md` quotes the snapshots of the macros.

use std::fs;

use tasker_span_tests::page::Page;

const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tasker-span-macros/tests/snapshots");

#[test]
fn every_quotation_is_a_snapshot() {
    let page = Page::open("docs/expansion.md").fill(|name| {
        let snapshot = fs::read_to_string(format!("{SNAPSHOTS}/{name}.rs"));
        let snapshot = snapshot.unwrap_or_else(|error| panic!("the snapshot {name}: {error}"));
        format!("```rust\n{}\n```", snapshot.trim_end())
    });
    page.check();
}
