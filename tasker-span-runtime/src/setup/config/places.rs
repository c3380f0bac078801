//! `Places`: where the keys of the files are, so that each setting can name its source.

use std::collections::BTreeMap;

use crate::error::Place;
use crate::setup::settings::Key;

/// The places of the values, by key.
#[derive(Clone, Debug, Default, PartialEq)]
pub(in crate::setup) struct Places(BTreeMap<Key, Place>);

impl Places {
    pub(super) fn insert(&mut self, key: Key, place: Place) {
        self.0.insert(key, place);
    }

    pub(in crate::setup) fn get(&self, key: &Key) -> Option<&Place> {
        self.0.get(key)
    }

    /// Those of a later file replace those of earlier files.
    pub(super) fn overlay(&mut self, later: Self) {
        self.0.extend(later.0);
    }
}
