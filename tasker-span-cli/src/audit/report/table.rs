//! The report for people: a table of the sites of each crate, its findings, and a summary. What would steer a terminal is
//! escaped: names of files, spans and fields may be anybody's.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{ContentArrangement, Table, presets};
use tasker_span_runtime::testing::printable;

use super::summary::{Summary, plural};
use crate::audit::check::{Placed, Report};
use crate::audit::finding::{Severity, SiteReport};
use crate::audit::identity::How;
use crate::audit::rules;

/// Narrower tables count the findings of a site, whose codes are below.
const COLUMNS_OF_CODES: usize = 100;

const BOLD: Style = Style::new().bold();

pub(super) fn write(report: &Report<'_>, width: Option<usize>) -> String {
    let mut text = String::new();
    let mut packages: Vec<&str> = report.findings().map(|placed| placed.package).collect();
    packages.extend(report.sites.iter().map(|site| site.package));
    packages.sort_unstable();
    packages.dedup();
    for package in packages {
        write_package(report, package, width, &mut text);
    }
    for (file, reason) in &report.skipped {
        let _ = writeln!(
            text,
            "{} {} {}",
            styled("skipped", AnsiColor::Magenta),
            printable(file),
            printable(reason)
        );
    }
    for (code, function, count) in &report.fixed {
        let entries = format!("{code} {count} {function}");
        let entries = printable(&entries);
        let _ = writeln!(
            text,
            "{} the baseline still has `{entries}`: remove it by `--update`",
            styled("fixed", AnsiColor::Green)
        );
    }
    let read = format!("{} lines in {}", report.lines, plural(report.files, "file"));
    let _ = writeln!(text, "{BOLD}{}{BOLD:#} ({read})", Summary::of(report).text());
    text
}

fn write_package(report: &Report<'_>, package: &str, width: Option<usize>, text: &mut String) {
    let sites: Vec<&SiteReport<'_>> = report.sites.iter().filter(|site| site.package == package).collect();
    let shown = printable(if package.is_empty() { "(no crate)" } else { package });
    let summary = Summary::of_sites(sites.iter().copied());
    let _ = writeln!(text, "{BOLD}{shown}{BOLD:#}: {}", summary.text());
    if !sites.is_empty() {
        for line in table(&sites, package, width).lines() {
            let _ = writeln!(text, "{}", line.trim_end());
        }
        let _ = writeln!(text, "M macro, F field, R recorded, A argument, - missing");
    }
    let mut findings: Vec<Placed<'_>> = report.findings().filter(|placed| placed.package == package).collect();
    findings.sort_by_key(|placed| (rules::rank(placed.finding.code), placed.file, placed.finding.line));
    for Placed {
        file,
        function,
        finding,
        ..
    } in findings
    {
        let severity = match finding.severity {
            Severity::Error => styled("error", AnsiColor::Red),
            Severity::Warning => styled("warning", AnsiColor::Yellow),
            Severity::Note => styled("note", AnsiColor::Cyan),
        };
        let _ = writeln!(
            text,
            "{severity} {BOLD}{}{BOLD:#} {}:{}:{}",
            finding.code,
            printable(file),
            finding.line,
            finding.column
        );
        let line = format!("{function}: {}", finding.message);
        let _ = writeln!(text, "  {}", printable(&line));
    }
    for site in &sites {
        write_suggestion(site, text);
    }
    text.push('\n');
}

fn write_suggestion(site: &SiteReport<'_>, text: &mut String) {
    let word = styled("write", AnsiColor::Green);
    let place = format!("{}:{} {}", site.file, site.line, site.function.path);
    let place = printable(&place);
    match &site.suggestion {
        Ok(Some(suggestion)) => {
            let _ = writeln!(text, "{word} {place}");
            for line in suggestion.text("").lines() {
                let _ = writeln!(text, "  {}", printable(line));
            }
            for note in &suggestion.notes {
                let _ = writeln!(text, "  note: {}", printable(note));
            }
        }
        Ok(None) => {}
        Err(reason) => {
            let _ = writeln!(text, "{word} {place}\n  by hand: {}", printable(reason));
        }
    }
}

fn table(sites: &[&SiteReport<'_>], package: &str, width: Option<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    }
    table.set_header(["site", "function", "span", "corr", "task", "step", "ns", "findings"]);
    for site in sites {
        let name = site.name.map(|name| format!(" {name}")).unwrap_or_default();
        let mut codes: Vec<&str> = site.findings.iter().map(|finding| finding.code).collect();
        codes.dedup();
        let path = &site.function.path;
        let function = path
            .strip_prefix(package)
            .and_then(|path| path.strip_prefix("::"))
            .unwrap_or(path);
        let [correlation, task, step, namespace] = site.ids.map(letter);
        let cells = [
            format!("{}:{}", site.file, site.line),
            function.to_owned(),
            format!("{}{name}", site.kind.shown()),
            correlation.to_owned(),
            task.to_owned(),
            step.to_owned(),
            namespace.to_owned(),
            if width.is_some_and(|width| width < COLUMNS_OF_CODES) {
                site.findings.len().to_string()
            } else {
                codes.join(" ")
            },
        ];
        table.add_row(cells.map(|cell| printable(&cell).into_owned()));
    }
    table
}

fn letter(how: Option<How>) -> &'static str {
    match how {
        Some(How::Macro) => "M",
        Some(How::Field) => "F",
        Some(How::Recorded) => "R",
        Some(How::Argument) => "A",
        None => "-",
    }
}

fn styled(word: &str, color: AnsiColor) -> String {
    let style = color.on_default().bold();
    format!("{style}{word}{style:#}")
}
