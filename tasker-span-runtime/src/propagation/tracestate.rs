//! `TraceState`: the `tracestate` header of [W3C Trace
//! Context](https://www.w3.org/TR/trace-context/#tracestate-header), a list of members `key=value`.
//! The member `ot` is parsed in `sampling::tracestate`, the member `tasker` in `task_member`.

/// A valid list that is short enough for the trace context.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct TraceState(Option<Box<str>>);

/// A trace context has at most 600 bytes of JSON. 89 of them are its keys, its punctuation and
/// `traceparent`, and 3 are the blanks of a `jsonb`.
const MAX_LENGTH: usize = 508;
/// Section 3.3.1.1.
const MAX_MEMBERS: usize = 32;
/// The length of a key and of a value (sections 3.3.1.3.1 and 3.3.1.3.2).
const MAX_PART: usize = 256;
/// Longer members are removed first (section 3.3.1.5).
const LONG_MEMBER: usize = 128;
/// No valid list is longer.
const MAX_TEXT: usize = MAX_MEMBERS * (2 * MAX_PART + "=,".len());

impl TraceState {
    /// Parses a header. `None` if it is broken, or if no member is short enough.
    ///
    /// Empty members are valid (section 3.3.1.2). Of members with the same key, the first is the
    /// latest.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_TEXT {
            return None;
        }
        let members = text.split(',').map(|member| member.trim_matches([' ', '\t']));
        let mut list = Vec::<&str>::new();
        for (index, member) in members.filter(|member| !member.is_empty()).enumerate() {
            let key = key(member)?;
            if index == MAX_MEMBERS {
                return None;
            }
            if list.iter().all(|before| !has_key(before, key)) {
                list.push(member);
            }
        }
        if list.is_empty() {
            return Some(Self(None));
        }
        shorten(&mut list, 0);
        (!list.is_empty()).then(|| Self(Some(list.join(",").into())))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// The value of the member with this key.
    pub(crate) fn get(&self, key: &str) -> Option<&str> {
        self.members()
            .find_map(|member| member.strip_prefix(key)?.strip_prefix('='))
    }

    /// The list with this member at its front (section 3.5), or without it if the value is empty.
    /// Other members make room for it.
    pub(crate) fn with(&self, key: &str, value: &str) -> String {
        let changed = format!("{key}={value}");
        let mut list: Vec<&str> = self.members().filter(|member| !has_key(member, key)).collect();
        if !value.is_empty() {
            list.insert(0, &changed);
            list.truncate(MAX_MEMBERS);
            shorten(&mut list, 1);
        }
        list.join(",")
    }

    /// The list with this member at its front, if no other member must make room for it.
    pub(crate) fn with_if_room(&self, key: &str, value: &str) -> Option<Self> {
        let changed = format!("{key}={value}");
        let others = self.members().filter(|member| !has_key(member, key));
        let mut list: Vec<&str> = std::iter::once(&*changed).chain(others).collect();
        let members = list.len();
        shorten(&mut list, 0);
        (members <= MAX_MEMBERS && list.len() == members).then(|| Self(Some(list.join(",").into())))
    }

    /// The list without this member.
    pub(crate) fn without(&self, key: &str) -> Self {
        if self.get(key).is_none() {
            return self.clone();
        }
        let list: Vec<&str> = self.members().filter(|member| !has_key(member, key)).collect();
        Self((!list.is_empty()).then(|| list.join(",").into()))
    }

    fn members(&self) -> impl Iterator<Item = &str> {
        self.as_str().into_iter().flat_map(|list| list.split(','))
    }
}

/// The key of a valid member.
fn key(member: &str) -> Option<&str> {
    let (key, value) = member.split_once('=')?;
    (is_key(key.as_bytes()) && is_value(value.as_bytes())).then_some(key)
}

fn has_key(member: &str, key: &str) -> bool {
    member.strip_prefix(key).is_some_and(|rest| rest.starts_with('='))
}

/// Level 2 of the specification allows the keys of Level 1, and digits at their start.
fn is_key(key: &[u8]) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.first().is_some_and(is_alphanumeric)
        && key.len() <= MAX_PART
        && key.iter().all(|byte| is_alphanumeric(byte) || b"_-*/@".contains(byte))
}

/// Printable ASCII without `,` and `=`, and without a blank at the end.
fn is_value(value: &[u8]) -> bool {
    let is_allowed = |byte: &u8| matches!(byte, b' '..=b'~') && !b",=".contains(byte);
    value.last().is_some_and(|last| *last != b' ') && value.len() <= MAX_PART && value.iter().all(is_allowed)
}

