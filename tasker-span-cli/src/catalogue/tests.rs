//! The three formats of the catalogue.

use serde_json::Value;

use super::{json, markdown, others, weaver};

#[test]
fn links_are_left_out_of_plain_text() {
    for (markdown, plain) in [
        ("a [b](c#d) e [`f`](g)", "a b e `f`"),
        ("[b](c), if", "b, if"),
        ("no link [", "no link ["),
        ("", ""),
    ] {
        assert_eq!(others::plain(markdown), plain);
    }
}

#[test]
fn the_page_has_every_table_without_links() {
    let page = markdown::page();
    assert!(page.contains("| `step.execution` | `step_span` |"), "{page}");
    assert!(!page.contains("]("), "{page}");
    assert_eq!(markdown::table("no such table"), None);
}

#[test]
fn the_json_has_the_catalogue() {
    let document: Value = serde_json::from_str(&json::document().unwrap()).unwrap();
    let spans = document["spans"].as_array().unwrap();
    assert_eq!(spans.len(), tasker_span_runtime::catalogue::CATALOGUE.len());
    let discovery = spans.iter().find(|span| span["name"] == "step.discovery").unwrap();
    let parent = serde_json::json!({
        "span": "task.state_transition", "from_state": "initializing", "to_state": "enqueuing_steps"
    });
    assert_eq!(discovery["parents"][0], parent);
    assert_eq!(
        document["derived_ids"][0]["example"],
        "5c0670e9da052f0495f159955f669012"
    );
}

/// The schema that Weaver publishes for its registries.
fn schema() -> Value {
    serde_json::from_str(include_str!("../../tests/data/weaver/semconv.schema.json")).unwrap()
}

#[test]
fn the_registry_is_valid_by_the_schema_of_weaver() {
    let registry: Value = serde_saphyr::from_str(&weaver::registry()).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(&registry)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    // The schema does judge.
    let mut wrong = registry;
    wrong["groups"][3]["span_kind"] = "sideways".into();
    assert!(!validator.is_valid(&wrong));
}

/// Weaver refuses a registry of which a reference has no definition, or an id has two.
#[test]
fn every_reference_of_the_registry_is_defined_once() {
    let registry: Value = serde_saphyr::from_str(&weaver::registry()).unwrap();
    let attributes = || {
        let groups = registry["groups"].as_array().unwrap().iter();
        groups.flat_map(|group| group["attributes"].as_array().unwrap())
    };
    let mut defined: Vec<_> = attributes().filter_map(|attribute| attribute["id"].as_str()).collect();
    defined.sort_unstable();
    let count = defined.len();
    defined.dedup();
    assert_eq!(count, defined.len());
    let referred = attributes().filter_map(|attribute| attribute["ref"].as_str());
    for name in referred {
        assert!(defined.contains(&name), "{name}");
    }
}
