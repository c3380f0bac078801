//! Loops whose turns spawn the next one inside their own span.

use std::cell::RefCell;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};

use tasker_span_tests::prelude::*;
use tasker_span_tests::process;
use tracing::{Instrument, Span};

/// Enough to overflow a stack, if a turn held the one before it.
const TURNS: usize = 100_000;
/// Of promoted spans, which take longer.
const PROMOTED_TURNS: usize = 20_000;
/// The export of a capture is a list, which is cleared now and then.
const CHUNK: usize = 1_000;

type Turn = Pin<Box<dyn Future<Output = ()>>>;

thread_local! {
    /// An executor of one task.
    static NEXT: RefCell<Option<Turn>> = const { RefCell::new(None) };
}

/// The turns that exist, running or not.
static ALIVE: AtomicUsize = AtomicUsize::new(0);

struct Alive;

impl Alive {
    fn new() -> Self {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Self
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy, Debug)]
enum Spawn {
    InScope,
    InSpan,
    /// In a span of the block form.
    OfBlock,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    spawn: Spawn,
    is_promoted: bool,
    is_sampled: bool,
}

#[step_span("handler.execution", inherit)]
async fn turn(case: Case, alive: Alive) {
    if case.is_promoted {
        drop(Span::current());
    }
    spawn(case);
    drop(alive);
}

/// Boxed, so that a turn's type does not contain the next one's.
fn boxed(case: Case) -> Turn {
    Box::pin(turn(case, Alive::new()))
}

fn spawn(case: Case) {
    let next: Turn = match case.spawn {
        Spawn::InScope => Box::pin(boxed(case).in_current_scope()),
        Spawn::InSpan => Box::pin(boxed(case).in_current_span()),
        Spawn::OfBlock => Box::pin(step_scope!("handler.execution", inherit).instrument(boxed(case))),
    };
    NEXT.set(Some(next));
}

fn run(capture: &Capture, turns: usize) {
    for count in 0..turns {
        let mut next = NEXT.take().expect("each turn spawns the next one");
        assert!(poll(next.as_mut()).is_ready());
        assert!(ALIVE.load(Ordering::Relaxed) <= 2);
        if count % CHUNK == 0 {
            capture.clear();
        }
    }
    capture.clear();
}

fn goes_on(case: Case) {
    let capture = if case.is_sampled { Capture::start() } else { no_tasks() };
    let task = Task::default();
    execute(&task, &task.step(), || spawn(case));
    // The first turns make what is made once.
    run(&capture, 2 * CHUNK);
    let is_promoted = case.is_promoted || matches!(case.spawn, Spawn::InSpan);
    let turns = if is_promoted { PROMOTED_TURNS } else { TURNS };
    let left = allocation_counter::measure(|| run(&capture, turns));
    assert!(left.bytes_current < 100_000, "{case:?} leaves {left:?}");
    NEXT.take();
    let last = allocation_counter::measure(|| drop(capture));
    assert!(last.count_total < 10_000, "{case:?} keeps the past: {last:?}");
}

fn ways() -> impl Iterator<Item = (Spawn, bool)> {
    let spawns = [Spawn::InScope, Spawn::InSpan, Spawn::OfBlock].into_iter();
    spawns.flat_map(|spawn| [false, true].map(|is_promoted| (spawn, is_promoted)))
}

/// An overflow of the stack would end the process.
#[test]
fn a_loop_that_spawns_its_next_turn_in_its_own_span_goes_on() {
    process::alone_each(ways(), |(spawn, is_promoted)| {
        goes_on(Case {
            spawn,
            is_promoted,
            is_sampled: true,
        });
    });
}

#[test]
fn a_loop_that_spawns_its_next_turn_in_its_own_unsampled_span_goes_on() {
    process::alone_each(ways(), |(spawn, is_promoted)| {
        goes_on(Case {
            spawn,
            is_promoted,
            is_sampled: false,
        });
    });
}

/// A turn that is work of the one before it.
fn nested(left: usize) {
    handle(|| {
        if left > 0 {
            in_current_scope(move || nested(left - 1))();
        }
    });
}

/// A span lets go of those that enclose it after so many turns, and not before it has looked at them.
#[test]
fn each_turn_is_checked_against_the_one_before_it() {
    let capture = Capture::start();
    let task = Task::default();
    execute(&task, &task.step(), || nested(200));
    let spans = capture.spans();
    let turns = spans.named("handler.execution");
    let violations: Vec<_> = turns.iter().map(|turn| turn.text("tasker.violation")).collect();
    assert_eq!(violations.len(), 201);
    let unchecked = violations.iter().filter(|violation| violation.is_none()).count();
    assert_eq!(unchecked, 1, "only the first turn is in its position: {violations:?}");
    let is_of_turn = |violation: &&str| violation.contains("is a child of handler.execution");
    assert_eq!(violations.into_iter().flatten().filter(is_of_turn).count(), 200);
    let parents: std::collections::HashSet<_> = turns.iter().map(CapturedSpan::parent_span_id).collect();
    assert_eq!(parents.len(), 201, "each turn has a parent of its own");
}
