//! `tasker-span check`.

use super::{assert_snapshot, command, data, ended, run};

#[test]
fn a_right_trace_is_clean() {
    for file in ["order.otlp.json", "order.jaeger.json"] {
        let (code, text, errors) = run(&["check", &data(file)]);
        assert_eq!((code, &*text), (0, ""), "{file}");
        assert_eq!(
            errors,
            "0 violations in 16 spans of 1 trace, 16 of them of the catalogue\n"
        );
    }
}

#[test]
fn each_violation_is_a_line() {
    let (code, text, errors) = run(&["check", &data("broken.otlp.json")]);
    assert_eq!(code, 1, "{errors}");
    assert_snapshot("check.txt", &format!("{text}{errors}"));
    for kind in [
        "missing_attribute",
        "wrong_value",
        "duplicate_attribute",
        "wrong_span_kind",
        "wrong_status",
        "wrong_identity",
        "wrong_times",
        "wrong_parent",
        "wrong_sampling",
        "missing_parent",
        "duplicate_span_id",
        "duplicate_root",
        "violation",
        "unfinished",
    ] {
        assert!(
            text.lines().any(|line| line.starts_with(&format!("{kind}: "))),
            "{kind}\n{text}"
        );
    }
}

#[test]
fn the_same_as_json() {
    let (code, text, _) = run(&["check", "--json", &data("broken.otlp.json")]);
    assert_eq!(code, 1);
    let lines = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let lines: Vec<_> = lines.collect();
    assert_eq!(
        lines.len(),
        run(&["check", &data("broken.otlp.json")]).1.lines().count()
    );
    let sampling = lines.iter().find(|line| line["kind"] == "wrong_sampling").unwrap();
    assert_eq!(sampling["name"], "result.submission");
    assert_eq!(sampling["service"], "tasker-worker");
}

#[test]
fn a_running_task_needs_no_root() {
    let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5c0670e9da052f0495f159955f669012",
        "spanId":"0000000000000001","parentSpanId":"fdea7fc5b11dc391","name":"task.state_transition","kind":1,
        "startTimeUnixNano":"1","endTimeUnixNano":"2000000","attributes":[
        {"key":"correlation_id","value":{"stringValue":"6f1c2a34-9b1d-4c7e-8f00-112233445566"}},
        {"key":"task_uuid","value":{"stringValue":"6f1c2a34-9b1d-4c7e-8f00-112233445566"}},
        {"key":"from_state","value":{"stringValue":"pending"}},
        {"key":"to_state","value":{"stringValue":"initializing"}}]}]}]}]}"#;
    let check = |arguments: &[&str]| {
        let arguments = [&["check", "-"], arguments].concat();
        ended(command(&arguments).write_stdin(span))
    };
    let kinds = |text: &str| {
        let kinds = text.lines().map(|line| line.split(':').next().unwrap().to_owned());
        kinds.collect::<Vec<_>>()
    };
    assert_eq!(kinds(&check(&[]).1), ["missing_attribute", "unfinished"]);
    assert_eq!(kinds(&check(&["--running"]).1), ["missing_attribute"]);
    let (code, text, _) = check(&["--running", "--unknown-namespace", "absent"]);
    assert_eq!((code, &*text), (0, ""));
}

/// Its names may be misspelt: then nothing was checked.
#[test]
fn a_trace_without_a_span_of_the_catalogue_is_a_finding() {
    let span = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5c0670e9da052f0495f159955f669012",
        "spanId":"0000000000000001","name":"step_execution"}]}]}]}"#;
    let (code, text, errors) = ended(command(&["check", "-"]).write_stdin(span));
    assert_eq!((code, &*text), (1, ""));
    assert_eq!(
        errors,
        "0 violations in 1 span of 1 trace, 0 of them of the catalogue\n"
    );
}
