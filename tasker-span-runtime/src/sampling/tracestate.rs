//! The member `ot` of a `tracestate`, a list of `key:value` ([TraceState
//! handling](https://opentelemetry.io/docs/specs/otel/trace/tracestate-handling/)). Other members
//! are parsed in `propagation::tracestate`.

use super::decision::Decision;
use super::randomness::Randomness;
#[cfg(feature = "testing")]
use super::threshold::Threshold;
use crate::propagation::tracestate::TraceState;

const OT: &str = "ot";
const THRESHOLD: &str = "th";
const RANDOMNESS: &str = "rv";
const MAX_LENGTH: usize = 256;

/// Writes a decision into the `tracestate` of its spans.
///
/// Other members and other keys of `ot` stay as they are. `ot` moves to the front, as any changed
/// member does ([W3C](https://www.w3.org/TR/trace-context/#mutating-the-tracestate-field), section
/// 3.5). Broken parts, and those without room, are left out. A present `rv` is never overwritten.
/// If it contradicts the decision, no `th` is written. Unsampled spans have no `th` either: if an
/// error exports them, the probability is unknown.
pub(crate) fn write_ot(tracestate: Option<&str>, decision: &Decision) -> String {
    let list = tracestate.and_then(TraceState::parse).unwrap_or_default();
    let old = list.get(OT).unwrap_or_default();
    let randomness = randomness(old).or(decision.randomness);
    let is_consistent = randomness.is_none_or(|randomness| decision.threshold.samples(randomness));

    let mut new = String::new();
    if decision.sampled && is_consistent && !decision.threshold.is_never() {
        push(&mut new, THRESHOLD, &decision.threshold.to_string());
    }
    if let Some(randomness) = randomness {
        push(&mut new, RANDOMNESS, &randomness.to_string());
    }
    let mut keys = vec![THRESHOLD, RANDOMNESS];
    for (key, value) in pairs(old) {
        if !keys.contains(&key) && new.len() + ";:".len() + key.len() + value.len() <= MAX_LENGTH {
            push(&mut new, key, value);
            keys.push(key);
        }
    }
    list.with(OT, &new)
}

/// Removes the threshold from a `tracestate`: it was applied to another span.
pub(crate) fn without_threshold(tracestate: &str) -> String {
    let Some(list) = TraceState::parse(tracestate) else {
        return String::new();
    };
    let Some(old) = list.get(OT) else {
        return tracestate.to_owned();
    };
    let mut new = String::new();
    for (key, value) in pairs(old).filter(|(key, _)| *key != THRESHOLD) {
        push(&mut new, key, value);
    }
    list.with(OT, &new)
}

/// How many spans a sampled one with this `tracestate` represents, by its threshold.
#[cfg(feature = "testing")]
pub(crate) fn adjusted_count(tracestate: &str) -> Option<f64> {
    let list = TraceState::parse(tracestate)?;
    let (_, th) = pairs(list.get(OT)?).find(|(key, _)| *key == THRESHOLD)?;
    Some(1.0 / Threshold::parse_th(th)?.rate())
}

fn randomness(ot: &str) -> Option<Randomness> {
    let (_, value) = pairs(ot).find(|(key, _)| *key == RANDOMNESS)?;
    Randomness::parse_rv(value)
}

/// The valid pairs of the list.
fn pairs(ot: &str) -> impl Iterator<Item = (&str, &str)> {
    let is_key = |key: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        key.starts_with(|first: char| first.is_ascii_lowercase()) && key.bytes().all(is_allowed)
    };
    let is_value = |value: &str| {
        value
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    let pairs = ot.split(';').filter_map(|pair| pair.split_once(':'));
    pairs.filter(move |(key, value)| is_key(key) && is_value(value))
}

