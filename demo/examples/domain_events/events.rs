//! `Events`: publishes domain events, and routes each to a queue or to a channel of the process.

use std::sync::Mutex;

use tasker_span_runtime::{TraceContext, record_sent_message, step_span};

use crate::delivery::{Channel, Queue};
use crate::step::Step;

/// What happened in a step.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) name: &'static str,
    pub(crate) step: Step,
    /// Of the span that published it.
    pub(crate) trace_context: TraceContext,
}

/// How an event is delivered, as its template says.
#[derive(Clone, Copy, Debug)]
enum Mode {
    /// By a queue: it survives the process, and comes again if it is not archived.
    Durable,
    /// Inside the process: fast, and lost with it.
    Fast,
}

impl Mode {
    fn of(event: &Event) -> Self {
        match event.name {
            "payment.charged" => Self::Durable,
            _ => Self::Fast,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Durable => "durable",
            Self::Fast => "fast",
        }
    }
}

/// The events of a process.
#[derive(Debug, Default)]
pub(crate) struct Events {
    pub(crate) queue: Mutex<Queue>,
    pub(crate) channel: Mutex<Channel>,
}

impl Events {
    /// The producer: subscribers link to this span.
    #[step_span("event.publish", within = "step.execution", kind = producer, step = step, fields(event.name = name))]
    pub(crate) fn publish(&self, step: &Step, name: &'static str) {
        let event = Event {
            name,
            step: step.clone(),
            trace_context: TraceContext::current(),
        };
        let mode = Mode::of(&event);
        self.route(event, mode);
    }

    /// Sends the event. The messages of the router are told by the producer around it.
    #[step_span("event.route", within = "step.execution", step = event.step, fields(event.delivery = mode.name()))]
    fn route(&self, event: Event, mode: Mode) {
        match mode {
            Mode::Durable => {
                let id = self.queue.lock().unwrap().send(event);
                record_sent_message("pgmq", Queue::NAME, &id.to_string());
            }
            Mode::Fast => {
                let id = self.channel.lock().unwrap().send(event);
                record_sent_message("in_process", Channel::NAME, &id.to_string());
            }
        }
    }
}
