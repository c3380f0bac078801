//! `TaskMember`: the member `tasker` of a `tracestate`, which tells a cold process what the sender
//! knows of the task. Where it is inserted into the identity cache is in `cached`.

use std::fmt::Write;

use uuid::Uuid;

use super::traceparent::hex;
use super::tracestate::TraceState;
use crate::identity::{self, TraceId};
use crate::printable::is_printable;
use crate::stats;

/// The key of the member.
pub(super) const KEY: &str = "tasker";
/// The longest value (section 3.3.1.3.2 of W3C Trace Context).
const MAX_LENGTH: usize = 256;

/// A list of `key:value`, in the syntax of the member `ot`: `t` and `c` are UUIDs of 32 hex digits,
/// `n` is percent-encoded. Other keys are those of later versions, and ignored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TaskMember {
    pub(super) task_uuid: Uuid,
    pub(super) correlation_id: Option<Uuid>,
    pub(super) namespace: Option<String>,
}

impl TaskMember {
    /// Parses the value. `None` if any part of it is broken.
    pub(super) fn parse(value: &str) -> Option<Self> {
        if value.len() > MAX_LENGTH {
            return None;
        }
        let (mut task_uuid, mut correlation_id, mut namespace) = (None, None, None);
        for pair in value.split(';') {
            let (key, value) = pair.split_once(':')?;
            let is_second = match key {
                "t" => task_uuid.replace(uuid(value)?).is_some(),
                "c" => correlation_id.replace(uuid(value)?).is_some(),
                "n" => namespace.replace(decode(value)?).is_some(),
                _ => false,
            };
            if is_second {
                return None;
            }
        }
        Some(Self {
            task_uuid: task_uuid?,
            correlation_id,
            namespace,
        })
    }

    /// The member of the list, if it is valid and about the task of this trace.
    pub(super) fn find(state: &TraceState, trace_id: TraceId) -> Option<Self> {
        let member = Self::parse(state.get(KEY)?)?;
        (identity::trace_id(member.task_uuid) == trace_id).then_some(member)
    }

    /// Adds the member to the list, at its front. It is the first that gives way if there is no room: first its namespace,
    /// then all of it. Members of others cannot be had again.
    pub(super) fn add_to(&self, state: &TraceState) -> TraceState {
        let mut value = format!("t:{}", self.task_uuid.simple());
        if let Some(correlation_id) = self.correlation_id {
            // Writing into a `String` cannot fail.
            let _ = write!(value, ";c:{}", correlation_id.simple());
        }
        let namespace = self.namespace.as_deref().and_then(encode);
        let namespace = namespace.filter(|namespace| value.len() + ";n:".len() + namespace.len() <= MAX_LENGTH);
        let whole = namespace.and_then(|namespace| state.with_if_room(KEY, &format!("{value};n:{namespace}")));
        if let Some(whole) = whole {
            return whole;
        }
        let short = self.correlation_id.and_then(|_| state.with_if_room(KEY, &value));
        short.unwrap_or_else(|| state.without(KEY))
    }
}

fn uuid(value: &str) -> Option<Uuid> {
    let id = Uuid::from_u128(hex::<32>(value)?);
    (!id.is_nil()).then_some(id)
}

/// The text in the unreserved characters of RFC 3986, and others percent-encoded. `None` for a text that [`decode`] refuses.
fn encode(text: &str) -> Option<String> {
    if !is_name(text) {
        return None;
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    Some(encoded)
}

fn decode(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut parts = value.split('%');
    bytes.extend(parts.next()?.bytes());
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        bytes.push(u8::from_str_radix(digits, 16).ok()?);
        bytes.extend(rest.bytes());
    }
    String::from_utf8(bytes).ok().filter(|text| is_name(text))
}

/// Whether a message may name a namespace so: it ends up in logs and traces.
fn is_name(text: &str) -> bool {
    !text.is_empty() && is_printable(text)
}

/// The list without a member of ours that is broken or about another task, which is counted.
pub(super) fn checked(state: TraceState, trace_id: TraceId) -> TraceState {
    if state.get(KEY).is_none() || TaskMember::find(&state, trace_id).is_some() {
        return state;
    }
    stats::TRACESTATE_MEMBERS_IGNORED.add_one();
    state.without(KEY)
}

