//! From facts to a report: sites with their ids and findings, after the comments that allow some.

use super::finding::{Finding, SiteReport};
use super::identity::{self, Id};
use super::model::{Allow, Arguments, FileFacts, Function, Kind, Site};
use super::rules::{self, ALLOW_UNKNOWN, ALLOW_UNUSED, ALLOW_WITHOUT_REASON, Context, Rule};
use super::world::World;

/// What the audit found.
#[derive(Debug, Default)]
pub struct Report<'a> {
    /// The spans, and the functions that should have one.
    pub sites: Vec<SiteReport<'a>>,
    /// Findings about comments.
    pub comments: Vec<CommentReport<'a>>,
    /// Files that were passed over, and why.
    pub skipped: Vec<(&'a str, &'a str)>,
    /// Entries of the baseline that are fixed: the code, the function, and how many.
    pub fixed: Vec<(String, String, usize)>,
    /// How many files were read.
    pub files: usize,
    /// How many lines they have.
    pub lines: usize,
}

/// A finding about a comment.
#[derive(Debug)]
pub struct CommentReport<'a> {
    /// The crate.
    pub package: &'a str,
    /// The file.
    pub file: &'a str,
    /// The function that it is in, or the file.
    pub function: &'a str,
    /// What is wrong with it.
    pub finding: Finding,
}

/// Checks all files.
pub fn all<'a>(files: &'a [FileFacts], world: &World<'_>) -> Report<'a> {
    let mut report = Report::default();
    for file in files {
        if let Some(reason) = &file.skipped {
            report.skipped.push((&file.path, reason));
        } else {
            report.files += 1;
            report.lines += file.lines;
            one(file, world, &mut report);
        }
    }
    let order = |site: &SiteReport<'a>| (site.package, site.file, site.line, site.column);
    report.sites.sort_by(|one, other| order(one).cmp(&order(other)));
    report
}

fn one<'a>(file: &'a FileFacts, world: &World<'_>, report: &mut Report<'a>) {
    let mut used = vec![false; file.allows.len()];
    for function in &file.functions {
        for (index, site) in function.sites.iter().enumerate() {
            let report_of_site = check(file, function, site, Some(index), world, &mut used);
            report.sites.push(report_of_site);
        }
        if function.sites.is_empty() {
            let nothing = no_span(function);
            let mut found = check(file, function, &nothing, None, world, &mut used);
            found.kind = &Kind::Nothing;
            found.name = None;
            if !found.findings.is_empty() || found.allowed > 0 {
                report.sites.push(found);
            }
        }
    }
    for (allow, used) in file.allows.iter().zip(used) {
        comment(file, allow, used, report);
    }
}

/// The site of a function without a span.
pub fn no_span(function: &Function) -> Site {
    Site {
        kind: Kind::Nothing,
        line: function.line,
        column: function.column,
        range: function.start..function.start,
        arguments: Arguments::default(),
        is_conditional: false,
        endless: Vec::new(),
        held_over_await: Vec::new(),
    }
}

fn check<'a>(
    file: &'a FileFacts,
    function: &'a Function,
    site: &Site,
    index: Option<usize>,
    world: &World<'_>,
    used: &mut [bool],
) -> SiteReport<'a> {
    let about = identity::about(function, site, world);
    let mut findings = rules::check(&Context {
        function,
        site,
        about,
        world,
        is_first: index.is_none_or(|index| index == 0),
    });
    findings.sort_by_key(|finding| (rules::rank(finding.code), finding.line, finding.column));
    let before = findings.len();
    findings.retain(|finding| !is_allowed(finding, function, site, &file.allows, used));
    let known = index.map(|index| &function.sites[index]);
    SiteReport {
        package: &file.package,
        file: &file.path,
        function,
        kind: known.map_or(&Kind::Nothing, |site| &site.kind),
        index,
        line: site.line,
        column: site.column,
        name: known.and_then(|site| site.arguments.name.as_deref()),
        ids: Id::ALL.map(|id| identity::has(id, function, site)),
        is_about_task: about.task,
        is_about_step: about.step,
        allowed: before - findings.len(),
        findings,
        in_baseline: 0,
        suggestion: Ok(None),
    }
}

fn is_allowed(finding: &Finding, function: &Function, site: &Site, allows: &[Allow], used: &mut [bool]) -> bool {
    let mut is_allowed = false;
    for (allow, used) in allows.iter().zip(used) {
        let at_function = site.kind.is_attribute() || site.kind == Kind::Nothing;
        let is_about = allow.target == finding.line
            || allow.target == site.line
            || at_function && (function.first_line..=function.signature_end).contains(&allow.target);
        if is_about && allow.codes.iter().any(|code| code == finding.code) {
            *used = true;
            is_allowed = true;
        }
    }
    is_allowed
}

fn comment<'a>(file: &'a FileFacts, allow: &Allow, used: bool, report: &mut Report<'a>) {
    let before = file
        .functions
        .iter()
        .filter(|function| function.first_line <= allow.target);
    let function = before
        .max_by_key(|function| function.first_line)
        .map_or(&file.path, |function| &function.path);
    let mut push = |rule: &Rule, message: String| {
        report.comments.push(CommentReport {
            package: &file.package,
            file: &file.path,
            function,
            finding: Finding {
                code: rule.code,
                severity: rule.severity,
                line: allow.line,
                column: 1,
                message,
            },
        });
    };
    let mut are_known = true;
    for code in allow.codes.iter().filter(|code| rules::rule(code).is_none()) {
        are_known = false;
        push(
            &ALLOW_UNKNOWN,
            format!("no finding has the code `{code}`; `docs/audit.md` lists them"),
        );
    }
    if !allow.has_reason {
        push(
            &ALLOW_WITHOUT_REASON,
            "the comment gives no reason: write it behind the code".to_owned(),
        );
    }
    if are_known && !used {
        push(
            &ALLOW_UNUSED,
            format!(
                "nothing here has the finding `{}`: remove the comment",
                allow.codes.join(", ")
            ),
        );
    }
}

impl Report<'_> {
    /// All findings, with their files.
    pub fn findings(&self) -> impl Iterator<Item = Placed<'_>> {
        let of_sites = self.sites.iter().flat_map(|site| {
            site.findings.iter().map(|finding| Placed {
                package: site.package,
                file: site.file,
                function: &site.function.path,
                finding,
            })
        });
        let of_comments = self.comments.iter().map(|comment| Placed {
            package: comment.package,
            file: comment.file,
            function: comment.function,
            finding: &comment.finding,
        });
        of_sites.chain(of_comments)
    }

    /// Nothing to do.
    pub fn is_clean(&self) -> bool {
        self.findings().next().is_none() && self.fixed.is_empty()
    }
}

/// A finding and where it is.
#[derive(Clone, Copy, Debug)]
pub struct Placed<'a> {
    /// The crate.
    pub package: &'a str,
    /// The file.
    pub file: &'a str,
    /// The function's path.
    pub function: &'a str,
    /// The finding.
    pub finding: &'a Finding,
}
