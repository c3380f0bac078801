//! The same comparison with criterion's statistics: `cargo bench -p tasker-span-benches --bench spans`.
//!
//! Each subject is a process of its own, which this executable starts of itself: a program has one global subscriber.

use std::process::ExitCode;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion};
use tasker_span_benches::command;
use tasker_span_benches::comparison::Child;
use tasker_span_benches::failure::Failure;
use tasker_span_benches::scenario::{Kind, Scenario};
use tasker_span_benches::setup::Destination;
use tasker_span_benches::subject::Subject;
use tasker_span_benches::worker::{Order, Role};

const SCENARIOS: [(&str, &[Scenario]); 5] = [
    ("step", &[Scenario::Steps]),
    ("handler", &[Scenario::Handlers, Scenario::InheritingHandlers]),
    (
        "polled",
        &[Scenario::Polled(1), Scenario::Polled(10), Scenario::Polled(100)],
    ),
    (
        "nested",
        &[
            Scenario::Nested(2),
            Scenario::Nested(3),
            Scenario::Nested(5),
            Scenario::Nested(9),
        ],
    ),
    (
        "attributes",
        &[
            Scenario::With(Kind::Uuid),
            Scenario::With(Kind::Str),
            Scenario::With(Kind::String),
            Scenario::With(Kind::Integer),
        ],
    ),
];

fn main() -> ExitCode {
    // As a worker it serves, and criterion never comes into it.
    if std::env::args().nth(1).is_some_and(|argument| argument == "worker") {
        return command::main();
    }
    let mut criterion = Criterion::default().configure_from_args();
    for (group, scenarios) in SCENARIOS {
        for subject in Subject::all() {
            if let Err(failure) = bench(&mut criterion, group, subject, scenarios) {
                eprintln!("spans: {failure}");
                return ExitCode::FAILURE;
            }
        }
    }
    criterion.final_summary();
    ExitCode::SUCCESS
}

fn bench(criterion: &mut Criterion, group: &str, subject: Subject, scenarios: &[Scenario]) -> Result<(), Failure> {
    let role = Role {
        subject,
        destination: Destination::Nowhere,
        namespaces: 0,
    };
    let mut worker = Child::start(&role, None)?;
    let mut failed = None;
    let mut group = criterion.benchmark_group(group);
    for &scenario in scenarios {
        let id = BenchmarkId::new(subject.name(), scenario);
        group.bench_function(id, |bencher| {
            bencher.iter_custom(|calls| match worker.run(Order { scenario, calls }) {
                Ok(answer) => answer.wall,
                Err(failure) => {
                    failed = Some(failure);
                    // Criterion takes no nothing; what it makes of this is not reported.
                    Duration::from_secs(1)
                }
            });
        });
    }
    group.finish();
    failed.map_or(Ok(()), Err)
}
