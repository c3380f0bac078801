//! Reads all files, on all processors, in a fixed order.

use std::fs::File;
use std::io::Read;
use std::num::NonZero;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use indicatif::{ProgressBar, ProgressStyle};

use super::config::Config;
use super::files;
use super::model::FileFacts;
use super::package::{Package, Packages};
use super::{parse, read};

/// With fewer files, the audit is over before anybody reads how far it is.
const LONG_RUN: usize = 500;

/// Reads the files. Files that cannot be read have a reason instead of facts.
///
/// # Errors
///
/// No thread can be started.
pub fn all(paths: &[PathBuf], config: &Config) -> Result<Vec<FileFacts>, String> {
    let mut packages = Packages::default();
    let work: Vec<(&PathBuf, Arc<Package>)> = paths.iter().map(|path| (path, packages.of(path))).collect();
    let progress = progress(paths.len());
    let next = AtomicUsize::new(0);
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(work.len().max(1));
    let mut facts = thread::scope(|scope| {
        let run = || {
            let mut facts = Vec::new();
            while let Some((path, package)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
                facts.push(one(path, package, config));
                progress.inc(1);
            }
            facts
        };
        let threads: Vec<_> = (0..threads)
            .map(|_| thread::Builder::new().stack_size(parse::STACK).spawn_scoped(scope, run))
            .collect::<Result<_, _>>()
            .map_err(|error| {
                format!(
                    "cannot start a thread with a stack of {} MiB: {error}",
                    parse::STACK >> 20
                )
            })?;
        let facts = threads.into_iter().flat_map(|thread| thread.join().unwrap_or_default());
        Ok::<_, String>(facts.collect::<Vec<_>>())
    })?;
    progress.finish_and_clear();
    facts.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(facts)
}

fn one(path: &PathBuf, package: &Arc<Package>, config: &Config) -> FileFacts {
    let shown = files::shown(path);
    let skipped = |reason: String| FileFacts {
        path: shown.clone(),
        package: package.name.clone(),
        functions: Vec::new(),
        types: Vec::new(),
        result_aliases: Vec::new(),
        imports: Vec::new(),
        first_item: 0,
        allows: Vec::new(),
        skipped: Some(reason),
        lines: 0,
    };
    let mut bytes = Vec::new();
    // Of what is too large, enough is read to see it.
    let most = parse::MAX_BYTES as u64 + 1;
    if let Err(error) = File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes)) {
        return skipped(format!("cannot be read: {error}"));
    }
    let source = read::source(Arc::clone(package), path, shown.clone());
    // A fault of the parser costs one file, not the audit.
    catch_unwind(AssertUnwindSafe(|| read::facts(&source, bytes, config)))
        .unwrap_or_else(|_| skipped("makes the parser panic".to_owned()))
}

/// On standard error, if that is a terminal.
fn progress(files: usize) -> ProgressBar {
    if files < LONG_RUN {
        return ProgressBar::hidden();
    }
    let style =
        ProgressStyle::with_template("{bar:40} {pos} of {len} files").unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(files as u64).with_style(style)
}
