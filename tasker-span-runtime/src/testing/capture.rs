//! Capture of the spans of one test.

use std::future::Future;
use std::marker::PhantomData;
use std::sync::{Arc, MutexGuard};

use arc_swap::ArcSwap;
use tracing::instrument::{WithDispatch, WithSubscriber};
use tracing::subscriber::DefaultGuard;
use tracing::{Dispatch, dispatcher};

use super::{SpanStore, Spans};
use crate::Sampling;
use crate::sampling::Rates;
use crate::span::SpanLayer;

/// Captures every span of a test, until it is dropped.
///
/// The capture is the default subscriber of the thread that starts it, so parallel tests do not see each other's spans. It has
/// an identity cache of its own, so they may use the same ids. Work on other threads, and tasks spawned on a multi-thread
/// runtime, join by [`run`](Self::run), [`run_async`](Self::run_async) or [`dispatch`](Self::dispatch).
///
/// The code under test has no capture at hand, and its own spawns lose it on another thread.
/// [`in_current_scope`](crate::in_current_scope) carries the span, and not the subscriber. So use a current-thread runtime,
/// the default of `#[tokio::test]`: it captures what the code gives to `tokio::spawn`. Work of `spawn_blocking`, of threads
/// and of a multi-thread runtime is captured if the code carries the subscriber: a future by
/// [`with_current_subscriber`](tracing::instrument::WithSubscriber::with_current_subscriber), a closure by
/// [`with_default`](tracing::dispatcher::with_default).
///
/// ```
/// use tasker_span_runtime::testing::Capture;
///
/// let capture = Capture::start();
/// tracing::info_span!("order").in_scope(|| tracing::info_span!("charge").in_scope(|| {}));
///
/// assert_eq!(capture.spans().to_tree_text(), "order\n  charge\n");
/// ```
#[derive(Debug)]
pub struct Capture {
    pub(super) dispatch: Dispatch,
    pub(super) store: SpanStore,
    pub(super) rates: Arc<ArcSwap<Rates>>,
    pub(super) _default: DefaultGuard,
    /// The guard belongs to its thread: a capture may be shared with other threads, but not moved to one.
    pub(super) _not_send: PhantomData<MutexGuard<'static, ()>>,
}

impl Capture {
    /// The spans that have ended so far.
    ///
    /// Of work whose transition is still to come, it does not come: see [the allowed
    /// parents](https://github.com/tasker-systems/tasker-span/blob/main/docs/spans.md#work-outside-of-its-transition).
    pub fn spans(&self) -> Spans {
        if let Some(layer) = self.dispatch.downcast_ref::<SpanLayer>() {
            layer.0.recorder.stop_waiting();
        }
        self.store.spans()
    }

    /// Forgets the spans that have ended so far.
    pub fn clear(&self) {
        drop(self.spans());
        self.store.clear();
    }

    /// Panics with every problem and the tree, unless all that was captured is right by the catalogue and complete: see
    /// [`Spans::check_complete`]. [`Spans::assert_valid`] is for tests in which no task comes to its end.
    ///
    /// # Panics
    ///
    /// If there is a problem, or no span at all.
    #[track_caller]
    pub fn assert_complete(&self) {
        self.spans().assert_complete();
    }

    /// Decides by other rates from now on, as a program does whose configuration is read again. What has begun stays as it is.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    /// use tasker_span_runtime::{Sampling, Uuid, task_scope};
    ///
    /// let capture = Capture::start();
    /// capture.set_sampling(&Sampling::new().task_rate(0.0));
    /// let task = Uuid::from_u128(7);
    /// let span = task_scope!("task.orchestration", task_uuid = task, correlation_id = task, namespace = "payments");
    /// span.in_scope(|| ());
    /// assert!(capture.spans().is_empty());
    /// ```
    ///
    /// # Panics
    ///
    /// If a rate is not between 0 and 1.
    pub fn set_sampling(&self, sampling: &Sampling) {
        self.rates.store(Arc::new(rates_of(sampling)));
    }

    /// The subscriber behind the capture.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    /// use tracing::dispatcher;
    ///
    /// let capture = Capture::start();
    /// let dispatch = capture.dispatch().clone();
    /// let worker = std::thread::spawn(move || {
    ///     dispatcher::with_default(&dispatch, || tracing::info_span!("charge").in_scope(|| {}));
    /// });
    /// worker.join().unwrap();
    /// assert_eq!(capture.spans().names(), ["charge"]);
    /// ```
    pub fn dispatch(&self) -> &Dispatch {
        &self.dispatch
    }

    /// Captures what `work` does on the current thread.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    ///
    /// let capture = Capture::start();
    /// std::thread::scope(|threads| {
    ///     threads.spawn(|| capture.run(|| tracing::info_span!("charge").in_scope(|| {})));
    /// });
    /// assert_eq!(capture.spans().names(), ["charge"]);
    /// ```
    pub fn run<R>(&self, work: impl FnOnce() -> R) -> R {
        dispatcher::with_default(&self.dispatch, work)
    }

    /// Captures what `future` does, on whichever thread it is polled.
    ///
    /// ```
    /// use tasker_span_runtime::testing::Capture;
    ///
    /// # #[tokio::main(flavor = "multi_thread", worker_threads = 1)]
    /// # async fn main() {
    /// let capture = Capture::start();
    /// let task = async { tracing::info_span!("charge").in_scope(|| {}) };
    /// tokio::spawn(capture.run_async(task)).await.unwrap();
    /// assert_eq!(capture.spans().names(), ["charge"]);
    /// # }
    /// ```
    pub fn run_async<F: Future>(&self, future: F) -> WithDispatch<F> {
        future.with_subscriber(self.dispatch.clone())
    }
}

/// The rates of these settings.
pub(super) fn rates_of(sampling: &Sampling) -> Rates {
    if let Err(error) = sampling.validate("`Capture`") {
        panic!("{error}");
    }
    crate::sampling::activate_slowness(sampling);
    Rates::new(sampling)
}
