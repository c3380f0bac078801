//! What spans allocate, counted by an allocator that the command `heap` brings along: one process for each subject.

use std::fmt;
use std::hint::black_box;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Waker};

use crate::calls::CALLS;
use crate::failure::Failure;
use crate::instrumentation::{Fastrace, Instrument, Instrumentation, OpenTelemetry, Ours, Plain};
use crate::setup::{Destination, Installed};
use crate::subject::Subject;

/// What the calling thread has allocated, less what it has freed but for the first number.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// How many allocations, those included that are free again.
    pub allocations: u64,
    /// How many bytes are left.
    pub held: i64,
}

/// What a subject's spans allocate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Allocations for each span, from its begin to its end.
    pub allocations: f64,
    /// Bytes on the heap for each span that is open.
    pub held: f64,
}

/// Below the length of the queue in front of the exporter; almost what the pages of `tracing`'s registry hold that it fills.
const SPANS: u16 = 2_000;

/// Measures a subject with an allocator's count.
pub fn measure(subject: Subject, count: fn(&mut dyn FnMut()) -> Count) -> Result<Usage, Failure> {
    let telemetry = Installed::new(subject, &Destination::Nowhere, 0)?;
    match subject {
        Subject::Plain => usage::<Plain>(subject, &telemetry, count),
        Subject::Kept | Subject::SampledAmongRates | Subject::Dropped | Subject::Off => {
            usage::<Ours>(subject, &telemetry, count)
        }
        Subject::Instrument
        | Subject::LeanInstrument
        | Subject::DroppedInstrument
        | Subject::DroppedLeanInstrument
        | Subject::OffInstrument => usage::<Instrument>(subject, &telemetry, count),
        Subject::OpenTelemetry => usage::<OpenTelemetry>(subject, &telemetry, count),
        Subject::Fastrace => usage::<Fastrace>(subject, &telemetry, count),
    }
}

fn usage<I: Instrumentation>(
    subject: Subject,
    telemetry: &Installed,
    count: fn(&mut dyn FnMut()) -> Count,
) -> Result<Usage, Failure> {
    let calls = &CALLS[..usize::from(SPANS)];
    let mut run = || {
        for call in calls {
            // No call returns the error.
            let _ = black_box(I::step(call));
        }
    };
    // What the first spans of a process allocate is not theirs.
    run();
    telemetry.flush()?;
    let ended = count(&mut run);
    telemetry.flush()?;

    // The futures themselves are there before.
    let mut futures: Vec<Pin<Box<_>>> = calls.iter().map(|call| Box::pin(I::polled(call, 2))).collect();
    let mut context = Context::from_waker(Waker::noop());
    let open = count(&mut || {
        for future in &mut futures {
            let is_ready = future.as_mut().poll(&mut context).is_ready();
            assert!(!is_ready, "a future that is polled for the first time is pending");
        }
    });
    for future in &mut futures {
        let _ = black_box(future.as_mut().poll(&mut context));
    }
    drop(futures);
    telemetry.flush()?;

    let expected = if subject.is_exported() { 3 * u64::from(SPANS) } else { 0 };
    if telemetry.exported() != expected {
        let exported = telemetry.exported();
        return Err(Failure::new(format!(
            "{exported} spans exported where {expected} were expected"
        )));
    }
    let allocations = u32::try_from(ended.allocations).map_err(Failure::of("counting allocations"))?;
    let held = i32::try_from(open.held).map_err(Failure::of("counting bytes"))?;
    Ok(Usage {
        allocations: f64::from(allocations) / f64::from(SPANS),
        held: f64::from(held) / f64::from(SPANS),
    })
}

impl fmt::Display for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.allocations, self.held)
    }
}

impl FromStr for Usage {
    type Err = Failure;

    fn from_str(line: &str) -> Result<Self, Failure> {
        let numbers: Result<Vec<f64>, _> = line.trim().split(' ').map(str::parse).collect();
        match numbers.as_deref() {
            Ok(&[allocations, held]) => Ok(Self { allocations, held }),
            _ => Err(Failure::new(format!("`{line}` is no usage of the heap"))),
        }
    }
}
