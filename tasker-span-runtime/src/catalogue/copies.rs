//! Copies: another version of this crate in the same program. Cargo links both if two crates ask for versions that are not
//! compatible. Each has statics of its own: spans of one are no parents of the other's, and both may assign one derived id.
//!
//! All copies share `tracing`. So each has a call site that tells its version, and whose target finds it among all others.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use tracing::callsite::{DefaultCallsite, Identifier};
use tracing::metadata::Kind;
use tracing::{Level, Metadata};

use super::callsite::metadata;
use crate::lock::lock;
use crate::notice;
use crate::outcome::caught;

/// The same in all versions: it never changes.
const TARGET: &str = "tasker_span::copy";
const VERSION: &str = env!("CARGO_PKG_VERSION");

static CALLSITE: DefaultCallsite = DefaultCallsite::new(&METADATA);
static METADATA: Metadata<'static> = metadata(
    VERSION,
    TARGET,
    Level::ERROR,
    module_path!(),
    &[],
    &CALLSITE,
    Kind::SPAN,
);

static IS_ANNOUNCED: AtomicBool = AtomicBool::new(false);
static IS_UNREPORTED: AtomicBool = AtomicBool::new(false);
/// The versions of other copies that were not reported yet, and how many were found. A program has few.
static FOUND: Mutex<Found> = Mutex::new(Found {
    callsites: Vec::new(),
    unreported: Vec::new(),
});

struct Found {
    callsites: Vec<Identifier>,
    unreported: Vec<&'static str>,
}

/// Tells other copies, and the layers of later subscribers, that this one is there.
pub(crate) fn announce() {
    if !IS_ANNOUNCED.load(Ordering::Relaxed) && !IS_ANNOUNCED.swap(true, Ordering::Relaxed) {
        caught(|| CALLSITE.interest());
    }
}

/// Whether a call site that a subscriber is asked about is another copy's. It is reported later, because `tracing` holds a
/// lock.
pub(crate) fn look_at(metadata: &'static Metadata<'static>) {
    if metadata.target() != TARGET || metadata.callsite() == METADATA.callsite() {
        return;
    }
    let Some(mut found) = lock(&FOUND) else { return };
    if !found.callsites.contains(&metadata.callsite()) {
        found.callsites.push(metadata.callsite());
        found.unreported.push(metadata.name());
        IS_UNREPORTED.store(true, Ordering::Relaxed);
        notice::set_due();
    }
}

/// Logs the copies that were found since the last time.
#[inline]
pub(crate) fn report() {
    if IS_UNREPORTED.load(Ordering::Relaxed) {
        log();
    }
}

#[cold]
fn log() {
    IS_UNREPORTED.store(false, Ordering::Relaxed);
    let unreported = lock(&FOUND).map(|mut found| std::mem::take(&mut found.unreported));
    for version in unreported.unwrap_or_default() {
        caught(|| {
            tracing::warn!(
                target: "tasker_span",
                "this program links tasker-span-runtime {VERSION} and, beside it, {version}: their spans do not know each \
                 other, and two spans may have one derived id; update until `cargo tree --duplicates` shows one version"
            );
        });
    }
}
