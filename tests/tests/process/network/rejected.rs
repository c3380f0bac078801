//! Partial success: the collector takes a batch without some of its spans.

use tasker_span_tests::collector::Behaviour;
use tasker_span_tests::export_program::SPANS;

use super::{PROTOCOLS, run};

/// Half of the spans are of other code.
#[test]
fn rejected_spans_are_counted_exactly_and_told_once() {
    for protocol in PROTOCOLS {
        let (found, collector) = run(protocol, Behaviour::Reject(3), &[("FLUSHES", "4")]);
        assert_eq!(
            (found.ended, found.exported, found.rejected),
            (4 * SPANS, 4 * (SPANS - 3), 12)
        );
        assert_eq!(collector.counts().rejected, 12);
        let told = found.log.matches("rejected spans of it").count();
        assert_eq!(
            (told, found.log.matches("too many attributes").count()),
            (1, 1),
            "{}",
            found.log
        );
    }
}

/// The collector takes none of the spans.
#[test]
fn a_whole_batch_may_be_rejected() {
    for protocol in PROTOCOLS {
        let (found, _) = run(protocol, Behaviour::Reject(usize::MAX), &[]);
        assert_eq!((found.exported, found.rejected, found.failed), (0, SPANS, 0));
    }
}
