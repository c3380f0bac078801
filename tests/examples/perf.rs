use std::time::Instant;
use tasker_span_runtime::{Console, Sampling, Telemetry, Uuid, step_span};

#[derive(tasker_span_runtime::SpanFields)]
struct Task {
    task_uuid: Uuid,
    correlation_id: Uuid,
    namespace: String,
}
#[derive(tasker_span_runtime::SpanFields)]
struct Step {
    step_uuid: Uuid,
    handler_name: String,
    attempt_number: u32,
}

#[step_span("step.execution", step = step, task = task)]
#[inline(never)]
fn execute(task: &Task, step: &Step, inner: bool) -> Result<u64, String> {
    if inner { handle(1) } else { Ok(std::hint::black_box(1)) }
}

#[step_span(
    "handler.execution",
    inherit(correlation_id, task_uuid, step_uuid, handler_name, namespace)
)]
#[inline(never)]
fn handle(n: u64) -> Result<u64, String> {
    Ok(std::hint::black_box(n))
}

fn main() {
    let mode = std::env::args().nth(1).unwrap_or_default();
    let n: usize = std::env::args().nth(2).and_then(|n| n.parse().ok()).unwrap_or(1000);
    let what = std::env::args().nth(3).unwrap_or_default();
    let telemetry = (mode != "none").then(|| {
        let t = Telemetry::builder()
            .console(Console::Off)
            .console_only()
            .install()
            .unwrap();
        if mode == "unsampled" {
            t.sampling().set(Sampling::new().step_rate(0.0)).unwrap();
        }
        t
    });
    let task = Task {
        task_uuid: Uuid::from_u128(7 << 100 | 5),
        correlation_id: Uuid::from_u128(9 << 90 | 7),
        namespace: "payments".into(),
    };
    let step = |i: usize| Step {
        step_uuid: Uuid::from_u128((i as u128 + 1) << 80 | 77),
        handler_name: "charge_payment".into(),
        attempt_number: 1,
    };
    let steps: Vec<Step> = (0..n).map(step).collect();
    for s in &steps[..n / 10] {
        execute(&task, s, what == "handler").unwrap();
    }
    if let Some(t) = &telemetry {
        let _ = t.flush(std::time::Duration::from_secs(5));
    }
    let mut best = f64::MAX;
    for round in 0..if n > 2000 { 20 } else { 1 } {
        let start = Instant::now();
        let per = 1000.min(n - n / 10);
        let from = n / 10 + (round * per) % (n - n / 10 - per + 1);
        for s in &steps[from..from + per] {
            execute(&task, s, what == "handler").unwrap();
        }
        best = best.min(start.elapsed().as_nanos() as f64 / per as f64);
        if let Some(t) = &telemetry {
            let _ = t.flush(std::time::Duration::from_secs(5));
        }
    }
    println!("{mode} {what} {best:.1} ns");
}
