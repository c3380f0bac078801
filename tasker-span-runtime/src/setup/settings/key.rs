//! `Key`: the name of a setting, as the configuration file has it or would have it.

use std::borrow::Cow;
use std::fmt;

/// A table and a name in it. The name may have any characters, if it is a namespace's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::setup) struct Key {
    pub(super) table: &'static str,
    pub(super) name: Cow<'static, str>,
}

impl Key {
    pub(in crate::setup) fn new(table: &'static str, name: impl Into<Cow<'static, str>>) -> Self {
        Self {
            table,
            name: name.into(),
        }
    }

    pub(in crate::setup) const fn fixed(table: &'static str, name: &'static str) -> Self {
        Self {
            table,
            name: Cow::Borrowed(name),
        }
    }

    pub(in crate::setup) fn is(&self, table: &str, name: &str) -> bool {
        self.table == table && self.name == name
    }
}

/// With its tables, and quotation marks where TOML needs them.
impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_bare = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        let (table, name) = (self.table, &*self.name);
        if !name.is_empty() && name.bytes().all(is_bare) {
            write!(f, "{table}.{name}")
        } else {
            write!(f, "{table}.{name:?}")
        }
    }
}
