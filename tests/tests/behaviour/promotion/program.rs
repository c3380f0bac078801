//! A random program: its operations, which `strategy` makes and `run` performs.

use std::sync::Arc;

use tasker_span_tests::prelude::*;

use super::functions::Function;

pub(super) const NAMESPACES: [&str; 2] = ["payments", "orders"];

#[derive(Clone, Debug)]
pub(super) struct Program {
    /// Makes the ids of tasks and steps.
    pub(super) seed: u64,
    /// To begin with, and to change to.
    pub(super) rates: Vec<Rates>,
    /// Attaches contexts by OpenTelemetry's API, and leaves spans in the order in which it has entered them: OpenTelemetry's
    /// current context depends on that order.
    pub(super) attaches: bool,
    pub(super) ops: Ops,
}

#[derive(Clone, Debug)]
pub(super) struct Rates {
    pub(super) tasks: f64,
    pub(super) steps: f64,
    pub(super) orders: Option<f64>,
    pub(super) keeps_errors: bool,
}

impl Rates {
    /// Every span is sampled.
    pub(super) const ALL: Self = Self {
        tasks: 1.0,
        steps: 1.0,
        orders: None,
        keeps_errors: true,
    };

    pub(super) fn sampling(&self) -> Sampling {
        let sampling = Sampling::new().task_rate(self.tasks).step_rate(self.steps);
        let sampling = match self.orders {
            Some(rate) => sampling.namespace_rate(NAMESPACES[1], rate),
            None => sampling,
        };
        if self.keeps_errors {
            sampling
        } else {
            sampling.discard_errors()
        }
    }
}

pub(super) type Ops = Arc<[Op]>;

/// An operation. An index is of the things of its kind that there are, modulo their number.
#[derive(Clone, Debug)]
pub(super) enum Op {
    /// Calls a function; an asynchronous one is awaited, or polled a few times by synchronous code.
    Call(Call),
    /// Calls an asynchronous function, whose future is polled later.
    Create(Carry, Call),
    Poll(usize),
    Cancel(usize),
    /// Polls two futures, and drops the other one if one ends.
    Select(usize, usize),
    Yield,
    /// Catches a panic.
    Catch(Ops),
    /// So many failed attempts at a step, and a successful one.
    Retry(Target, u32, Ops),
    /// Opens a span of the block form.
    Open {
        of_step: bool,
        target: Target,
    },
    Enter(usize),
    EnterOtherCode,
    /// Work inside another context, attached by OpenTelemetry's API if the program attaches any.
    Attach(Attached, Ops),
    Leave(usize),
    /// Makes a future of an open span.
    Instrument(usize, Ops),
    /// Drops an open span without work.
    Close(usize),
    /// Work on another thread, which is joined.
    Spawn(Carry, Ops),
    /// Work that goes on later.
    Defer(Carry, Ops),
    Continue(usize),
    Log(Log),
    Record,
    /// Sends the trace context to a later execution.
    Send,
    RecordSent,
    Lose(Target),
    SetSampling(usize),
}

#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) function: Function,
    pub(super) target: Target,
    pub(super) is_async: bool,
    pub(super) end: End,
    /// Records what the function declared late.
    pub(super) records: bool,
    pub(super) inside: Ops,
}

/// The task, the step and the attempt, or the states of a transition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) task: usize,
    pub(super) step: usize,
    pub(super) attempt: u32,
    pub(super) states: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Ok,
    Err,
    Panic,
    /// It never ends: its future is dropped.
    Pending,
}

/// What work takes of the enclosing spans.
#[derive(Clone, Copy, Debug)]
pub(super) enum Carry {
    Nothing,
    /// By `in_current_scope`.
    Scope,
    /// By `in_current_span`.
    Span,
}

/// A context of OpenTelemetry's API.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attached {
    /// In the trace of this task; otherwise in one of its own.
    pub(super) task: Option<usize>,
    pub(super) is_remote: bool,
    pub(super) is_sampled: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Log {
    Info,
    Warn,
    Error,
    /// With an error as its field.
    Exception,
}
