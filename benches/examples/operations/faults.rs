//! A function of about a millisecond, called while a collector in another process fails, and in
//! turns while it does not.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::Command;
use std::time::Duration;

use tasker_span_runtime::Protocol;
use tasker_span_tests::fault_injection::{CollectorProcess, Fault, Outcome, Trial, Work};

const HEAD: &str = "\
| fault | over | calls | spans | arrived | rejected | failed | refused | held at most | median, p99 of a call |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

/// The table, and what is wrong with its figures.
pub(crate) fn measure() -> (String, Vec<String>) {
    let work = Work::lasting(Duration::from_millis(1));
    let protocols = [Protocol::Grpc, Protocol::HttpProtobuf];
    let trials = Fault::ALL.into_iter().flat_map(|fault| {
        protocols.map(|protocol| Trial {
            fault,
            protocol,
            calls: 2_000,
            healthy_calls: 2_000,
            // Calls of the overload are those that make too many spans.
            rounds: if fault == Fault::Overload { 1 } else { 2 },
            work: if fault == Fault::Overload { Work::LEAST } else { work },
            timeout: Duration::from_secs(2),
            overload: Duration::from_mins(1),
        })
    });
    let outcomes = trials.map(|trial| {
        let _ = writeln!(io::stderr(), "{} over {}", trial.fault, trial.protocol);
        trial.run(CollectorProcess::absent(trial.protocol, collector))
    });
    let outcomes: Vec<_> = outcomes.collect();
    let problems = outcomes.iter().flat_map(Outcome::problems).collect();
    (figures(&outcomes), problems)
}

/// This program again, which [`serve`](tasker_span_tests::fault_injection::serve) makes the
/// collector.
fn collector() -> Command {
    Command::new(std::env::current_exe().expect("a program"))
}

fn figures(outcomes: &[Outcome]) -> String {
    let mut figures = HEAD.to_owned();
    for outcome in outcomes {
        figures += &row(outcome);
    }
    let [calls, returned] =
        [|it: &Outcome| it.calls, |it: &Outcome| it.returned].map(|of| outcomes.iter().map(of).sum());
    let most = |of: fn(&Outcome) -> usize| outcomes.iter().map(of).max().unwrap_or_default();
    let _ = write!(
        figures,
        "\n- {} of {} calls returned their value.\n- At most {} were held.\n- The largest request, of 512 spans, had {} kB.\n",
        grouped(returned),
        grouped(calls),
        megabytes(most(|outcome| outcome.held)),
        most(|outcome| outcome.largest_request) / 1_000
    );
    for outcome in outcomes.iter().filter(|outcome| outcome.fault == Fault::Overload) {
        let (emitted, taken) = outcome.meanwhile;
        let _ = writeln!(
            figures,
            "- While there were too many spans over {}, {} came and {} were taken.",
            outcome.protocol,
            grouped(emitted),
            grouped(taken)
        );
    }
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let _ = writeln!(figures, "- Measured with {processors} processors, {build} build.");
    figures
}

fn row(outcome: &Outcome) -> String {
    let ratio = |part| quantile(&outcome.faulty, part) / quantile(&outcome.healthy, part);
    let counts = [
        outcome.calls,
        outcome.emitted,
        outcome.arrived,
        outcome.rejected,
        outcome.stats.spans_export_failed,
        outcome.refused(),
    ];
    format!(
        "| {} | {} | {} | {} | {:.2}, {:.2} |\n",
        outcome.fault,
        outcome.protocol,
        counts.map(grouped).join(" | "),
        megabytes(outcome.held),
        ratio(50),
        ratio(99)
    )
}

/// The duration that so many percent of them do not exceed, in seconds.
fn quantile(sorted: &[Duration], percent: usize) -> f64 {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted[rank.saturating_sub(1)].as_secs_f64()
}

/// `12,345`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[expect(clippy::cast_precision_loss, reason = "no program holds 2⁵³ bytes")]
fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}
