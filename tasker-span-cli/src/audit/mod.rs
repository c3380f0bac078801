//! `tasker-span audit`: which sites of a code base have spans, and what they lack.
//!
//! Stages: `files` → `parse`, `scope`, `read` → `model` → `world`, `identity`, `rules` → `check` → `suggest`, `baseline` → `report`.

pub mod baseline;
pub mod check;
pub mod config;
pub mod files;
pub mod finding;
pub mod identity;
pub mod model;
pub mod package;
pub mod parse;
pub mod read;
pub mod reading;
pub mod report;
pub mod rules;
pub mod scope;
pub mod suggest;
pub mod world;

use std::fs;
use std::io::{ErrorKind, IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use tasker_span_runtime::testing::TreeText;

use baseline::Baseline;
use check::Report;
use config::Config;
use model::FileFacts;
use report::Format;
use world::World;

use crate::output::note;

/// Lists the spans of a code base and what they lack, leak or forget.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "one for each switch")]
pub struct Arguments {
    /// Workspaces, folders or files; the current folder if none is named.
    paths: Vec<PathBuf>,
    /// What the report looks like.
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Adds what to write to the report.
    #[arg(long)]
    suggest: bool,
    /// Prints what to write as a diff for `git apply`, instead of the report.
    #[arg(long)]
    diff: bool,
    /// The settings; otherwise `tasker-span-audit.toml` of the first path or a folder above it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Known findings. Others fail, and so does an entry that is fixed.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Writes the baseline: a new one, or without what is fixed.
    #[arg(long, requires = "baseline")]
    update: bool,
    /// With `--update`: adds new findings to the baseline.
    #[arg(long, requires = "update")]
    accept_new: bool,
}

/// Runs `tasker-span audit`.
pub fn run(arguments: &Arguments) -> ExitCode {
    match audit(arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            note(format_args!("error: {error}"));
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was found.
fn audit(arguments: &Arguments) -> Result<bool, String> {
    let here = [PathBuf::from(".")];
    let paths = if arguments.paths.is_empty() {
        &here
    } else {
        &arguments.paths[..]
    };
    let folder = if paths[0].is_dir() {
        &*paths[0]
    } else {
        paths[0].parent().unwrap_or(Path::new("."))
    };
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    let config = Config::load(arguments.config.as_deref(), folder)?;
    let files = reading::all(&files::find(paths)?, &config)?;
    let world = World::new(&files, &config);
    let mut report = check::all(&files, &world);
    if arguments.suggest || arguments.diff {
        suggest(&mut report, &world);
    }
    if let Some(file) = &arguments.baseline {
        compare(&mut report, file, arguments)?;
    }
    if arguments.diff {
        print(&mut stdout().lock(), &diff(&files, &report)?)?;
    } else {
        let width = stdout().is_terminal().then(TreeText::stdout_width);
        let text = report::write(&report, arguments.format, width);
        match arguments.format {
            Format::Table => print(&mut anstream::stdout().lock(), &text)?,
            Format::Json | Format::Sarif | Format::Github => print(&mut stdout().lock(), &text)?,
        }
    }
    Ok(report.is_clean())
}

/// What to write at each site, or why the audit cannot say.
fn suggest(report: &mut Report<'_>, world: &World<'_>) {
    for site in &mut report.sites {
        site.suggestion = match site.site() {
            Some(of_function) => suggest::of(site.function, of_function, world),
            None if site.findings.is_empty() => Ok(None),
            None => suggest::of(site.function, &check::no_span(site.function), world),
        };
    }
}

fn diff(files: &[FileFacts], report: &Report<'_>) -> Result<String, String> {
    let mut diff = String::new();
    for file in files {
        let of_file = report.sites.iter().filter(|site| site.file == file.path);
        let suggestions = of_file.filter_map(|site| site.suggestion.as_ref().ok()?.clone());
        // Blocks are moved by hand: what is around them changes too.
        let suggestions: Vec<_> = suggestions.filter(|suggestion| !suggestion.is_scope).collect();
        if !suggestions.is_empty() {
            let text = fs::read_to_string(&file.path).map_err(|error| format!("{}: {error}", file.path))?;
            diff.push_str(&suggest::unified(file, &text, &suggestions));
        }
    }
    Ok(diff)
}

fn compare(report: &mut Report<'_>, file: &Path, arguments: &Arguments) -> Result<(), String> {
    let known = Baseline::load(file)?;
    let baseline = match known {
        None if !arguments.update => {
            return Err(format!(
                "{}: there is no such baseline; `--update` writes it",
                file.display()
            ));
        }
        Some(known) if !arguments.update => known,
        Some(known) if !arguments.accept_new => known.shrunk(&Baseline::of(report)),
        _ => Baseline::of(report),
    };
    if arguments.update {
        fs::write(file, baseline.text()).map_err(|error| format!("{}: {error}", file.display()))?;
        note(format_args!("wrote {} to {}", baseline.count(), file.display()));
    }
    baseline.apply(report);
    Ok(())
}

/// A reader that has read enough is no mistake. Only the table has colours, which the output takes away if it is no terminal:
/// the other formats are printed byte by byte.
fn print(output: &mut impl Write, text: &str) -> Result<(), String> {
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(format!("standard output: {error}")),
        _ => Ok(()),
    }
}
