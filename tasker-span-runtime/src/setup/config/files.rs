//! `Files`: the configuration files of a program. `file` reads one.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::printable::printable;
use crate::setup::config::file::{Content, read, read_if_present};

/// A later file overlays earlier ones.
#[derive(Clone, Debug, Default)]
pub(in crate::setup) struct Files(Vec<(PathBuf, Presence)>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::setup) enum Presence {
    Required,
    /// If it is absent, it is as if it were empty.
    Optional,
}

impl Files {
    pub(in crate::setup) fn push(&mut self, path: PathBuf, presence: Presence) {
        self.0.push((path, presence));
    }

    pub(in crate::setup) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.0.iter().map(|(path, _)| &**path)
    }

    /// The contents, in the order of the files.
    pub(in crate::setup) fn read(&self) -> Vec<Content> {
        let read = |(path, presence): &(PathBuf, _)| match presence {
            Presence::Required => read(path),
            Presence::Optional => read_if_present(path),
        };
        self.0.iter().map(read).collect()
    }
}

/// The paths, for messages.
impl fmt::Display for Files {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let paths: Vec<_> = self.paths().map(|path| path.display().to_string()).collect();
        f.write_str(&printable(&paths.join(", ")))
    }
}
