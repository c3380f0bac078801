//! `ConfigFile`: a configuration file for one test.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// A file in the directory for temporary files, removed when it is dropped.
pub(crate) struct ConfigFile {
    path: PathBuf,
}

impl ConfigFile {
    /// The content may be no text.
    pub(crate) fn new(content: impl AsRef<[u8]>) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);

        let name = format!(
            "tasker-span-{}-{}.toml",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        let file = Self {
            path: std::env::temp_dir().join(name),
        };
        file.write(content);
        file
    }

    /// Replaces the content in one step, as careful editors do.
    pub(crate) fn write(&self, content: impl AsRef<[u8]>) {
        let new = self.path.with_extension("new");
        fs::write(&new, content).unwrap();
        fs::rename(&new, &self.path).unwrap();
    }

    pub(crate) fn remove(&self) {
        fs::remove_file(&self.path).unwrap();
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for ConfigFile {
    fn drop(&mut self) {
        // A test may have removed it.
        let _ = fs::remove_file(&self.path);
    }
}
