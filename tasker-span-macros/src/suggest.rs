//! Finds the name that a user meant when the one they wrote does not exist.

/// `, did you mean …?` where one of the candidates is close enough to be meant, else nothing.
pub(crate) fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    similar(written, candidates).map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

/// The candidate that is closest to `written`: by typing mistakes, or because one name contains the other.
pub(crate) fn similar<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (distance(&written.to_ascii_lowercase(), candidate), candidate))
        .filter(|&(distance, candidate)| distance <= candidate.len().div_ceil(3) || contains(written, candidate))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, candidate)| candidate)
}

/// `namespace_name` means `namespace`, `uuid` may mean `task_uuid`; shorter fragments say nothing.
fn contains(written: &str, candidate: &str) -> bool {
    written.contains(candidate) || written.len() >= 4 && candidate.contains(written)
}

/// The number of insertions, deletions, substitutions and swaps of neighbours between the two (optimal string
/// alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    let mut before = Vec::new();
    let mut previous = (0..=b.len()).collect::<Vec<_>>();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let substitution = previous[j] + usize::from(a[i] != b[j]);
            let mut best = substitution.min(previous[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut previous, row);
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, similar};

    const NAMES: [&str; 5] = ["correlation_id", "task_uuid", "step_uuid", "namespace", "task_name"];

    #[test]
    fn finds_what_was_meant() {
        for (written, meant) in [
            ("task_uid", "task_uuid"),
            ("taskuuid", "task_uuid"),
            ("namepsace", "namespace"),
            ("Namespace", "namespace"),
            ("namespace_name", "namespace"),
            ("workflow_step_uuid", "step_uuid"),
            ("correlation", "correlation_id"),
        ] {
            assert_eq!(similar(written, NAMES), Some(meant), "{written}");
        }
    }

    #[test]
    fn says_nothing_where_nothing_is_close() {
        for written in ["", "id", "context", "payload", "größe"] {
            assert_eq!(similar(written, NAMES), None, "{written}");
        }
    }

    #[test]
    fn a_swap_is_one_mistake() {
        assert_eq!(distance("ab", "ba"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
