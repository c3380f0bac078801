//! The page of measurements: text by hand, and parts that commands replace.

use std::fs;
use std::path::PathBuf;

use crate::failure::Failure;

/// `docs/performance.md`.
///
/// What stands between `<!-- generated: NAME -->` and `<!-- end: NAME -->` is replaced by whoever measures it.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    text: String,
}

impl Document {
    /// Reads the page of this repository.
    pub fn open() -> Result<Self, Failure> {
        let path = Self::beside("performance.md");
        let text = fs::read_to_string(&path).map_err(Failure::of("reading the page of measurements"))?;
        Ok(Self { path, text })
    }

    /// A file in the folder of the page.
    pub fn beside(name: &str) -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)
    }

    /// Replaces a part.
    pub fn replace(&mut self, name: &str, content: &str) -> Result<(), Failure> {
        self.text = replaced(&self.text, name, content)
            .ok_or_else(|| Failure::new(format!("the page of measurements has no part `{name}`")))?;
        Ok(())
    }

    /// Writes the page.
    pub fn save(&self) -> Result<(), Failure> {
        fs::write(&self.path, &self.text).map_err(Failure::of("writing the page of measurements"))
    }
}

fn replaced(text: &str, name: &str, content: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- generated: {name} -->\n"), format!("<!-- end: {name} -->"));
    let (before, rest) = text.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n{}\n\n{end}{after}", content.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_one_part_and_nothing_else() {
        let page = "a\n<!-- generated: x -->\nold\n<!-- end: x -->\nb\n<!-- generated: y -->\n<!-- end: y -->\n";
        let once = replaced(page, "x", "new\n").unwrap();
        assert_eq!(
            once,
            "a\n<!-- generated: x -->\n\nnew\n\n<!-- end: x -->\nb\n<!-- generated: y -->\n<!-- end: y -->\n"
        );
        assert_eq!(replaced(&once, "x", "new").unwrap(), once);
        assert!(replaced(page, "z", "new").is_none());
    }
}
