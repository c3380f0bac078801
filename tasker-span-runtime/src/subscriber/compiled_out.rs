//! Says that the program was compiled without its spans, which no setting can bring back.

use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};

use crate::notice;

/// Writes on standard error, because `tracing::error!` may be compiled out as well.
pub(crate) fn report_compiled_out() {
    static NOTICE: notice::Once = notice::Once::new();
    if let Some(text) = warning(STATIC_MAX_LEVEL) {
        NOTICE.print(format_args!("{text}"));
    }
}

/// What to say of a program whose highest level is this one. Spans have the level `info`, unless their macro names another.
fn warning(highest: LevelFilter) -> Option<String> {
    (highest < LevelFilter::INFO).then(|| {
        format!(
            "tasker-span: ERROR: this program has no spans: a feature of `tracing` leaves out every span and event above the \
             level `{highest}`, and spans have the level `info`; remove the features `max_level_{highest}` and \
             `release_max_level_{highest}` of `tracing` from all crates of the program (`cargo tree -e features -i tracing`)"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_program_without_spans_is_told() {
        for highest in [LevelFilter::INFO, LevelFilter::DEBUG, LevelFilter::TRACE] {
            assert_eq!(warning(highest), None);
        }
        for (highest, feature) in [
            (LevelFilter::OFF, "max_level_off"),
            (LevelFilter::ERROR, "max_level_error"),
            (LevelFilter::WARN, "max_level_warn"),
        ] {
            let text = warning(highest).unwrap();
            assert!(
                text.contains(&format!("`{feature}`")) && text.contains(&format!("`release_{feature}`")),
                "{text}"
            );
        }
    }
}