/// Removes as many members as necessary, but not the first `fixed` ones: long members first, then
/// any, from the end (section 3.3.1.5).
fn shorten(list: &mut Vec<&str>, fixed: usize) {
    // Each but the first has a comma. JSON escapes quotation marks and backslashes.
    let cost = |member: &str| 1 + member.len() + member.bytes().filter(|byte| b"\"\\".contains(byte)).count();
    let mut total = list.iter().map(|member| cost(member)).sum::<usize>();
    for longer_than in [LONG_MEMBER, 0] {
        for index in (fixed..list.len()).rev() {
            if total <= MAX_LENGTH + 1 {
                return;
            }
            if list[index].len() > longer_than {
                total -= cost(list.remove(index));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The parsed list of a valid header.
    fn read(text: &str) -> Option<String> {
        TraceState::parse(text).map(|state| state.as_str().unwrap_or_default().to_owned())
    }

    fn members(count: usize) -> String {
        let members: Vec<_> = (0..count).map(|index| format!("v{index}=1")).collect();
        members.join(",")
    }

    #[test]
    fn a_valid_list_stays_as_it_is() {
        let value = "v".repeat(256);
        for text in [
            "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
            "ot=th:8;rv:0123456789abcd",
            "fw529a3039@dt=FfffffffX",
            "0a_-*/@z= !\"~",
            "",
            &format!("a={value}"),
            &format!("{}=1", "k".repeat(256)),
            &members(32),
        ] {
            assert_eq!(read(text).as_deref(), Some(text));
        }
    }

    #[test]
    fn blanks_around_members_and_empty_members_are_removed() {
        assert_eq!(read(" a=1 ,\t,, b=2\t,").as_deref(), Some("a=1,b=2"));
        assert_eq!(read(" , ").as_deref(), Some(""));
    }

    #[test]
    fn the_latest_member_of_a_key_stays() {
        assert_eq!(read("a=1,ab=2,a=3,a=4").as_deref(), Some("a=1,ab=2"));
    }

    #[test]
    fn one_broken_member_breaks_the_list() {
        let long = "x".repeat(257);
        let members = "b|b=|=1|=|B=1|b c=1|b =1|@b=1|b=1=2|b=\u{fc}|\u{fc}=1|b=\0|b=1\t2|b=\u{7f}".split('|');
        for member in members.chain([&*format!("b={long}"), &format!("{long}=1")]) {
            assert_eq!(read(&format!("a=1,{member},c=3")), None, "{member:?}");
        }
    }

    #[test]
    fn there_are_at_most_32_members() {
        assert_eq!(read(&members(33)), None);
        assert_eq!(read(&"a=1,".repeat(33)), None);
    }

    #[test]
    fn a_long_list_loses_whole_members() {
        let (long, short) = ("l".repeat(200), "s".repeat(100));
        let text = format!("a={short},b={long},c={short},d={long},e={short}");
        // The list is too long with either of the long members.
        assert_eq!(read(&text), Some(format!("a={short},c={short},e={short}")));
        let text = format!("a={long},bb={short},c={long}");
        assert_eq!(
            read(&text),
            Some(format!("a={long},bb={short}")),
            "the last long member"
        );
        let text = "a=1,".to_owned() + &["b", "c", "d", "e", "f"].map(|key| format!("{key}={short}")).join(",");
        let without_last = text.rsplit_once(',').map(|(rest, _)| rest.to_owned());
        assert_eq!(read(&text), without_last);
        let quoted = "\"".repeat(120);
        let text = format!("a={quoted},b={quoted},c=1");
        assert_eq!(read(&text), Some(text.clone()), "as JSON 4 + 2 * (2 + 240 + 1) bytes");
        assert_eq!(read(&format!("{text},d={short}")), Some(text));
    }

    #[test]
    fn a_list_without_short_members_is_broken() {
        assert_eq!(read(&format!("{}={}", "k".repeat(256), "v".repeat(256))), None);
        assert_eq!(read(&"a=1,".repeat(1 << 18)), None);
        assert_eq!(read(&",".repeat(1 << 20)), None);
    }

    fn list() -> impl Strategy<Value = String> {
        let member = "[a-d][a-z0-9_*/@-]{0,2}=[ -+--<>-~]{0,150}[!-+--<>-~]";
        prop::collection::vec(member, 0..20).prop_map(|members| members.join(" ,\t"))
    }

    proptest! {
        #[test]
        fn the_list_is_short_and_is_parsed_as_it_is(text in prop_oneof![list(), any::<String>(), "[a-c=, ]{0,20}"]) {
            if let Some(written) = read(&text) {
                let escapes = written.bytes().filter(|byte| b"\"\\".contains(byte)).count();
                prop_assert!(written.len() + escapes <= MAX_LENGTH);
                prop_assert_eq!(read(&written), Some(written));
            }
        }

        #[test]
        fn members_stay_whole_and_in_their_order(text in list()) {
            let written = read(&text).unwrap_or_default();
            let mut rest = text.split(" ,\t");
            for member in written.split(',').filter(|member| !member.is_empty()) {
                prop_assert!(rest.any(|before| before == member), "{member} of {text}");
            }
        }
    }
}
