//! Generated parts of pages: what stands between `<!-- generated: NAME -->` and `<!-- end -->`. This file depends on
//! nothing, so that the benches include it.

use std::fs;
use std::path::{Path, PathBuf};

/// What is written at the end of a generated part.
const END: &str = "<!-- end -->";

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

    /// The names of its generated parts.
    pub fn parts(&self) -> Vec<String> {
        let parts = self.text.split("<!-- generated: ").skip(1);
        parts.filter_map(|part| Some(part.split_once(" -->")?.0.to_owned())).collect()
    }

    /// Gives a generated part this content.
    ///
    /// # Panics
    ///
    /// If the page has no such part, or the part has no end.
    #[must_use]
    pub fn part(self, name: &str, content: &str) -> Self {
        let text = replace(&self.text, name, content);
        let text = text.unwrap_or_else(|| panic!("{} has no part {name} with an end", self.path.display()));
        Self { text, ..self }
    }

    /// Writes the page if `UPDATE=1` is set. Returns whether it is.
    ///
    /// # Panics
    ///
    /// If the page cannot be written.
    pub fn update(&self) -> bool {
        let updates = std::env::var_os("UPDATE").is_some_and(|value| value == "1");
        if updates {
            fs::write(&self.path, &self.text).unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        }
        updates
    }

    /// Writes the page if `UPDATE=1` is set, and otherwise compares it with the file.
    ///
    /// # Panics
    ///
    /// If the file differs.
    #[track_caller]
    pub fn check(&self) {
        let is_current = || fs::read_to_string(&self.path).is_ok_and(|text| text == self.text);
        assert!(
            self.update() || is_current(),
            "{} is out of date: run this test with UPDATE=1",
            self.path.display()
        );
    }
}

fn replace(page: &str, name: &str, content: &str) -> Option<String> {
    let begin = format!("<!-- generated: {name} -->");
    let (before, rest) = page.split_once(&begin)?;
    let (old, after) = rest.split_once(END)?;
    let has_end = !old.contains("<!-- generated: ");
    has_end.then(|| format!("{before}{begin}\n\n{}\n\n{END}{after}", content.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_replaced_and_the_rest_of_the_page_stays() {
        let page = "A\n<!-- generated: x -->\nold\n<!-- end -->\nB\n<!-- generated: y -->\n<!-- end -->\n";
        let new = replace(page, "x", "new\n").unwrap();
        let expected = "A\n<!-- generated: x -->\n\nnew\n\n<!-- end -->\nB\n<!-- generated: y -->\n<!-- end -->\n";
        assert_eq!(new, expected);
        assert_eq!(replace(&new, "x", "new").unwrap(), new);
        assert_eq!(replace(page, "z", "new"), None);
        assert_eq!(
            replace("<!-- generated: x --><!-- generated: y --><!-- end -->", "x", ""),
            None,
            "a part without an end"
        );
    }
}
