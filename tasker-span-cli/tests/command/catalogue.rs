//! `tasker-span catalogue`.

use super::{assert_snapshot, run};

#[test]
fn all_formats() {
    for (format, name) in [
        ("markdown", "catalogue.md"),
        ("json", "catalogue.json"),
        ("weaver", "catalogue.yaml"),
    ] {
        let (code, text, errors) = run(&["catalogue", "--format", format]);
        assert_eq!((code, &*errors), (0, ""));
        assert_snapshot(name, &text);
    }
    assert_eq!(run(&["catalogue"]), run(&["catalogue", "--format", "markdown"]));
    assert_eq!(run(&["catalogue", "--format", "toml"]).0, 2);
}