fn push(list: &mut String, key: &str, value: &str) {
    let separator = if list.is_empty() { "" } else { ";" };
    *list += &[separator, key, ":", value].concat();
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::super::threshold::Threshold;
    use super::*;

    fn decision(sampled: bool, th: &str, rv: Option<&str>) -> Decision {
        Decision {
            sampled,
            threshold: Threshold::parse_th(th).unwrap(),
            randomness: rv.map(|rv| Randomness::parse_rv(rv).unwrap()),
        }
    }

    fn sampled(th: &str, rv: Option<&str>) -> Decision {
        decision(true, th, rv)
    }

    fn read_rv(tracestate: &str) -> Option<Randomness> {
        randomness(TraceState::parse(tracestate)?.get(OT)?)
    }

    const RV: Option<&str> = Some("fe6d1a75832a2f");

    #[test]
    fn writes_threshold_and_randomness() {
        assert_eq!(write_ot(None, &sampled("0", None)), "ot=th:0");
        assert_eq!(write_ot(None, &sampled("c", None)), "ot=th:c");
        let empty = write_ot(Some(""), &sampled("fd70a4", RV));
        assert_eq!(empty, "ot=th:fd70a4;rv:fe6d1a75832a2f");
    }

    #[test]
    fn keeps_foreign_members_and_other_keys() {
        let list = "rojo=00f067aa0ba902b7, ot=p:8;th:4;r:62 ,congo=t61rcWkgMzE";
        assert_eq!(
            write_ot(Some(list), &sampled("8", RV)),
            "ot=th:8;rv:fe6d1a75832a2f;p:8;r:62,rojo=00f067aa0ba902b7,congo=t61rcWkgMzE"
        );
        // A tenant's member is another member.
        assert_eq!(write_ot(Some("a@ot=th:1"), &sampled("8", None)), "ot=th:8,a@ot=th:1");
    }

    #[test]
    fn never_overwrites_randomness() {
        let list = Some("a=1,ot=rv:9e6d1a75832a2f;x:y");
        assert_eq!(write_ot(list, &sampled("8", RV)), "ot=th:8;rv:9e6d1a75832a2f;x:y,a=1");
        assert_eq!(write_ot(list, &sampled("8", None)), "ot=th:8;rv:9e6d1a75832a2f;x:y,a=1");
        // Sampled although that randomness is below the threshold: the probability is unknown.
        assert_eq!(write_ot(list, &sampled("a", RV)), "ot=rv:9e6d1a75832a2f;x:y,a=1");
        assert_eq!(list.and_then(read_rv).unwrap().to_string(), "9e6d1a75832a2f");
    }

    #[test]
    fn unsampled_spans_have_no_threshold() {
        let with_rv = write_ot(Some("ot=th:8;x:y"), &decision(false, "c", RV));
        assert_eq!(with_rv, "ot=rv:fe6d1a75832a2f;x:y");
        assert_eq!(write_ot(Some("ot=th:8,a=1"), &decision(false, "c", None)), "a=1");
        assert_eq!(write_ot(Some("ot=th:8"), &decision(false, "c", None)), "");
        let never = Decision {
            threshold: Threshold::NEVER,
            ..sampled("0", None)
        };
        assert_eq!(write_ot(None, &never), "");
    }

    #[test]
    fn replaces_broken_parts() {
        let written = "ot=th:8;rv:fe6d1a75832a2f";
        for broken in [
            "ot=rv:FE6D1A75832A2F",
            "ot=rv:1",
            "ot=rv:",
            "ot=rv",
            "ot=;;:;th;TH:8;1k:2;k:v:w;k:v w;rv:fe6d1a75832a2f1",
            "ot",
            "no list",
            "ot=th:8,=",
            "a=\u{e9}",
            "\0",
        ] {
            assert_eq!(write_ot(Some(broken), &sampled("8", RV)), written, "{broken:?}");
            assert_eq!(read_rv(broken), None, "{broken:?}");
        }
        assert_eq!(write_ot(Some("ot=k:;k:1;m:2"), &sampled("8", None)), "ot=th:8;k:;m:2");
    }

    #[test]
    fn leaves_out_parts_without_room() {
        let (long, x) = ("l".repeat(200), "x".repeat(216));
        // The longest valid value: `th` and `rv` in front leave no room for all of it.
        let list = format!("ot=a:{x};b:1;c:2;d:{},e=1", "d".repeat(26));
        let written = write_ot(Some(&list), &sampled("8", RV));
        assert_eq!(written, format!("ot=th:8;rv:fe6d1a75832a2f;a:{x};b:1;c:2,e=1"));
        // 508 bytes: the longest members go first, and `ot` stays.
        let list = format!("a={long},ot=x:{x},b={long},c=1");
        let written = write_ot(Some(&list), &sampled("8", None));
        assert_eq!(written, format!("ot=th:8;x:{x},a={long},c=1"));
        let many: Vec<String> = (0..32).map(|index| format!("v{index}=1")).collect();
        let written = write_ot(Some(&many.join(",")), &sampled("8", None));
        assert_eq!(
            written,
            format!("ot=th:8,{}", many[..31].join(",")),
            "a list has 32 members"
        );
    }

    fn subkeys() -> impl Strategy<Value = String> {
        let pair = prop_oneof![
            "[a-z][a-z0-9]{0,3}:[A-Za-z0-9._-]{0,40}",
            "rv:[0-9a-f]{14}",
            "th:[0-9a-f]{1,14}",
            "[ -~]{0,9}"
        ];
        prop::collection::vec(pair, 0..9).prop_map(|pairs| pairs.join(";"))
    }

    fn lists() -> impl Strategy<Value = String> {
        let member = prop_oneof![
            3 => "[a-z][a-z0-9_*/@-]{0,4}=[!-+--<>-~]{1,150}",
            2 => subkeys().prop_map(|subkeys| format!("ot={subkeys}")),
        ];
        let list = prop::collection::vec(member, 0..40).prop_map(|members| members.join(","));
        prop_oneof![4 => list, 1 => any::<String>(), 1 => "[a-c=, ot:;]{0,40}"]
    }

    fn decisions() -> impl Strategy<Value = Decision> {
        let rv = prop::option::of("[0-9a-f]{14}");
        (any::<bool>(), "[0-9a-f]{1,14}", rv).prop_map(|(sampled, th, rv)| decision(sampled, &th, rv.as_deref()))
    }

    proptest! {
        #[test]
        fn the_written_list_is_valid_and_within_the_limits(list in lists(), decision in decisions()) {
            let written = write_ot(Some(&list), &decision);
            let escapes = written.bytes().filter(|byte| b"\"\\".contains(byte)).count();
            prop_assert!(written.len() + escapes <= 508, "{written}");
            let parsed = TraceState::parse(&written);
            prop_assert_eq!(parsed.as_ref().map(|list| list.as_str().unwrap_or_default()), Some(&*written));
            prop_assert_eq!(write_ot(Some(&written), &decision), written.clone(), "twice is once");

            let ot = parsed.as_ref().and_then(|list| list.get(OT)).unwrap_or_default();
            prop_assert!(ot.len() <= MAX_LENGTH, "{ot}");
            let keys: Vec<&str> = pairs(ot).map(|(key, _)| key).collect();
            prop_assert_eq!(keys.len(), if ot.is_empty() { 0 } else { ot.split(';').count() });
            prop_assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len(), "{}", ot);
            prop_assert!(ot.is_empty() || written.starts_with("ot="), "{written}");
        }

        #[test]
        fn the_written_list_tells_the_decision(list in lists(), decision in decisions()) {
            let written = write_ot(Some(&list), &decision);
            let randomness = read_rv(&list).or(decision.randomness);
            prop_assert_eq!(read_rv(&written), randomness);
            let parsed = TraceState::parse(&written).unwrap_or_default();
            let th = pairs(parsed.get(OT).unwrap_or_default()).find(|(key, _)| *key == THRESHOLD);
            let th = th.map(|(_, th)| Threshold::parse_th(th));
            let is_consistent = randomness.is_none_or(|randomness| decision.threshold.samples(randomness));
            let expected = (decision.sampled && is_consistent).then_some(Some(decision.threshold));
            prop_assert_eq!(th, expected);
        }

        #[test]
        fn foreign_members_keep_their_text_and_order(list in lists(), decision in decisions()) {
            let written = write_ot(Some(&list), &decision);
            let mut rest = list.split(',').map(str::trim);
            for member in written.split(',').filter(|member| !member.is_empty() && !member.starts_with("ot=")) {
                prop_assert!(rest.any(|before| before == member), "{member} of {list}");
            }
        }
    }
}
