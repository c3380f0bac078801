//! The attributes beside those of the catalogue's spans. The texts are Markdown of the page `docs/spans.md`.

/// An attribute that the runtime adds.
pub(super) struct Other {
    pub(super) name: &'static str,
    /// `string`, `integer` or `boolean`.
    pub(super) value: &'static str,
    /// The spans that have it.
    pub(super) on: &'static str,
    pub(super) meaning: &'static str,
}

/// An attribute of spans that process or send messages.
pub(super) struct Messaging {
    pub(super) names: &'static [&'static str],
    pub(super) value: &'static str,
    pub(super) of_consumer: &'static str,
    pub(super) of_producer: &'static str,
}

const fn other(name: &'static str, value: &'static str, on: &'static str, meaning: &'static str) -> Other {
    Other {
        name,
        value,
        on,
        meaning,
    }
}

const fn messaging(
    names: &'static [&'static str],
    value: &'static str,
    of_consumer: &'static str,
    of_producer: &'static str,
) -> Messaging {
    Messaging {
        names,
        value,
        of_consumer,
        of_producer,
    }
}

pub(super) static OTHERS: &[Other] = &[
    other(
        "code.function.name",
        "string",
        "all spans but emitted roots, lost attempts, recorded transitions and markers",
        "`crate::module::function`",
    ),
    other(
        "code.file.path",
        "string",
        "all spans but emitted roots, lost attempts, recorded transitions and markers",
        "the file of the macro",
    ),
    other(
        "code.line.number",
        "integer",
        "all spans but emitted roots, lost attempts, recorded transitions and markers",
        "its line",
    ),
    other(
        "error.type",
        "string",
        "failed spans",
        "see [Status](#status); `task_error` on an emitted root",
    ),
    other(
        "tasker.span",
        "string",
        "spans with [detailed names](operations.md#names-that-say-what-a-span-is-about)",
        "the name in the catalogue",
    ),
    other(
        "tasker.attempt_repeated",
        "boolean",
        "executions of an attempt that this process had [executed before](guide.md#retries-resets-and-checkpoints)",
        "`true`",
    ),
    other("tasker.cancelled", "boolean", "spans of cancelled futures", "`true`"),
    other(
        "tasker.sampled_by",
        "string",
        "unsampled spans that are exported after all",
        "[`error`](sampling.md#errors), [`slow`](sampling.md#slow-work)",
    ),
    other(
        "tasker.transition_unseen",
        "boolean",
        "work whose [transition](#work-outside-of-its-transition) was not seen",
        "`true`",
    ),
    other(
        "tasker.violation",
        "string",
        "spans that break a rule",
        "the reason; several are joined by `; `",
    ),
    other(
        "tasker.final_state",
        "string",
        "emitted roots",
        "the state in which the task ended",
    ),
    other(
        "tasker.running_for_ms",
        "integer",
        "[markers](#markers-of-running-work)",
        "the milliseconds that the work has run so far",
    ),
    other(
        "tasker.state",
        "string",
        "markers, if this process has seen a transition",
        "the state of the task, or of the step inside its execution",
    ),
    other(
        "tasker.worker.id",
        "string",
        "[lost attempts](#lost-attempts), if the program knows it",
        "the worker that was lost",
    ),
];

pub(super) static MESSAGING: &[Messaging] = &[
    messaging(
        &["messaging.system"],
        "string",
        "the queue's software, such as `pgmq`, if always the same",
        "likewise",
    ),
    messaging(
        &["messaging.operation.type", "messaging.operation.name"],
        "string",
        "`process`",
        "`send`",
    ),
    messaging(
        &["messaging.destination.name"],
        "string",
        "the queue, if always the same",
        "likewise",
    ),
    messaging(
        &["messaging.message.id"],
        "string",
        "the message, if there was one",
        "likewise",
    ),
    messaging(
        &["messaging.batch.message_count"],
        "integer",
        "the number of messages, if several",
        "likewise",
    ),
    messaging(
        &["messaging.message.conversation_id"],
        "string",
        "the span's `correlation_id`",
        "likewise",
    ),
    messaging(
        &["tasker.queue_time_ms"],
        "integer",
        "the milliseconds from sending to processing; of several messages the longest",
        "",
    ),
    messaging(
        &["tasker.delivery_count"],
        "integer",
        "the deliveries of the message, this one included; of several the highest",
        "",
    ),
];

/// The text without its links.
pub(super) fn plain(markdown: &str) -> String {
    let mut plain = String::new();
    let mut rest = markdown;
    while let Some((before, link)) = rest.split_once('[') {
        let Some((text, after)) = link.split_once("](") else {
            break;
        };
        plain.extend([before, text]);
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    plain + rest
}
