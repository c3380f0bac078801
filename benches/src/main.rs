//! The command of the benchmarks; `--help` describes it.

fn main() -> anyhow::Result<()> {
    tasker_span_benches::run()
}
