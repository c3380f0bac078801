//! `Pipeline`: takes finished spans of other code, and callers' requests, to the export thread.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use super::shared_processor::SharedProcessor;
use super::stage::{Exporter, Stage};
use super::worker;
use crate::error::{Error, Kind};
use crate::record::{Finished, Queue, RequestFailure, Shared, Ticket, is_delivering};
use crate::stats::SPANS_NOT_EXPORTED;

/// The pipeline of a provider. The provider learns neither that the export starts nor that it is
/// shut down: layers, tracers and open spans stay valid, and later spans are still counted.
#[derive(Clone, Debug)]
pub(crate) struct Pipeline(Arc<Stage>);

impl Pipeline {
    pub(crate) fn new(processors: Vec<SharedProcessor>, resource: &Resource, capacity: usize, shared: Shared) -> Self {
        worker::prepare();
        let processors = Stage::processors(processors, resource);
        Self(Stage::new(processors, capacity, shared, worker::start))
    }

    pub(crate) fn queue(&self) -> &Arc<Queue> {
        &self.0.queue
    }

    #[cfg(feature = "_otlp")]
    pub(crate) fn shared(&self) -> &Shared {
        &self.0.shared
    }

    /// Sets the exporter that `build` returns. It is an error if one is set already.
    pub(crate) fn start(&self, build: impl FnOnce() -> Result<Option<Exporter>, Error>) -> Result<(), Error> {
        self.check("start the export of")?;
        self.0.set_exporter(build)
    }

    /// Does `work` on the export thread before the first span is exported. Then the subscriber is there.
    pub(crate) fn before_spans(&self, work: impl FnOnce() + Send + 'static) {
        self.0.add_before_spans(work);
    }

    /// Shows the processors a span of other code that starts.
    pub(super) fn start_span(&self, span: &mut Span, context: &Context) {
        if !self.0.queue.is_closed() {
            for processor in &self.0.processors {
                processor.on_start(span, context);
            }
        }
    }

    /// Passes on a span of other code, which is counted as ended if it is sampled.
    pub(super) fn end_span(&self, span: SpanData) {
        let span = self.0.shared.limits.apply(span);
        let is_sampled = span.span_context.is_sampled();
        // The program's hook runs on the export thread and before the processors, so it calls them, too.
        let is_redacted = self.0.shared.redactor.is_some();
        if !is_redacted && !self.0.queue.is_closed() {
            for processor in &self.0.processors {
                processor.on_end(span.clone());
            }
            if is_sampled && !self.0.has_exporter() {
                return SPANS_NOT_EXPORTED.add_one();
            }
        }
        if is_sampled {
            self.0.queue.push(Finished::Span(Box::new(span)));
        }
    }

    /// Exports every span that has ended. Callers at the same time get the same answer.
    pub(crate) fn flush(&self, deadline: Duration) -> Result<(), Error> {
        self.check("flush")?;
        if self.0.queue.is_closed() {
            return Err(Error::shut_down());
        }
        if self.has_nothing_to_do() {
            return Ok(());
        }
        self.need_thread("flush")?;
        let ticket = self.0.queue.requests().flush();
        self.0.queue.wake();
        if self.0.queue.is_finished() {
            self.0.queue.answer_rest();
        }
        match ticket.wait(deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(failure)) => Err(Error::exporter("not all spans were exported", &*failure)),
            None => Err(Error::timeout("the flush", deadline)),
        }
    }

    /// Exports the remaining spans and ends the thread. Later spans are only counted. All callers get the same answer.
    pub(crate) fn shutdown(&self, deadline: Duration) -> Result<(), Error> {
        self.check("shut down")?;
        self.request_shutdown();
        let (ticket, _) = self.0.queue.requests().shutdown();
        match ticket.wait(deadline) {
            Some(Ok(())) => Ok(()),
            Some(Err(failure)) => Err(Error::exporter("the exporter did not stop", &*failure)),
            None => Err(Error::timeout("the shutdown", deadline)),
        }
    }

    /// The same, without waiting.
    pub(crate) fn request_shutdown(&self) {
        self.0.queue.close();
        let (ticket, is_first) = self.0.queue.requests().shutdown();
        if is_first {
            self.begin_shutdown(&ticket);
        }
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.0.queue.is_closed()
    }

    fn begin_shutdown(&self, ticket: &Ticket) {
        if self.has_nothing_to_do() && !self.0.has_own_exporter() {
            self.0.queue.finish();
            ticket.answer(Ok(()));
        } else if let Err(error) = self.need_thread("shut down") {
            self.0.queue.finish();
            ticket.answer(Err(RequestFailure::from(error.to_string())));
        } else {
            self.0.queue.wake();
        }
    }

    /// Nothing has come, and nothing has to be told of a flush.
    fn has_nothing_to_do(&self) -> bool {
        !self.0.queue.has_thread() && self.0.processors.is_empty() && self.0.queue.len() == 0
    }

    fn need_thread(&self, what: &str) -> Result<(), Error> {
        if self.0.queue.start() {
            return Ok(());
        }
        let text = format!("cannot {what}: the system gives no thread for the export");
        Err(Error::new(Kind::Exporter, text))
    }

    /// In both cases the caller would wait for ever, or for what another process does.
    fn check(&self, what: &str) -> Result<(), Error> {
        let problem = if is_delivering() {
            "a span processor cannot {} the telemetry that calls it: it would wait for itself"
        } else if self.0.queue.is_forked() {
            "cannot {} the telemetry of the process that this one was forked from: build it after the fork"
        } else {
            return Ok(());
        };
        Err(Error::new(Kind::Exporter, problem.replace("{}", what)))
    }
}
