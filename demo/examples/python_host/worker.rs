//! `Worker`: dispatches steps to a host in another language, and completes them when it answers.

use std::collections::HashMap;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tasker_span_runtime::{DetachedSpan, Failure, Outcome, Uuid, step_scope, step_span};

use crate::orchestrator::{Order, begin, end};

/// An event for the host.
#[expect(clippy::struct_field_names, reason = "the name in Tasker's events")]
#[derive(Serialize)]
struct Event<'a> {
    event_id: Uuid,
    handler: &'a str,
    payload: &'a Value,
    traceparent: Option<String>,
    tracestate: Option<&'a str>,
}

/// What the host answers, in any order.
#[derive(Deserialize)]
struct Answer {
    event_id: Uuid,
    error: Option<HostError>,
}

/// The exception of a handler.
#[derive(Deserialize)]
struct HostError {
    error_type: String,
    message: String,
}

impl Outcome for Answer {
    fn failure(&self) -> Option<Failure> {
        let error = self.error.as_ref()?;
        Some(Failure::new(error.error_type.clone()).with_description(&error.message))
    }
}

/// The steps that the host executes, by the ids of their events.
type Pending = Mutex<HashMap<Uuid, (DetachedSpan, Order)>>;

/// A worker whose handlers are in a host process.
pub(crate) struct Worker {
    host: Child,
    events: ChildStdin,
    answers: JoinHandle<()>,
    pending: Arc<Pending>,
}

impl Worker {
    /// Starts the host.
    pub(crate) fn start(host: &mut Command) -> Result<Self, Box<dyn Error>> {
        let mut host = host.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(events), Some(answers)) = (host.stdin.take(), host.stdout.take()) else {
            return Err("the host has no pipes".into());
        };
        let pending = Arc::new(Pending::default());
        let completing = Arc::clone(&pending);
        let answers = thread::spawn(move || {
            for line in BufReader::new(answers).lines().map_while(Result::ok) {
                match serde_json::from_str(&line) {
                    Ok(answer) => complete(&completing, &answer),
                    Err(error) => tracing::error!(%error, "the host has answered something else"),
                }
            }
        });
        Ok(Self {
            host,
            events,
            answers,
            pending,
        })
    }

    /// Dispatches the step of an order, and returns while the host executes it.
    pub(crate) fn dispatch(&mut self, order: Order) -> Result<(), Box<dyn Error>> {
        begin(&order.task);
        let event_id = Uuid::now_v7();
        let span = step_scope!("step.execution", step = order.step, task = order.task).detach();
        let trace_context = span.trace_context();
        let event = Event {
            event_id,
            handler: &order.step.handler_name,
            payload: &order.payload,
            traceparent: trace_context.traceparent(),
            tracestate: trace_context.tracestate(),
        };
        let line = serde_json::to_string(&event)?;
        // Before the host may answer. If the write fails, the span is cancelled with the worker.
        lock(&self.pending).insert(event_id, (span, order));
        writeln!(self.events, "{line}")?;
        Ok(())
    }

    /// Waits until the host has answered everything and has ended.
    pub(crate) fn finish(mut self) -> Result<(), Box<dyn Error>> {
        drop(self.events);
        self.answers.join().map_err(|_| "an answer was not processed")?;
        let status = self.host.wait()?;
        match (status.success(), lock(&self.pending).len()) {
            (true, 0) => Ok(()),
            (_, unanswered) => {
                Err(format!("the host has ended with {status}; {unanswered} steps without an answer").into())
            }
        }
    }
}

/// Runs on the thread that reads the answers.
fn complete(pending: &Pending, answer: &Answer) {
    let Some((span, order)) = lock(pending).remove(&answer.event_id) else {
        return tracing::warn!("the host has answered an event twice");
    };
    span.in_scope(|| submit_result(answer));
    span.end_with(answer);
    end(&order.task, answer.error.is_none());
}

/// A child of the step's execution, from which it inherits.
#[step_span("result.submission", inherit)]
fn submit_result(answer: &Answer) {
    tracing::info!(success = answer.error.is_none(), "submitted");
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
