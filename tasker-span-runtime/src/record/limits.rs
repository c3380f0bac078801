//! `Limits`: how many attributes, events and links a span has at most, and how long their texts are. `setup::limits` reads
//! them from the environment.

mod text;

use std::borrow::Cow;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Event, Link, Status};
use opentelemetry_sdk::trace::{SpanData, SpanLimits};

pub(crate) use self::text::{Room, Text};
use crate::catalogue::Attribute;
use crate::catalogue::attributes::MAX_TEXT;

/// The longest text in an event, in characters, unless a variable says otherwise.
const EVENT_TEXT: usize = 8 * 1024;
/// How many bytes the texts of each event may take in any case: an event after long ones still says what happened.
const EVENT_BYTES: usize = 512;
/// How many bytes the texts of one span's events may take beyond that. A span with 128 events has 128 KiB of text at most then,
/// and a full queue of 2,048 such spans 256 MiB.
const SHARED_BYTES: usize = 64 * 1024;
/// So many of the longest texts fit into the shared bytes, if a variable allows longer ones.
const SHARED_TEXTS: usize = 8;

/// The attributes of a span that describe the latest error of its events.
const EXCEPTION: [&str; 2] = ["exception.message", "exception.stacktrace"];

/// The limits of one span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    pub(crate) attributes: u32,
    pub(crate) events: u32,
    pub(crate) links: u32,
    pub(crate) event_attributes: u32,
    pub(crate) link_attributes: u32,
    /// The longest text of an attribute, in characters. Without it, only texts of events have a limit.
    pub(crate) text: Option<u32>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl From<Limits> for SpanLimits {
    fn from(limits: Limits) -> Self {
        Self {
            max_attributes_per_span: limits.attributes,
            max_events_per_span: limits.events,
            max_links_per_span: limits.links,
            max_attributes_per_event: limits.event_attributes,
            max_attributes_per_link: limits.link_attributes,
        }
    }
}

impl Limits {
    /// The counts of OpenTelemetry's specification.
    pub(crate) const DEFAULT: Self = Self {
        attributes: 128,
        events: 128,
        links: 128,
        event_attributes: 128,
        link_attributes: 128,
        text: None,
    };

    /// The span within the limits. What is beyond them is dropped and counted, the last first.
    pub(crate) fn apply(&self, mut span: SpanData) -> SpanData {
        keep_last_exception(&mut span.attributes);
        if let Status::Error { description } = &mut span.status {
            cut_name(description, self.name_room(0));
        }
        count(
            &mut span.dropped_attributes_count,
            self.cut_attributes(&mut span.attributes),
        );
        count(&mut span.events.dropped_count, self.cut_events(&mut span.events.events));
        count(&mut span.links.dropped_count, self.cut_links(&mut span.links.links));
        span
    }

    /// Cuts the attributes of a span. Returns how many are dropped.
    pub(crate) fn cut_attributes(&self, attributes: &mut Vec<KeyValue>) -> u32 {
        let dropped = truncate(attributes, self.attributes);
        for attribute in attributes {
            self.cut_attribute(attribute);
        }
        dropped
    }

    /// Cuts the value of an attribute of a span.
    pub(crate) fn cut_attribute(&self, attribute: &mut KeyValue) {
        let key = attribute.key.as_str();
        let chars = match self.text_limit() {
            // Ids and names that traces are searched by stay whole: the catalogue bounds them.
            Some(limit) if limit < MAX_TEXT && Attribute::ALL.iter().any(|known| known.name() == key) => MAX_TEXT,
            Some(limit) => limit,
            // They come from an event.
            None if EXCEPTION.contains(&key) => EVENT_TEXT,
            None => return,
        };
        Room::of_chars(chars).fit(&mut attribute.value);
    }

    /// The longest text of an attribute of a span or a link.
    pub(crate) fn text_limit(&self) -> Option<usize> {
        self.text.map(usize_of)
    }

    fn cut_events(&self, events: &mut Vec<Event>) -> u32 {
        let dropped = truncate(events, self.events);
        let mut shared = 0;
        for event in events {
            shared += self.fit_event(event, shared);
        }
        dropped
    }

    fn cut_links(&self, links: &mut Vec<Link>) -> u32 {
        let dropped = truncate(links, self.links);
        for link in links {
            self.cut_link(link);
        }
        dropped
    }

    /// Cuts the attributes of a link.
    pub(crate) fn cut_link(&self, link: &mut Link) {
        let dropped = truncate(&mut link.attributes, self.link_attributes);
        count(&mut link.dropped_attributes_count, dropped);
        if let Some(chars) = self.text_limit() {
            for attribute in &mut link.attributes {
                Room::of_chars(chars).fit(&mut attribute.value);
            }
        }
    }

    /// Cuts an event of a span whose earlier events have taken `shared` bytes of those that all share. Returns how many of
    /// them this event takes. An attribute whose text has no room at all is dropped and counted.
    pub(crate) fn fit_event(&self, event: &mut Event, shared: usize) -> usize {
        let mut room = self.event_room(shared);
        let bytes = room.bytes;
        cut_name(&mut event.name, self.name_room(shared));
        room.bytes -= event.name.len();
        let before = event.attributes.len();
        truncate(&mut event.attributes, self.event_attributes);
        event
            .attributes
            .retain_mut(|attribute| match room.fit(&mut attribute.value) {
                Some(taken) => {
                    room.bytes -= taken;
                    true
                }
                None => false,
            });
        let dropped = before - event.attributes.len();
        count(&mut event.dropped_attributes_count, u32_of(dropped));
        (bytes - room.bytes).saturating_sub(EVENT_BYTES)
    }

    /// The room of each text of an event's attributes.
    pub(crate) fn event_room(&self, shared: usize) -> Room {
        let chars = self.text_limit().unwrap_or(EVENT_TEXT);
        let all = SHARED_BYTES.max(chars.saturating_mul(SHARED_TEXTS));
        Room {
            chars,
            bytes: EVENT_BYTES.saturating_add(all.saturating_sub(shared)),
        }
    }

    /// The room of an event's name, which is the message of a log line. It is no attribute: a variable can only raise its limit.
    pub(crate) fn name_room(&self, shared: usize) -> Room {
        let room = self.event_room(shared);
        Room {
            chars: room.chars.max(EVENT_TEXT),
            ..room
        }
    }
}

fn cut_name(name: &mut Cow<'static, str>, room: Room) {
    let part = room.part(name);
    if part.len() < name.len() {
        *name = Cow::Owned(part.to_owned());
    }
}

/// `tracing-opentelemetry` copies the error of each event to the attributes of the span, and the SDK keeps all of them.
fn keep_last_exception(attributes: &mut Vec<KeyValue>) {
    for key in EXCEPTION {
        let is_exception = |attribute: &KeyValue| attribute.key.as_str() == key;
        let Some(last) = attributes.iter().rposition(is_exception) else {
            continue;
        };
        let mut index = 0;
        attributes.retain(|attribute| {
            index += 1;
            index > last || !is_exception(attribute)
        });
    }
}

/// Keeps the first ones up to the limit. Returns the number of the others.
fn truncate<T>(list: &mut Vec<T>, limit: u32) -> u32 {
    let beyond = list.len().saturating_sub(usize_of(limit));
    if beyond > 0 {
        list.truncate(usize_of(limit));
        list.shrink_to_fit();
    }
    u32_of(beyond)
}

fn count(dropped: &mut u32, more: u32) {
    *dropped = dropped.saturating_add(more);
}

fn usize_of(count: u32) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

fn u32_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
