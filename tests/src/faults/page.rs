//! The generated part of a page.

/// The page with `text` between the markers of the part, or nothing if it has no such part.
///
/// ```
/// use tasker_span_tests::faults::with_part;
///
/// let page = "A page.\n<!-- generated: table -->\nold\n<!-- end: table -->\n";
/// let new = with_part(page, "table", "new").unwrap();
/// assert_eq!(new, "A page.\n<!-- generated: table -->\n\nnew\n\n<!-- end: table -->\n");
/// assert_eq!(with_part(page, "chart", "new"), None);
/// ```
pub fn with_part(page: &str, name: &str, text: &str) -> Option<String> {
    let (begin, end) = (format!("<!-- generated: {name} -->"), format!("<!-- end: {name} -->"));
    let (before, rest) = page.split_once(&begin)?;
    let (_, after) = rest.split_once(&end)?;
    Some(format!("{before}{begin}\n\n{}\n\n{end}{after}", text.trim()))
}
