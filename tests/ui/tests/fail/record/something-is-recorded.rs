use tasker_span_runtime::span_record;

fn record() {
    span_record!();
    span_record!(,);
}

fn main() {}
