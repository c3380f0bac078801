//! Finds the name that was meant when the one that was written does not exist.

/// `, did you mean …?` where one of the candidates is close enough to be meant, else nothing.
pub(super) fn did_you_mean(written: &str, candidates: &[&str]) -> String {
    candidates
        .iter()
        .map(|candidate| (distance(&written.to_lowercase(), candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min_by_key(|(distance, _)| *distance)
        .map_or_else(String::new, |(_, candidate)| format!(", did you mean `{candidate}`?"))
}

/// The number of insertions, deletions and substitutions between the two.
fn distance(a: &str, b: &str) -> usize {
    // No name of ours is as long: what is longer is no slip of the fingers, and would cost its square.
    const LONGEST: usize = 64;

    if a.len() > LONGEST {
        return LONGEST;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substitution = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substitution.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_says_nothing_else() {
        let names = ["sampler", "sample_rate", "steps"];
        for (written, meant) in [
            ("samplerate", "sample_rate"),
            ("sample-rate", "sample_rate"),
            ("sampling_rate", "sample_rate"),
            ("Sampler", "sampler"),
            ("step", "steps"),
        ] {
            assert_eq!(
                did_you_mean(written, &names),
                format!(", did you mean `{meant}`?"),
                "{written}"
            );
        }
        for written in ["", "rate", "exporter", "größe", &"s".repeat(1000)] {
            assert_eq!(did_you_mean(written, &names), "", "{written}");
        }
    }
}
