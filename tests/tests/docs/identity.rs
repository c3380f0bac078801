//! `docs/identity.md` says of derived ids what the code computes. Its vectors are not generated:
//! they pin the algorithm, from which others write their own code.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use tasker_span_runtime::{TraceContext, Uuid, identity};

const PAGE: &str = include_str!("../../../docs/identity.md");

#[test]
fn the_seeds_are_the_codes() {
    let seeds = [
        ("tskspnT1", identity::TRACE_SEED),
        ("tskspnR1", identity::ROOT_SEED),
        ("tskspnE1", identity::EXECUTION_SEED),
        ("tskspnX1", identity::TRANSITION_SEED),
        ("tskspnE2", identity::LATER_EXECUTION_SEED),
        ("tskspnS1", identity::SAMPLING_SEED),
    ];
    for (text, number) in seeds {
        assert!(
            PAGE.contains(&format!("| `{text}` | `{number:#x}` |")),
            "the seed {text}"
        );
    }
}

#[test]
fn tasks_have_the_ids_of_the_page() {
    let mut kinds = BTreeSet::new();
    for [task, kind, trace, root] in rows("tasks") {
        let uuid = uuid(task);
        assert_eq!(kind, kind_of(uuid), "{task}");
        assert_eq!(trace, identity::trace_id(uuid).to_string(), "the trace id of {task}");
        assert_eq!(root, identity::root_span_id(uuid).to_string(), "the root of {task}");
        kinds.insert(kind);
    }
    assert_eq!(kinds, BTreeSet::from(["max", "nil", "v4", "v7"]));
}

#[test]
fn attempts_have_the_ids_of_the_page() {
    let mut seen = BTreeSet::new();
    for [step, attempt, bytes, span] in rows("executions") {
        let (uuid, number) = (uuid(step), attempt.parse().unwrap());
        assert_eq!(
            bytes,
            format!("{}{number:08x}", uuid.simple()),
            "attempt {attempt} at {step}"
        );
        assert_eq!(
            span,
            identity::execution_span_id(uuid, number).to_string(),
            "attempt {attempt} at {step}"
        );
        seen.insert((kind_of(uuid), number));
    }
    let kinds = ["max", "nil", "v4", "v7"].into_iter();
    let expected = kinds.flat_map(|kind| [1, 2, 300].map(|attempt| (kind, attempt)));
    assert_eq!(seen, expected.collect());
}

#[test]
fn recorded_transitions_have_the_ids_of_the_page() {
    let mut kinds = BTreeSet::new();
    for [task, from, to, micros, span] in rows("transitions") {
        let (micros, uuid) = (micros.parse::<i64>().unwrap(), uuid(task));
        let distance = Duration::from_micros(micros.unsigned_abs());
        let at = if micros < 0 {
            SystemTime::UNIX_EPOCH - distance
        } else {
            SystemTime::UNIX_EPOCH + distance
        };
        let computed = identity::transition_span_id(uuid, from, to, at).to_string();
        assert_eq!(span, computed, "{task}, {from} to {to}");
        kinds.insert((kind_of(uuid), micros.signum()));
    }
    let expected = ["max", "nil", "v4", "v7"].map(|kind| [-1, 0, 1].map(|sign| (kind, sign)));
    assert_eq!(kinds, expected.into_iter().flatten().collect());
}

