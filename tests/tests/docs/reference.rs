//! `docs/spans.md` has the tables of the command `tasker-span catalogue`, and so the catalogue of the code.

use tasker_span_cli::catalogue::markdown;
use tasker_span_tests::page::Page;

const PAGE: &str = "docs/spans.md";

#[test]
fn the_page_has_the_catalogue_of_the_code() {
    let table = |name: &str| markdown::table(name).unwrap_or_else(|| panic!("nothing writes the part {name}"));
    Page::open(PAGE).fill(table).check();
}
