//! Counts the allocations of one subject's spans. The section `memory` of the comparison runs it.

fn main() -> anyhow::Result<()> {
    tasker_span_benches::heap(|run| {
        let counted = allocation_counter::measure(run);
        (counted.count_total, counted.bytes_current)
    })
}
