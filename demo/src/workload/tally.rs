//! `Tally`: counts of exported spans.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::Status;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use uuid::Uuid;

use super::probability;

/// A span processor that counts by namespace. Clones share the counts.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Mutex<Counts>>);

/// Counts of exported spans.
#[derive(Clone, Debug, Default)]
pub(super) struct Counts {
    pub(super) namespaces: HashMap<String, Exported>,
    /// The steps whose `handler.execution` failed.
    pub(super) failed: HashSet<Uuid>,
    /// The steps whose `step.execution` was exported.
    pub(super) executed: HashSet<Uuid>,
    pub(super) spans: u64,
}

/// Counts of a namespace's exported spans.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Exported {
    pub(super) spans: u64,
    /// Sampled executions.
    pub(super) sampled: u64,
    /// The executions that they represent.
    pub(super) extrapolated: f64,
    /// Unsampled executions, sampled by error.
    pub(super) sampled_by_error: u64,
}

impl Tally {
    /// How many spans were exported.
    pub fn spans(&self) -> u64 {
        self.lock().spans
    }

    pub(super) fn counts(&self) -> Counts {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, Counts> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&mut self, span: &SpanData) {
        self.spans += 1;
        let exported = self
            .namespaces
            .entry(text(span, "namespace").unwrap_or_default())
            .or_default();
        exported.spans += 1;
        let step_uuid: Option<Uuid> = text(span, "step_uuid").and_then(|id| id.parse().ok());
        match &*span.name {
            "step.execution" => {
                self.executed.extend(step_uuid);
                if text(span, "tasker.sampled_by").is_some() {
                    exported.sampled_by_error += 1;
                } else {
                    exported.sampled += 1;
                    exported.extrapolated += probability(&span.span_context.trace_state().header()).recip();
                }
            }
            "handler.execution" if has_failed(span) => self.failed.extend(step_uuid),
            _ => {}
        }
    }
}

fn has_failed(span: &SpanData) -> bool {
    matches!(span.status, Status::Error { .. }) || text(span, "tasker.cancelled").is_some()
}

fn text(span: &SpanData, name: &str) -> Option<String> {
    let attribute = span
        .attributes
        .iter()
        .find(|attribute| attribute.key.as_str() == name)?;
    Some(attribute.value.to_string())
}

impl SpanProcessor for Tally {
    fn on_start(&self, _span: &mut Span, _context: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.lock().add(&span);
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _timeout: Duration) -> OTelSdkResult {
        Ok(())
    }
}
