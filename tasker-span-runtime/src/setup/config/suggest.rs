//! Suggests the known name that an unknown one was probably meant to be.

use strsim::levenshtein;

/// `, did you mean …?` if a candidate is similar enough, or else nothing.
pub(super) fn did_you_mean(written: &str, candidates: &[&str]) -> String {
    // No candidate is as long, and the distance takes quadratic time.
    const LONGEST: usize = 64;

    let written = Some(written.to_lowercase()).filter(|written| written.len() <= LONGEST);
    let distances = candidates.iter().filter_map(|candidate| {
        let distance = levenshtein(written.as_ref()?, candidate);
        (distance <= candidate.len().div_ceil(3)).then_some((distance, candidate))
    });
    let nearest = distances.min_by_key(|(distance, _)| *distance);
    nearest.map_or_else(String::new, |(_, candidate)| format!(", did you mean `{candidate}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_similar_names_only() {
        let names = ["sampler", "sample_rate", "steps"];
        for (written, meant) in [
            ("samplerate", "sample_rate"),
            ("sample-rate", "sample_rate"),
            ("sampling_rate", "sample_rate"),
            ("Sampler", "sampler"),
            ("step", "steps"),
        ] {
            let expected = format!(", did you mean `{meant}`?");
            assert_eq!(did_you_mean(written, &names), expected, "{written}");
        }
        for written in ["", "rate", "exporter", "größe", &"s".repeat(1000)] {
            assert_eq!(did_you_mean(written, &names), "", "{written}");
        }
    }
}