#[test]
fn later_executions_have_the_ids_of_the_page() {
    let mut seen = BTreeSet::new();
    for [step, attempt, generation, continuation, bytes, span] in rows("later executions") {
        let uuid = uuid(step);
        let numbers @ [attempt, generation, continuation] =
            [attempt, generation, continuation].map(|number| number.parse().unwrap());
        let hashed = numbers.map(|number: u32| format!("{number:08x}")).concat();
        assert_eq!(bytes, format!("{}{hashed}", uuid.simple()), "{numbers:?} of {step}");
        let execution = identity::Execution::new(attempt)
            .generation(generation)
            .continuation(continuation);
        assert_eq!(span, execution.span_id(uuid).to_string(), "{numbers:?} of {step}");
        seen.insert((kind_of(uuid), numbers));
    }
    let kinds = ["max", "nil", "v4", "v7"].into_iter();
    let numbers = [[1, 1, 1], [2, 1, 1], [1, 0, 2], [300, 70_000, 3]];
    let expected = kinds.flat_map(|kind| numbers.map(|numbers| (kind, numbers)));
    assert_eq!(seen, expected.collect());
}

#[test]
fn steps_have_the_randomness_of_the_page() {
    let mut kinds = BTreeSet::new();
    for [step, randomness] in rows("randomness") {
        let uuid = uuid(step);
        assert_eq!(
            randomness,
            format!("{:014x}", identity::step_randomness(uuid)),
            "the randomness of {step}"
        );
        kinds.insert(kind_of(uuid));
    }
    assert_eq!(kinds, BTreeSet::from(["max", "nil", "v4", "v7"]));
}

#[test]
fn the_traceparents_of_the_page_lead_to_the_attempts() {
    for [task, step, attempt, traceparent] in rows("traceparents") {
        let trace_context = TraceContext::from_headers(Some(traceparent), None);
        assert_eq!(trace_context.trace_id(), Some(identity::trace_id(uuid(task))));
        assert_eq!(
            trace_context.span_id(),
            Some(identity::execution_span_id(uuid(step), attempt.parse().unwrap()))
        );
        assert!(trace_context.is_sampled());
        assert_eq!(trace_context.traceparent().as_deref(), Some(traceparent));
    }
}

#[test]
fn the_members_of_the_pages_tell_of_the_task() {
    let spans = include_str!("../../../docs/spans.md");
    let members = [spans, PAGE].map(|page| {
        let text = page.split(['`', '\n']).filter(|text| text.starts_with("tasker=t:"));
        text.collect::<Vec<_>>()
    });
    let [task, correlation_id] = [0, 1].map(|row| uuid(rows::<4>("tasks")[row][0]));
    let member = format!("tasker=t:{};c:{}", task.simple(), correlation_id.simple());
    assert_eq!(
        members,
        ["payments", "team%20a"].map(|namespace| vec![format!("{member};n:{namespace}")])
    );
    let traceparent = format!("00-{}-{}-01", identity::trace_id(task), identity::root_span_id(task));
    for member in members.concat() {
        let trace_context = TraceContext::from_headers(Some(&traceparent), Some(member));
        assert_eq!(trace_context.tracestate(), Some(member), "it is valid");
    }
}

/// The rows of the table after `<!-- vectors: NAME -->`, without its heading.
fn rows<const N: usize>(name: &str) -> Vec<[&'static str; N]> {
    let marker = format!("<!-- vectors: {name} -->\n\n");
    let (_, rest) = PAGE.split_once(&marker).unwrap_or_else(|| panic!("no table of {name}"));
    let table = rest.lines().take_while(|line| line.starts_with('|')).skip(2);
    let rows: Vec<[&str; N]> = table.map(cells).collect();
    assert!(!rows.is_empty(), "the table of {name} is empty");
    rows
}

fn cells<const N: usize>(row: &'static str) -> [&'static str; N] {
    let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
    let cells: [&str; N] = cells.try_into().unwrap_or_else(|_| panic!("not {N} cells: {row}"));
    cells.map(|cell| cell.trim_matches([' ', '`']))
}

fn uuid(text: &str) -> Uuid {
    text.parse().unwrap()
}

fn kind_of(uuid: Uuid) -> &'static str {
    match uuid.get_version_num() {
        4 => "v4",
        7 => "v7",
        _ if uuid.is_nil() => "nil",
        _ if uuid.is_max() => "max",
        version => panic!("{uuid} is of version {version}"),
    }
}
