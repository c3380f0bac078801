//! JSON that others write: what is absent, `null` or empty is the same.

use serde::{Deserialize, Deserializer};

/// Nothing, if there is `null`.
pub(crate) fn or_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
