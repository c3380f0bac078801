//! The `tracestate` header of [W3C Trace Context](https://www.w3.org/TR/trace-context/#tracestate-header): a list of
//! members, `key=value`, each of which belongs to one tracing system.

/// A valid list, short enough for the carrier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct TraceState(Option<Box<str>>);

/// What a carrier of at most 600 bytes of JSON leaves for the list: 89 go to its keys, punctuation and `traceparent`, and
/// 3 to the blanks with which PostgreSQL shows a `jsonb`.
const MAX_LENGTH: usize = 508;
/// How many members a list has at most (section 3.3.1.1).
const MAX_MEMBERS: usize = 32;
/// How long a key and a value may be (sections 3.3.1.3.1 and 3.3.1.3.2).
const MAX_PART: usize = 256;
/// Members longer than this are the first to go (section 3.3.1.5).
const LONG_MEMBER: usize = 128;
/// A text that is longer than any list is not even looked through.
const MAX_TEXT: usize = MAX_MEMBERS * (2 * MAX_PART + "=,".len());

impl TraceState {
    /// Reads a header; `None` where it is broken, or where nothing of it is short enough.
    ///
    /// Empty members are no mistake (section 3.3.1.2). Of members with one key the first is kept: it is the latest.
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
        shorten(&mut list);
        (!list.is_empty()).then(|| Self(Some(list.join(",").into())))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
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

/// As of Level 2 of the specification, which allows what Level 1 does, and digits at the beginning.
fn is_key(key: &[u8]) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    key.first().is_some_and(is_alphanumeric)
        && key.len() <= MAX_PART
        && key.iter().all(|byte| is_alphanumeric(byte) || b"_-*/@".contains(byte))
}

/// Printable ASCII without `,` and `=`, and not a blank at the end.
fn is_value(value: &[u8]) -> bool {
    let is_allowed = |byte: &u8| matches!(byte, b' '..=b'~') && !b",=".contains(byte);
    value.last().is_some_and(|last| *last != b' ') && value.len() <= MAX_PART && value.iter().all(is_allowed)
}

/// Removes as many members as it takes: long ones first, and then whichever, from the end (section 3.3.1.5).
fn shorten(list: &mut Vec<&str>) {
    // Each has a comma, but for one. JSON writes two bytes for a quotation mark and for a backslash.
    let cost = |member: &str| 1 + member.len() + member.bytes().filter(|byte| b"\"\\".contains(byte)).count();
    let mut total = list.iter().map(|member| cost(member)).sum::<usize>();
    for longer_than in [LONG_MEMBER, 0] {
        for index in (0..list.len()).rev() {
            if total <= MAX_LENGTH + 1 {
                return;
            }
            if list[index].len() > longer_than {
                total -= cost(list.remove(index));
            }
        }
    }
}
