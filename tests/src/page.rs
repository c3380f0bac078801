//! `Page`: the generated parts of a page, between `<!-- generated: NAME -->` and `<!-- end: NAME
//! -->`. Measured parts have the same form and are written by `scripts/write-parts`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A page with generated parts, by its path in the repository.
#[derive(Clone, Debug)]
pub struct Page {
    path: PathBuf,
    text: String,
}

impl Page {
    /// Reads the page.
    ///
    /// # Panics
    ///
    /// If there is no such page.
    pub fn open(path: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    /// The page as it is now.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Gives each generated part the content that `content` returns for its name.
    ///
    /// # Panics
    ///
    /// If a part has no end.
    #[must_use]
    pub fn fill(self, content: impl Fn(&str) -> String) -> Self {
        let text =
            fill(&self.text, content).unwrap_or_else(|name| panic!("{} has no end of {name}", self.path.display()));
        Self { text, ..self }
    }

    /// Writes the page if `UPDATE=1` is set, and otherwise compares it with the file.
    ///
    /// # Panics
    ///
    /// If the file differs, or cannot be written.
    #[track_caller]
    pub fn check(&self) {
        let path = self.path.display();
        if std::env::var_os("UPDATE").is_some_and(|value| value == "1") {
            fs::write(&self.path, &self.text).unwrap_or_else(|error| panic!("{path}: {error}"));
        }
        let is_current = fs::read_to_string(&self.path).is_ok_and(|text| text == self.text);
        assert!(is_current, "{path} is out of date: run this test with UPDATE=1");
    }
}

/// The page with new parts, or the name of a part that has no end.
fn fill(page: &str, content: impl Fn(&str) -> String) -> Result<String, String> {
    if !page.contains("<!-- generated: ") {
        return Err("any generated part".to_owned());
    }
    let mut parts = page.split("<!-- generated: ");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once(" -->").ok_or(part)?;
        let end = format!("<!-- end: {name} -->");
        let (_, after) = rest.split_once(&end).ok_or(name)?;
        let _ = write!(
            filled,
            "<!-- generated: {name} -->\n\n{}\n\n{end}{after}",
            content(name).trim()
        );
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_replaced_and_the_rest_of_the_page_stays() {
        let page = "A\n<!-- generated: x -->\nold\n<!-- end: x -->\nB\n<!-- generated: y --><!-- end: y -->\n";
        let filled = fill(page, |name| format!("new {name}\n")).unwrap();
        let expected = "A\n<!-- generated: x -->\n\nnew x\n\n<!-- end: x -->\nB\n\
                        <!-- generated: y -->\n\nnew y\n\n<!-- end: y -->\n";
        assert_eq!(filled, expected);
        assert_eq!(fill(&filled, |name| format!("new {name}")), Ok(filled.clone()));
        let open = "<!-- generated: x --><!-- generated: y --><!-- end: y -->";
        assert_eq!(fill(open, |_| String::new()), Err("x".to_owned()));
    }
}
