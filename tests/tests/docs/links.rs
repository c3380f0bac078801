//! Links between the pages of the documentation lead somewhere.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What links from outside the repository begin with: the README is shown on crates.io as well.
const HERE: &str = "https://github.com/tasker-systems/tasker-span/blob/main/";

#[test]
fn every_link_between_pages_leads_to_a_page_and_a_heading() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut broken = Vec::new();
    for page in pages(root) {
        let text = fs::read_to_string(&page).unwrap();
        for link in links(&text) {
            if let Some(problem) = problem(root, &page, link) {
                broken.push(format!("{}: {link}: {problem}", page.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

fn pages(root: &Path) -> Vec<PathBuf> {
    let folders = [root.to_owned(), root.join("docs"), root.join("docs/decisions")];
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = files.map(|file| file.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|it| it == "md"))
        .collect()
}

/// The targets of `[text](target)`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

fn problem(root: &Path, page: &Path, link: &str) -> Option<&'static str> {
    let (target, heading) = link
        .split_once('#')
        .map_or((link, None), |(target, heading)| (target, Some(heading)));
    let path = match target.strip_prefix(HERE) {
        Some(inside) => root.join(inside),
        None if target.contains("://") => return None,
        None if target.is_empty() => page.to_owned(),
        None => page.parent()?.join(target),
    };
    let Ok(bytes) = fs::read(path) else {
        return Some("no such page");
    };
    let heading = heading?;
    let text = String::from_utf8(bytes).ok()?;
    (!headings(&text).contains(heading)).then_some("no such heading")
}

/// As GitHub makes anchors of them.
fn headings(text: &str) -> HashSet<String> {
    let lines = text.lines().filter(|line| line.starts_with('#'));
    lines
        .map(|line| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let letters = title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            letters.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .collect()
}
