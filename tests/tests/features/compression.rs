//! gzip: the collector gets the same spans, in fewer bytes.

use tasker_span_tests::collector::Collector;

use super::{PROTOCOLS, run_at};

#[test]
fn a_compressed_batch_has_the_same_spans_in_fewer_bytes() {
    for protocol in PROTOCOLS {
        let lengths = ["none", "gzip"].map(|compression| {
            let collector = Collector::start(protocol);
            let variables = [("OTEL_EXPORTER_OTLP_COMPRESSION", compression), ("SPANS", "512")];
            let run = run_at(&collector.url(), protocol, &variables);
            run.assert_arrived();
            assert_eq!((run.ended, collector.counts().taken), (512, 512));
            let names = collector.span_names();
            assert_eq!(names.iter().filter(|name| *name == "step.execution").count(), 256);
            assert_eq!(names.iter().filter(|name| *name == "other").count(), 256);
            let [request] = &*collector.requests() else {
                panic!("one batch");
            };
            request.length
        });
        let [plain, compressed] = lengths;
        assert!(compressed * 2 < plain, "{lengths:?} bytes");
    }
}
