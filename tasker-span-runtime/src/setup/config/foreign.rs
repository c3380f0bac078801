//! Keys of `[telemetry]` that belong to other parts of Tasker. They are passed over by name, with all that is below them.
//! Every other unknown key is a mistake.

/// Tasker's documentation of the keys of a table.
pub(super) const DOCS: &str = "_docs";

/// The tables with the keys that are not ours: the log level, metrics and Tasker's documentation of its own keys.
const KEYS: [(&str, &[&str]); 4] = [
    ("telemetry", &["log_level", "metrics", "opentelemetry", DOCS]),
    ("telemetry.spans", &["internal"]),
    ("telemetry.tracing", &[DOCS]),
    ("telemetry.tracing.steps", &[DOCS]),
];

/// The keys of a table that are passed over.
pub(super) fn keys(table: &str) -> &'static [&'static str] {
    let found = KEYS.iter().find(|(other, _)| *other == table);
    found.map_or(&[], |(_, keys)| keys)
}

/// The path of a table that has no key of ours, and keys that are passed over.
pub(super) fn table(parent: &str, key: &str) -> Option<&'static str> {
    let is_child = |table: &str| table.strip_prefix(parent)?.strip_prefix('.').map(|name| name == key);
    let found = KEYS.iter().find(|(table, _)| is_child(table) == Some(true));
    found.map(|(table, _)| *table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_keys_and_tables_by_their_whole_names() {
        assert!(keys("telemetry").contains(&"log_level"));
        assert_eq!(keys("telemetry.spans"), ["internal"]);
        assert_eq!(keys("telemetry.metrics"), [""; 0]);
        assert_eq!(table("telemetry", "spans"), Some("telemetry.spans"));
        for (parent, key) in [
            ("telemetry", "span"),
            ("telemetr", "spans"),
            ("telemetry", "spans.internal"),
        ] {
            assert_eq!(table(parent, key), None, "{key}");
        }
    }
}
