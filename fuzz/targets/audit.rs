//! A Rust file, and before it a line with its path: read, checked, reported in each format, and migrated.

#![no_main]

use std::path::Path;
use std::sync::Arc;
use std::thread;

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tasker_span_cli::audit::baseline::Baseline;
use tasker_span_cli::audit::check::{self, Report};
use tasker_span_cli::audit::config::Config;
use tasker_span_cli::audit::package::Package;
use tasker_span_cli::audit::parse::STACK;
use tasker_span_cli::audit::report::{self, Format};
use tasker_span_cli::audit::suggest::{self, Suggestion};
use tasker_span_cli::audit::world::World;
use tasker_span_cli::audit::{model::FileFacts, read};
use tasker_span_fuzz::{assert_line, without_colours};

// On a stack as large as that of the command's threads.
fuzz_target!(|input: &[u8]| {
    thread::scope(|scope| {
        let run = thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, || audit(input));
        run.expect("a thread").join().expect("no panic");
    });
});

fn audit(input: &[u8]) {
    let (path, content) = input.split_at(input.iter().position(|byte| *byte == b'\n').unwrap_or_default());
    let (path, content) = (String::from_utf8_lossy(path), content.get(1..).unwrap_or_default());
    let config = Config::default();
    let files = [facts(&path, content.to_vec(), &config)];
    let world = World::new(&files, &config);
    let mut report = check::all(&files, &world);
    let suggestions = suggest(&mut report, &world);

    assert_report(&report, input.len());
    assert_baseline(&mut report);
    if let Ok(text) = str::from_utf8(content) {
        assert_diff(&files[0], text, &suggestions);
    }
}

fn facts(path: &str, content: Vec<u8>, config: &Config) -> FileFacts {
    let package = Arc::new(Package::default());
    read::facts(
        &read::source(package, Path::new(path), path.to_owned()),
        content,
        config,
    )
}

/// One format for each input: writing all of them takes longer than all else.
fn assert_report(report: &Report<'_>, number: usize) {
    let formats = [
        (Format::Table, None),
        (Format::Table, Some(60)),
        (Format::Github, None),
        (Format::Json, None),
        (Format::Sarif, None),
    ];
    let (format, width) = formats[number % formats.len()];
    let text = report::write(report, format, width);
    match format {
        Format::Table => text.lines().for_each(|line| assert_line(&without_colours(line))),
        Format::Github => {
            text.lines().for_each(assert_line);
            let findings = report.findings().count() + report.skipped.len();
            assert_eq!(text.lines().count(), findings + 1);
        }
        Format::Json | Format::Sarif => {
            text.lines().for_each(assert_line);
            serde_json::from_str::<Value>(&text).expect("JSON");
        }
    }
}

/// As the command does.
fn suggest(report: &mut Report<'_>, world: &World<'_>) -> Vec<Suggestion> {
    for site in &mut report.sites {
        site.suggestion = match site.site() {
            Some(of_function) => suggest::of(site.function, of_function, world),
            None => suggest::of(site.function, &check::no_span(site.function), world),
        };
    }
    let suggestions = report.sites.iter().filter_map(|site| site.suggestion.clone().ok()?);
    suggestions.filter(|suggestion| !suggestion.is_scope).collect()
}

/// Its file is read as it was written, and then all findings are known.
fn assert_baseline(report: &mut Report<'_>) {
    let baseline = Baseline::of(report);
    assert_eq!(Baseline::parse(&baseline.text()).as_ref(), Ok(&baseline));
    baseline.apply(report);
    assert!(report.is_clean());
}

/// Its names of files are each a line, and its lines before and after are those of the text and of another text that is Rust.
fn assert_diff(facts: &FileFacts, text: &str, suggestions: &[Suggestion]) {
    assert_eq!(suggest::unified(facts, text, &[]), "");
    let diff = suggest::unified(facts, text, suggestions);
    let mut lines = diff.split_inclusive('\n');
    for start in ["---", "+++"] {
        let Some(line) = lines.next() else { return };
        let name = line.strip_suffix('\n').expect("a line");
        assert!(name.starts_with(start), "{diff}");
        assert_line(name.strip_suffix('\t').unwrap_or(name));
    }
    let mut before = text.split_inclusive('\n').collect::<Vec<_>>();
    let mut after = Vec::new();
    let mut at = 0;
    for line in lines.filter(|line| !line.starts_with('\\')) {
        if let Some(range) = line.strip_prefix("@@ -") {
            let start: usize = range
                .split([',', ' '])
                .next()
                .and_then(|start| start.parse().ok())
                .expect("a line");
            after.extend_from_slice(&before[at..start.saturating_sub(1).max(at)]);
            at = start.saturating_sub(1).max(at);
            continue;
        }
        let (sign, content) = line.split_at(1);
        if sign != "+" {
            let old = before.get_mut(at).expect("a line of the text");
            assert_eq!(old.trim_end_matches('\n'), content.trim_end_matches('\n'), "{diff}");
            at += 1;
        }
        if sign != "-" {
            after.push(content);
        }
    }
    after.extend_from_slice(&before[at..]);
    let migrated = facts_of(facts, &after.concat());
    assert_eq!(migrated.skipped, None, "{diff}");
}

fn facts_of(facts: &FileFacts, text: &str) -> FileFacts {
    self::facts(&facts.path, text.as_bytes().to_vec(), &Config::default())
}
