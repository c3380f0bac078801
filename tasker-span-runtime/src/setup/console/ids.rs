//! The ids of the span that a line is logged in.

use std::fmt;

use opentelemetry::Context;
use opentelemetry::trace::TraceContextExt;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};

use super::dropped;
use crate::{outcome, scope};

/// A timer for a `fmt` layer of a program's own: behind the time stand the ids of the span in which the line was logged, as
/// the console of [`TelemetryBuilder::install`](crate::TelemetryBuilder::install) has them.
///
/// Inside a scope that [sampling](crate::Sampling) has dropped they are the ids that
/// [`TraceContext::current`](crate::TraceContext::current) sends along, under which the span is exported if something in it fails. They
/// are called as in OpenTelemetry's [trace context in non-OTLP log
/// formats](https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/).
///
/// ```
/// use tasker_span_runtime::{LogIds, LogScopes};
/// use tracing_subscriber::fmt::{self, time::SystemTime};
///
/// let format = fmt::format().with_timer(LogIds::new(SystemTime));
/// let layer = fmt::layer::<tracing_subscriber::Registry>().event_format(LogScopes::full(format));
/// # drop(layer);
/// ```
///
/// ```text
/// 2026-03-02T10:00:00.000000Z trace_id=45e6… span_id=9c1b…  INFO step.execution{…}: payments: charging
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct LogIds<T = SystemTime> {
    timer: T,
    leaves_out_dropped: bool,
}

impl<T> LogIds<T> {
    /// The ids behind what `timer` writes.
    pub const fn new(timer: T) -> Self {
        Self {
            timer,
            leaves_out_dropped: false,
        }
    }

    pub(super) const fn dropped(mut self, shown: bool) -> Self {
        self.leaves_out_dropped = !shown;
        self
    }
}

impl<T: FormatTime> FormatTime for LogIds<T> {
    fn format_time(&self, w: &mut Writer<'_>) -> fmt::Result {
        self.timer.format_time(w)?;
        match Ids::current() {
            Some(Ids { is_dropped: true, .. }) if self.leaves_out_dropped => Ok(()),
            Some(ids) => write!(w, " trace_id={:032x} span_id={:016x}", ids.trace_id, ids.span_id),
            None => Ok(()),
        }
    }
}

/// The ids of the running code.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ids {
    pub(super) trace_id: u128,
    pub(super) span_id: u64,
    is_dropped: bool,
}

impl Ids {
    pub(super) fn current() -> Option<Self> {
        // Where the task is not known there are none, and those of a kept span around would be wrong.
        if scope::is_dropped() {
            let (trace_id, span_id) = dropped::ids()?;
            return Some(Self {
                trace_id: trace_id.to_u128(),
                span_id: span_id.to_u64(),
                is_dropped: true,
            });
        }
        // OpenTelemetry may complain about its stack of contexts while it changes it, and panics if it is read then.
        let of_span = || {
            Context::map_current(|context| {
                let span = context.span();
                let span = span.span_context();
                span.is_valid().then(|| Self {
                    trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
                    span_id: u64::from_be_bytes(span.span_id().to_bytes()),
                    is_dropped: false,
                })
            })
        };
        outcome::caught(of_span).flatten()
    }
}
