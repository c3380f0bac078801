//! The baseline: findings that are known, in a file that is reviewed. It shrinks with them, and never grows by itself.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use super::check::Report;

/// How many findings of a code each function has. Neither lines nor files are in it, so that moving code changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    entries: BTreeMap<(String, String), usize>,
}

const HEAD: &str = "\
# Findings of `tasker-span audit` that are known: the code, how many, and the function.
# Remove what is fixed: `tasker-span audit --baseline FILE --update`.
";

impl Baseline {
    /// Reads the file; `None` if there is none.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or a line is no entry.
    pub fn load(file: &Path) -> Result<Option<Self>, String> {
        match fs::read_to_string(file) {
            Ok(text) => Self::parse(&text)
                .map(Some)
                .map_err(|error| format!("{}: {error}", file.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(format!("{}: {error}", file.display())),
        }
    }

    /// Reads entries: `code count function`.
    ///
    /// # Errors
    ///
    /// A line is no entry, or an entry is there twice.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut entries = BTreeMap::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let mut parts = line.splitn(3, ' ');
            let entry = (|| {
                let code = parts.next()?;
                let count: usize = parts.next()?.parse().ok().filter(|count| *count > 0)?;
                Some(((code.to_owned(), parts.next()?.trim().to_owned()), count))
            })();
            let number = index + 1;
            let Some((key, count)) = entry else {
                return Err(format!(
                    "line {number}: `{line}` is no entry: expected `code count function`"
                ));
            };
            if entries.insert(key, count).is_some() {
                return Err(format!("line {number}: `{line}` is there twice"));
            }
        }
        Ok(Self { entries })
    }

    /// The findings of a report.
    pub fn of(report: &Report<'_>) -> Self {
        let mut entries = BTreeMap::new();
        for placed in report.findings() {
            let key = (placed.finding.code.to_owned(), placed.function.to_owned());
            *entries.entry(key).or_insert(0) += 1;
        }
        Self { entries }
    }

    /// The file's text.
    pub fn text(&self) -> String {
        let mut text = HEAD.to_owned();
        for ((code, function), count) in &self.entries {
            let _ = writeln!(text, "{code} {count} {function}");
        }
        text
    }

    /// `24 known findings`.
    pub fn count(&self) -> String {
        let count: usize = self.entries.values().sum();
        crate::output::count(count, "known finding")
    }

    /// Without what is fixed by now.
    #[must_use]
    pub fn shrunk(&self, present: &Self) -> Self {
        let entries = self.entries.iter().filter_map(|(key, known)| {
            let count = present.entries.get(key)?;
            Some((key.clone(), *count.min(known)))
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// Takes the known findings out of a report, and adds the entries that are fixed.
    pub fn apply(mut self, report: &mut Report<'_>) {
        let mut is_known = |code: &str, function: &str| {
            let known = self.entries.get_mut(&(code.to_owned(), function.to_owned()));
            let is_known = known.as_ref().is_some_and(|count| **count > 0);
            if let Some(count) = known.filter(|count| **count > 0) {
                *count -= 1;
            }
            is_known
        };
        for site in &mut report.sites {
            let before = site.findings.len();
            site.findings
                .retain(|finding| !is_known(finding.code, &site.function.path));
            site.in_baseline = before - site.findings.len();
        }
        report
            .comments
            .retain(|comment| !is_known(comment.finding.code, comment.function));
        let left = self.entries.into_iter().filter(|(_, count)| *count > 0);
        report.fixed = left.map(|((code, function), count)| (code, function, count)).collect();
    }
}
