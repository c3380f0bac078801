//! The column `headers` of a PGMQ message, by the source of `tasker-span-pgmq`, without its database.

#![no_main]

use std::fmt;

use libfuzzer_sys::fuzz_target;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tasker_span_fuzz::assert_trace_context;
use tasker_span_runtime::TraceContext;

#[path = "../../tasker-span-pgmq/src/headers.rs"]
mod headers;

/// The members of an object, each of them also if two have one name.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

/// A header: broken if it is no text, or if it is there twice, in another case.
fn header(members: &[(String, &RawValue)], name: &str) -> Option<String> {
    let mut values = members.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    let (_, value) = values.next()?;
    let text = serde_json::from_str(value.get())
        .ok()
        .filter(|_| values.next().is_none());
    Some(text.unwrap_or_else(|| "broken".to_owned()))
}

fuzz_target!(|text: &str| {
    let Ok(column) = RawValue::from_string(text.to_owned()) else {
        return;
    };
    let members = serde_json::Deserializer::from_str(column.get()).deserialize_map(Members);
    // Not in a `jsonb`.
    let is_twice = |(index, (key, _)): (usize, &(String, _))| {
        members.iter().flatten().skip(index + 1).any(|(other, _)| other == key)
    };
    if members.iter().flatten().enumerate().any(is_twice) {
        return;
    }
    let (own, read) = headers::read(Some(&column));
    assert_trace_context(&read);

    let expected = members.map(|members| {
        let (parent, state) = (header(&members, "traceparent"), header(&members, "tracestate"));
        TraceContext::from_headers(parent.as_deref(), state.as_deref())
    });
    assert_eq!(read, expected.unwrap_or_default());

    let own = own.as_ref().and_then(|own| own.as_object());
    let sent = headers::with_trace_context(own, &read);
    for (name, value) in own.into_iter().flatten() {
        assert_eq!(sent.as_ref().and_then(|sent| sent.get(name)), Some(value));
    }
    if let Some(sent) = headers::with_trace_context(None, &read) {
        let column = serde_json::value::to_raw_value(&sent).expect("it is serialised");
        assert_eq!(headers::read(Some(&column)).1, read);
    }
});
