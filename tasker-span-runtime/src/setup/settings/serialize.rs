//! `Settings` as the content of the table `[telemetry]`.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::setup::settings::{EffectiveSetting, Settings, Value};

/// A table of the settings, with the tables in it.
struct Table<'s> {
    path: String,
    /// Those of this table and of the tables in it, in order.
    settings: &'s [EffectiveSetting],
}

impl Serialize for Settings {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        let telemetry = Table {
            path: "telemetry".to_owned(),
            settings: &self.effective,
        };
        telemetry.entries(&mut map)?;
        if !self.warnings.is_empty() {
            map.serialize_entry("warnings", &self.warnings)?;
        }
        map.end()
    }
}

impl Table<'_> {
    fn entries<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        // The name of the table in this one that a setting is in.
        let inner = |setting: &EffectiveSetting| {
            let below = setting.key.table.strip_prefix(&*self.path)?.strip_prefix('.')?;
            below.split('.').next()
        };
        for group in self.settings.chunk_by(|a, b| inner(a) == inner(b)) {
            match group.first().and_then(inner) {
                None => {
                    for setting in group {
                        map.serialize_entry(&setting.key.name, setting)?;
                    }
                }
                Some(name) => {
                    let path = format!("{}.{name}", self.path);
                    map.serialize_entry(name, &Table { path, settings: group })?;
                }
            }
        }
        Ok(())
    }
}

impl Serialize for Table<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.entries(&mut map)?;
        map.end()
    }
}

/// The value, the kind of its source, and its place there.
impl Serialize for EffectiveSetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (source, at) = self.source.parts();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("value", &self.value)?;
        map.serialize_entry("source", source)?;
        if let Some(at) = at {
            map.serialize_entry("at", &at)?;
        }
        map.end()
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Rate(rate) => serializer.serialize_f64(*rate),
            Self::Count(count) => serializer.serialize_u64(*count),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(texts) => texts.serialize(serializer),
        }
    }
}
