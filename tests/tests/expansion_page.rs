//! `docs/expansion.md` quotes the snapshots of the macros. `UPDATE_DOCS=1` rewrites the quotations.

use std::{env, fs};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/expansion.md");
const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tasker-span-macros/tests/snapshots");
const BEGIN: &str = "<!-- snapshot: ";
const END: &str = "<!-- end of snapshot -->";

#[test]
fn every_quotation_is_a_snapshot() {
    let page = fs::read_to_string(PAGE).unwrap();
    let mut parts = page.split(BEGIN);
    let mut expected = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->").unwrap();
        let (_, after) = rest
            .split_once(END)
            .unwrap_or_else(|| panic!("the quotation of {name} has no end"));
        let snapshot = fs::read_to_string(format!("{SNAPSHOTS}/{name}.rs"))
            .unwrap_or_else(|error| panic!("the snapshot {name}: {error}"));
        let code = snapshot.trim_end();
        expected.extend([BEGIN, name, " -->\n\n```rust\n", code, "\n```\n\n", END, after]);
    }
    if env::var_os("UPDATE_DOCS").is_some() {
        fs::write(PAGE, expected).unwrap();
    } else {
        assert!(
            page == expected,
            "docs/expansion.md is out of date: run this test with UPDATE_DOCS=1"
        );
    }
}
