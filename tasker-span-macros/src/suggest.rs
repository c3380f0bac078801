//! The name that a user meant and misspelled.

/// `, did you mean …?` if a candidate is similar, else nothing.
pub(crate) fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    similar(written, candidates).map_or_else(String::new, |name| format!(", did you mean `{name}`?"))
}

/// The candidate that is closest to `written`: by typing mistakes, or because one name contains the
/// other.
pub(crate) fn similar<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lowercase = written.to_ascii_lowercase();
    candidates
        .into_iter()
        // Neighbours that changed places are one mistake in this distance.
        .map(|candidate| (strsim::osa_distance(&lowercase, candidate), candidate))
        .filter(|&(distance, candidate)| {
            // At most half of what is written: few letters of a short name are most of it.
            let most = candidate.len().div_ceil(3).min(written.len() / 2);
            distance <= most || contains(written, candidate)
        })
        // `attempt` means `attempt_number`, although `max_attempts` is shorter.
        .min_by_key(|&(distance, candidate)| (!is_beginning(&lowercase, candidate), distance))
        .map(|(_, candidate)| candidate)
}

/// Shorter fragments of a name say nothing.
const SHORTEST: usize = 4;

/// `namespace_name` means `namespace`, and `uuid` may mean `task_uuid`.
fn contains(written: &str, candidate: &str) -> bool {
    candidate.len() >= SHORTEST && written.contains(candidate)
        || written.len() >= SHORTEST && candidate.contains(written)
}

fn is_beginning(written: &str, candidate: &str) -> bool {
    written.len() >= SHORTEST && candidate.starts_with(written)
}

#[cfg(test)]
mod tests {
    use super::similar;

    const NAMES: [&str; 5] = ["correlation_id", "task_uuid", "step_uuid", "namespace", "task_name"];

    #[test]
    fn finds_the_name_that_was_meant() {
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
    fn the_beginning_of_a_name_means_it() {
        let names = ["max_attempts", "attempt_number"];
        assert_eq!(similar("attempt", names), Some("attempt_number"));
        assert_eq!(similar("max_attempt", names), Some("max_attempts"));
    }

    #[test]
    fn says_nothing_if_nothing_is_close() {
        for written in ["", "id", "context", "payload", "größe"] {
            assert_eq!(similar(written, NAMES), None, "{written}");
        }
    }

    #[test]
    fn most_of_a_short_name_is_another_name() {
        let short = ["from", "to", "priority"];
        for written in ["row", "told", "store"] {
            assert_eq!(similar(written, short), None, "{written}");
        }
        assert_eq!(similar("form", short), Some("from"));
    }
}