/// The list without what a sender told of its task.
pub(crate) fn without_identity(tracestate: &str) -> String {
    let list = TraceState::parse(tracestate).unwrap_or_default().without(KEY);
    list.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TASK: &str = "0198c0de000070008000000000000001";
    const CORRELATION: &str = "6f1c2a349b1d4c7e8f00112233445566";

    fn member(namespace: Option<&str>) -> TaskMember {
        TaskMember {
            task_uuid: Uuid::try_parse(TASK).unwrap(),
            correlation_id: Uuid::try_parse(CORRELATION).ok(),
            namespace: namespace.map(str::to_owned),
        }
    }

    fn state(text: &str) -> TraceState {
        TraceState::parse(text).unwrap()
    }

    fn added(member: &TaskMember, list: &str) -> String {
        member.add_to(&state(list)).as_str().unwrap_or_default().to_owned()
    }

    #[test]
    fn the_member_is_text_that_any_language_can_write() {
        let written = format!("tasker=t:{TASK};c:{CORRELATION};n:payments");
        assert_eq!(added(&member(Some("payments")), ""), written);
        assert!(written.len() < 128, "longer members are the first that others remove");
        assert_eq!(
            added(&member(Some("a b,c=d;e%f:ü")), ""),
            format!("tasker=t:{TASK};c:{CORRELATION};n:a%20b%2Cc%3Dd%3Be%25f%3A%C3%BC")
        );
    }

    #[test]
    fn it_is_at_the_front_and_replaces_an_older_one() {
        let ours = format!("tasker=t:{TASK};c:{CORRELATION}");
        assert_eq!(
            added(&member(None), "ot=th:8,tasker=old,a=1"),
            format!("{ours},ot=th:8,a=1")
        );
    }

    #[test]
    fn it_gives_way_to_the_members_of_others() {
        let long = "x".repeat(200);
        let (ours, name) = (format!("tasker=t:{TASK};c:{CORRELATION}"), "n".repeat(100));
        let list = format!("a={long},b={long}");
        assert_eq!(added(&member(Some(&name)), &list), format!("{ours},{list}"));
        let full = format!("{list},c={}", "x".repeat(40));
        assert_eq!(added(&member(Some(&name)), &full), full);
        assert_eq!(
            added(&member(None), &format!("tasker=t:{TASK},{list}{}", "x".repeat(50))),
            format!("{list}{}", "x".repeat(50))
        );
        let members = |count| {
            (0..count)
                .map(|index| format!("v{index}=1"))
                .collect::<Vec<_>>()
                .join(",")
        };
        assert_eq!(added(&member(None), &members(32)), members(32));
        assert_eq!(added(&member(None), &members(31)), format!("{ours},{}", members(31)));
        // The list of 32 has the older member of ours.
        assert_eq!(
            added(&member(None), &format!("{},tasker=x", members(31))),
            format!("{ours},{}", members(31))
        );
    }

    #[test]
    fn without_anything_to_tell_there_is_no_member() {
        let nothing = TaskMember {
            correlation_id: None,
            ..member(None)
        };
        assert_eq!(added(&nothing, "a=1"), "a=1");
        let unspeakable = TaskMember {
            correlation_id: None,
            ..member(Some("a\nb"))
        };
        assert_eq!(added(&unspeakable, ""), "");
        let (longest, too_long) = ("n".repeat(184), "n".repeat(185));
        let read = |text: &str| TaskMember::parse(added(&member(Some(text)), "").strip_prefix("tasker=")?);
        assert_eq!(read(&longest).unwrap().namespace, Some(longest));
        assert_eq!(read(&too_long).unwrap().namespace, None);
    }

    #[test]
    fn broken_values_are_refused() {
        let nil = "0".repeat(32);
        let long = "n".repeat(200);
        for value in [
            "",
            ";",
            "t",
            "t:",
            "n:payments",
            &format!("c:{CORRELATION}"),
            &format!("t:{nil};c:{CORRELATION}"),
            &format!("t:{TASK};c:{nil}"),
            &format!("t:{TASK};t:{TASK}"),
            &format!("t:{TASK};c:{CORRELATION};c:{CORRELATION}"),
            &format!("t:{TASK};n:a;n:b"),
            &format!("t:{TASK};n:"),
            &format!("t:{TASK};n:%"),
            &format!("t:{TASK};n:%2"),
            &format!("t:{TASK};n:%+1"),
            &format!("t:{TASK};n:%G0"),
            &format!("t:{TASK};n:%C3"),
            &format!("t:{TASK};n:%FF%FE"),
            &format!("t:{TASK};n:a%00"),
            &format!("t:{TASK};n:a%0Ab"),
            &format!("t:{TASK};n:%1B[31m"),
            &format!("t:{TASK};n:a%E2%80%AEb"),
            &format!("t:{TASK};n"),
            &format!("t:{TASK};;"),
            &format!("T:{TASK}"),
            &format!("t:{}", TASK.to_uppercase()),
            "t:0198c0de-0000-7000-8000-000000000001",
            &format!("t:{TASK}0"),
            &format!("t:{TASK};c:{CORRELATION};n:{long}"),
        ] {
            assert_eq!(TaskMember::parse(value), None, "{value:?}");
        }
    }

    #[test]
    fn keys_of_later_versions_are_ignored() {
        let value = format!("v:2;t:{TASK};n:payments;x:y:z;c:{CORRELATION}");
        assert_eq!(TaskMember::parse(&value), Some(member(Some("payments"))));
    }

    #[test]
    fn it_must_be_about_the_traces_task() {
        let member = member(Some("payments"));
        let list = member.add_to(&TraceState::default());
        let own = identity::trace_id(member.task_uuid);
        assert_eq!(TaskMember::find(&list, own), Some(member));
        assert_eq!(TaskMember::find(&list, identity::trace_id(Uuid::max())), None);
    }

    fn members() -> impl Strategy<Value = TaskMember> {
        let id = || (1..u128::MAX).prop_map(Uuid::from_u128);
        let name = prop_oneof!["[a-z_.-]{1,30}", any::<String>(), "\\PC{1,80}"];
        (id(), prop::option::of(id()), prop::option::of(name)).prop_map(|(task_uuid, correlation_id, namespace)| {
            TaskMember {
                task_uuid,
                correlation_id,
                namespace,
            }
        })
    }

    fn lists() -> impl Strategy<Value = String> {
        let member = "([a-z][a-z0-9]{0,4}|ot|tasker)=[!-+--<>-~]{1,150}";
        prop::collection::vec(member, 0..34).prop_map(|members| members.join(","))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(member in members()) {
            let written = member.add_to(&TraceState::default());
            let room = if member.correlation_id.is_some() { 184 } else { 219 };
            let fits = |name: &String| encode(name).is_some_and(|name| name.len() <= room);
            let expected = TaskMember { namespace: member.namespace.clone().filter(fits), ..member };
            let is_empty = expected.correlation_id.is_none() && expected.namespace.is_none();
            let trace_id = identity::trace_id(expected.task_uuid);
            prop_assert_eq!(TaskMember::find(&written, trace_id), (!is_empty).then_some(expected));
        }

        #[test]
        fn the_list_is_valid_and_within_the_limits(member in members(), list in lists()) {
            let before = TraceState::parse(&list).unwrap_or_default();
            let after = member.add_to(&before);
            let text = after.as_str().unwrap_or_default();
            let escapes = text.bytes().filter(|byte| b"\"\\".contains(byte)).count();
            prop_assert!(text.len() + escapes <= 508, "{}", text);
            let read = TraceState::parse(text);
            prop_assert_eq!(read.as_ref(), Some(&after), "it loses nothing when it is read");
            prop_assert_eq!(member.add_to(&after), after.clone(), "twice is once");
            prop_assert_eq!(after.without(KEY), before.without(KEY), "other members stay");
            prop_assert!(after.get(KEY).is_none() || text.starts_with("tasker="));
        }

        #[test]
        fn any_text_is_parsed_without_a_panic(text in prop_oneof![
            any::<String>(),
            "([tcnx]:[0-9a-f]{30,33};?|n:[a-z%0-9ü]{0,9};?|[;:%]){0,9}",
        ]) {
            if let Some(member) = TaskMember::parse(&text) {
                prop_assert!(!member.task_uuid.is_nil());
                prop_assert!(member.namespace.is_none_or(|name| is_name(&name) && name.len() <= MAX_LENGTH));
            }
        }
    }
}
