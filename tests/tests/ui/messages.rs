//! Messages about mistakes: one mistake per file, and the whole message beside it.
//! `TRYBUILD=overwrite` writes them: read each change.

#[test]
fn mistakes_are_explained() {
    drop(super::rustc());
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*/*.rs");
}
