//! The public API of the published crates is the snapshot in `tests/api`. `scripts/public-api` runs this.

use std::path::{Path, PathBuf};
use std::{env, fs};

use public_api::Builder;

#[test]
#[ignore = "needs rustdoc's JSON: scripts/public-api"]
fn public_api_is_the_snapshot() {
    for name in ["tasker_span_runtime", "tasker_span_pgmq"] {
        let api = Builder::from_rustdoc_json(target().join(format!("doc/{name}.json")))
            .omit_blanket_impls(true)
            .omit_auto_trait_impls(true)
            .omit_auto_derived_impls(true)
            .build()
            .unwrap()
            .to_string();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("api/{name}.txt"));
        if env::var_os("UPDATE").is_some_and(|value| value == "1") {
            fs::write(&file, &api).unwrap();
        }
        let snapshot = fs::read_to_string(&file).unwrap_or_default();
        let lines = |text: &str| text.lines().map(str::to_owned).collect::<Vec<_>>();
        let (api, snapshot) = (lines(&api), lines(&snapshot));
        let added: Vec<_> = api.iter().filter(|line| !snapshot.contains(line)).collect();
        let removed: Vec<_> = snapshot.iter().filter(|line| !api.contains(line)).collect();
        assert!(
            added.is_empty() && removed.is_empty(),
            "the public API of {name} has changed: UPDATE=1 scripts/public-api writes it\nadded: {added:#?}\nremoved: {removed:#?}"
        );
    }
}

/// The directory that this test was built in.
fn target() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}
