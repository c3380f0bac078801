//! What is counted: a function of one of the instrumentations, under one telemetry.

use std::fs;
use std::hint::black_box;

use crate::calls::{CALLS, Call, Reply};
use crate::failure::Failure;
use crate::instrumentation::{Instrument, Instrumentation, Ours, Plain};
use crate::setup::{Destination, Installed};
use crate::subject::Subject;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Case {
    /// What the command line calls it.
    pub(super) name: &'static str,
    pub(super) subject: Subject,
    pub(super) called: Called,
}

/// Which function is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Called {
    /// Steps, one after the other.
    Step,
    /// Handlers in one step that is open around them, which read their own attributes.
    Handler,
    /// The same, with what the step knows.
    InheritingHandler,
}

/// How often the function is called.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Before anything is counted: call sites register, pools and buffers grow.
    pub(super) before: u32,
    pub(super) counted: u32,
}

/// Cases that are compared with each other.
#[derive(Debug)]
pub(super) struct Group {
    pub(super) title: &'static str,
    pub(super) cases: &'static [Case],
    /// The name of the case that the others are divided by.
    pub(super) reference: &'static str,
}

macro_rules! cases {
    ($($name:literal $subject:ident $called:ident,)*) => {
        &[$(Case { name: $name, subject: Subject::$subject, called: Called::$called },)*]
    };
}

pub(super) const GROUPS: [Group; 5] = [
    Group {
        title: "kept",
        cases: cases! {
            "kept" Kept Step,
            "kept-by-sampling" SampledAmongRates Step,
            "instrument" Instrument Step,
            "lean-instrument" LeanInstrument Step,
        },
        reference: "instrument",
    },
    Group {
        title: "kept, inside a kept step",
        cases: cases! {
            "kept-handler" Kept Handler,
            "kept-inherit" Kept InheritingHandler,
            "instrument-handler" Instrument Handler,
            "lean-instrument-handler" LeanInstrument Handler,
        },
        reference: "instrument-handler",
    },
    Group {
        title: "dropped",
        cases: cases! {
            "dropped" Dropped Step,
            "dropped-instrument" DroppedInstrument Step,
            "dropped-lean-instrument" DroppedLeanInstrument Step,
        },
        reference: "dropped-instrument",
    },
    Group {
        title: "dropped, inside a dropped step",
        cases: cases! {
            "dropped-handler" Dropped Handler,
            "dropped-inherit" Dropped InheritingHandler,
            "dropped-instrument-handler" DroppedInstrument Handler,
            "dropped-lean-instrument-handler" DroppedLeanInstrument Handler,
        },
        reference: "dropped-instrument-handler",
    },
    Group {
        title: "disabled",
        cases: cases! {
            "plain" Plain Step,
            "off" Off Step,
            "off-instrument" OffInstrument Step,
        },
        reference: "off-instrument",
    },
];

/// The case of that name.
pub(super) fn find(name: &str) -> Result<&'static Case, Failure> {
    let mut cases = GROUPS.iter().flat_map(|group| group.cases);
    let found = cases.find(|case| case.name == name);
    found.ok_or_else(|| Failure::new(format!("there is no case `{name}`: see --help")))
}

impl Case {
    /// How its row reads.
    pub(super) fn title(&self) -> String {
        let span = match self.called {
            Called::Step => "`step.execution`",
            Called::Handler => "`handler.execution` with attributes of its own",
            Called::InheritingHandler => "`handler.execution` with `inherit`",
        };
        if self.subject.is_ours() {
            format!("{}: {span}", self.subject.label())
        } else {
            self.subject.label().to_owned()
        }
    }

    /// Calls the function, and makes sure that its spans have become what they should.
    pub(super) fn run(&self, times: Times) -> Result<(), Failure> {
        let installed = Installed::new(self.subject, &Destination::Dropped, 0)?;
        let spans = match self.subject {
            Subject::Plain => self.call::<Plain>(times),
            subject if subject.is_ours() => self.call::<Ours>(times),
            _ => self.call::<Instrument>(times),
        };
        let expected = if self.subject.is_exported() { spans } else { 0 };
        let (ended, incomplete) = (installed.exported(), installed.incomplete());
        if ended != expected || incomplete != 0 {
            return Err(Failure::new(format!(
                "{expected} spans should have ended, and {ended} have, {incomplete} of them without all of their attributes"
            )));
        }
        only_thread()
    }

    /// Returns how many spans that takes.
    fn call<I: Instrumentation>(&self, times: Times) -> u64 {
        let spans = u64::from(times.before) + u64::from(times.counted);
        let function = match self.called {
            Called::Step => {
                call(&CALLS, times, I::step);
                return spans;
            }
            Called::Handler => I::handler,
            Called::InheritingHandler => I::inheriting_handler,
        };
        // The message of a step is that of its handlers. As many as there are, however many are needed: to make them must
        // not count.
        let same = vec![CALLS[0].clone(); CALLS.len()];
        I::around(&CALLS[0], || call(&same, times, function));
        spans + 1
    }
}

fn call(calls: &[Call], times: Times, function: fn(&Call) -> Reply) {
    let (before, rest) = calls.split_at(times.before as usize);
    for call in before {
        let _ = black_box(black_box(function)(call));
    }
    counted_calls(&rest[..times.counted as usize], function);
}

/// Fails where another thread could do a part of the work: only this one's is counted.
fn only_thread() -> Result<(), Failure> {
    let threads = fs::read_dir("/proc/self/task").map_err(Failure::of("looking for other threads"))?;
    match threads.count() {
        1 => Ok(()),
        several => Err(Failure::new(format!("{several} threads, of which only one is counted"))),
    }
}

/// What Callgrind counts, by this name.
#[inline(never)]
fn counted_calls(calls: &[Call], function: fn(&Call) -> Reply) {
    let function = black_box(function);
    for call in calls {
        let _ = black_box(function(call));
    }
}
