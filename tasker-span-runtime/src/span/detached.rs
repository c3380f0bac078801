//! `DetachedSpan`: a span that begins in one place and ends in another, for work that other programs do. Work that stays in
//! this program has its span as `ScopedSpan`.

use std::collections::HashMap;
use std::future::Future;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, MutexGuard};

use triomphe::Arc;

use super::carry::{Carried, InScope};
use super::end::{self, End};
use super::ending::Ending;
use super::local::LocalSpan;
use super::scoped::ScopedSpan;
use crate::lock::lock;
use crate::outcome::{Outcome, caught};
use crate::record::Recorder;

/// A span that is kept as a value until its outcome is known: of a step that a host in another language executes, or a remote
/// service. Made by [`ScopedSpan::detach`].
///
/// It is as small as a pointer, and may go to any thread. Code runs inside it as often as needed, and the span ends with
/// [`end`](Self::end), [`end_with`](Self::end_with) or [`cancel`](Self::cancel). Dropped without an end, it is cancelled. So are
/// those that are still open when [`Telemetry`](crate::Telemetry) shuts down.
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use tasker_span_runtime::{DetachedSpan, Uuid, step_scope};
///
/// /// The steps that the host executes.
/// #[derive(Default)]
/// struct Host {
///     pending: Mutex<HashMap<Uuid, DetachedSpan>>,
/// }
///
/// impl Host {
///     /// The host polls for the event later. Its spans are children of `traceparent`.
///     fn dispatch(&self, event_id: Uuid, task: Uuid, step: Uuid) -> Option<String> {
///         let span = step_scope!(
///             "step.execution",
///             task_uuid = task,
///             step_uuid = step,
///             correlation_id = task,
///             namespace = "payments",
///             handler_name = "charge_payment",
///             attempt_number = 1,
///         )
///         .detach();
///         let traceparent = span.trace_context().traceparent();
///         self.pending.lock().unwrap().insert(event_id, span);
///         traceparent
///     }
///
///     /// Called minutes later, on another thread.
///     fn complete(&self, event_id: Uuid, result: Result<(), String>) {
///         let span = self.pending.lock().unwrap().remove(&event_id);
///         if let Some(span) = span {
///             span.in_scope(|| tracing::info!("the host has answered"));
///             span.end_with(&result);
///         }
///     }
/// }
/// # let (host, id) = (Host::default(), Uuid::from_u128(7));
/// # host.dispatch(id, id, id);
/// # host.complete(id, Ok(()));
/// ```
#[derive(Debug)]
#[must_use = "a detached span that is dropped is cancelled: keep it, and call `end_with`"]
pub struct DetachedSpan(Option<Arc<LocalSpan>>);

impl ScopedSpan {
    /// Keeps the span as a value, to be ended elsewhere.
    ///
    /// ```
    /// # use tasker_span_runtime::{Uuid, step_scope};
    /// let span = step_scope!("handler.execution", step_uuid = Uuid::from_u128(7), inherit).detach();
    /// std::thread::spawn(move || span.end()).join().unwrap();
    /// ```
    pub fn detach(self) -> DetachedSpan {
        let span = self.into_span();
        if let Some(span) = &span
            && let Some(mut open) = open()
        {
            open.insert(key(span), Arc::clone(span));
        }
        DetachedSpan(span)
    }
}

impl DetachedSpan {
    /// Runs `work` inside the span, as often as needed and on any thread. Spans and events of `work` are the span's. Neither its
    /// return nor a panic ends the span.
    ///
    /// ```
    /// # use tasker_span_runtime::{Uuid, step_scope};
    /// # let span = step_scope!("handler.execution", step_uuid = Uuid::from_u128(7), inherit).detach();
    /// let size = span.in_scope(|| {
    ///     tracing::info!("half of it is done");
    ///     3
    /// });
    /// # assert_eq!(size, 3);
    /// # span.end();
    /// ```
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        self.carried().run(work)
    }

    /// Runs `future` inside the span, wherever it is polled. Its end is not that of the span.
    ///
    /// ```
    /// # use tasker_span_runtime::{Uuid, step_scope};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// # let span = step_scope!("handler.execution", step_uuid = Uuid::from_u128(7), inherit).detach();
    /// span.instrument(async { tracing::info!("half of it is done") }).await;
    /// span.end();
    /// # }
    /// ```
    pub fn instrument<F: Future>(&self, future: F) -> InScope<F> {
        self.carried().into_future(future)
    }

    /// Ends the span as a success.
    pub fn end(self) {
        self.finish(End::Returned(&mut Ending::new(None)));
    }

    /// Ends the span with the outcome of a `Result`, a [`Failure`](crate::Failure), or any other [`Outcome`].
    ///
    /// ```
    /// # use tasker_span_runtime::{Failure, Uuid, step_scope};
    /// # let span = step_scope!("handler.execution", step_uuid = Uuid::from_u128(7), inherit).detach();
    /// // The host tells the class and the message of its exception.
    /// span.end_with(&Failure::new("PaymentError").with_description("card declined"));
    /// ```
    pub fn end_with<R: Outcome + ?Sized>(self, outcome: &R) {
        let mut ending = Ending::new(None);
        ending.read(&outcome, |outcome, ending| ending.outcome(outcome.failure()));
        self.finish(End::Returned(&mut ending));
    }

    /// Ends the span as cancelled. So does a drop.
    pub fn cancel(self) {
        drop(self);
    }

    /// Does nothing if a shutdown has ended the span.
    fn finish(mut self, how: End<'_>) {
        if let Some(span) = self.0.take()
            && take(&span)
        {
            end::end(span, how);
        }
    }

    fn carried(&self) -> Carried {
        Carried::of(self.0.clone())
    }

    /// `None` if no subscriber wants the span.
    pub(crate) fn local(&self) -> Option<&LocalSpan> {
        self.0.as_deref()
    }
}

impl Drop for DetachedSpan {
    fn drop(&mut self) {
        if self.0.is_some() {
            Self(self.0.take()).finish(End::Cancelled);
        }
    }
}

/// The open detached spans, by their addresses. The code that takes a span from here ends it.
static OPEN: Mutex<Open> = Mutex::new(Open::with_hasher(BuildHasherDefault::new()));

type Open = HashMap<usize, Arc<LocalSpan>, BuildHasherDefault<DefaultHasher>>;

fn open() -> Option<MutexGuard<'static, Open>> {
    lock(&OPEN)
}

fn key(span: &Arc<LocalSpan>) -> usize {
    Arc::as_ptr(span) as usize
}

/// Whether the caller is to end the span. If the table is lost by a fork, its only owner is.
fn take(span: &Arc<LocalSpan>) -> bool {
    open().is_none_or(|mut open| open.remove(&key(span)).is_some())
}

/// Ends the detached spans of a recorder that stops, as cancelled.
pub(crate) fn cancel_detached(recorder: &Recorder) {
    let is_of = |span: &LocalSpan| {
        let settings = span.settings.as_deref();
        settings.is_some_and(|settings| settings.recorder.is(recorder))
    };
    let spans: Vec<_> = open().map_or_else(Vec::new, |mut open| open.extract_if(|_, span| is_of(span)).collect());
    for (_, span) in spans {
        // In strict mode a violation panics.
        caught(|| end::end(span, End::Cancelled));
    }
}
