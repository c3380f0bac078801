//! `Browser`: a headless Chromium.

use std::process::{Child, Command, Stdio};

use uuid::Uuid;

/// Chromium at a page. It is killed, and its profile removed, on drop.
#[derive(Debug)]
pub(crate) struct Browser {
    child: Child,
    profile: std::path::PathBuf,
}

impl Browser {
    /// Opens a page, and stays there.
    #[track_caller]
    pub(crate) fn open(url: &str) -> Self {
        Self::start(&["--remote-debugging-port=0", url])
    }

    /// Opens a page. Returns its document as the browser has it.
    #[track_caller]
    pub(crate) fn dump(url: &str) -> String {
        let mut browser = Self::start(&["--dump-dom", url]);
        let document = browser.child.stdout.take().unwrap();
        let document = std::io::read_to_string(document).unwrap();
        let status = browser.child.wait().unwrap();
        assert!(status.success() && !document.is_empty(), "{status}: {document}");
        document
    }

    #[track_caller]
    fn start(arguments: &[&str]) -> Self {
        let profile = std::env::temp_dir().join(format!("tasker-span-chromium-{}", Uuid::now_v7().simple()));
        let child = Command::new("chromium")
            // Containers give neither a sandbox nor shared memory.
            .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .arg(format!("--user-data-dir={}", profile.display()))
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("no `chromium`, which scripts/install-chromium installs: {error}"));
        Self { child, profile }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}
