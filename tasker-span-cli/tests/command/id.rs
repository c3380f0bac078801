//! `tasker-span id`.

use super::{assert_snapshot, command, ended, run};

const TASK: &str = "6f1c2a34-9b1d-4c7e-8f00-112233445566";

#[test]
fn a_task_has_a_trace_a_root_and_a_page() {
    let (code, text, errors) = run(&["id", "--task", TASK, "--step", TASK, "--attempt", "2"]);
    assert_eq!((code, &*errors), (0, ""));
    assert_snapshot("id.txt", &text);
}

#[test]
fn the_same_as_json_for_another_generation() {
    let arguments = ["id", "--step", TASK, "--attempt", "1", "--generation", "1", "--json"];
    let (code, text, _) = run(&arguments);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let expected = serde_json::json!({"execution_span_id": "04789dcd6b4fd42b", "step_randomness": "92aa9fff203bdf"});
    assert_eq!((code, json), (0, expected));
}

#[test]
fn the_page_is_at_the_address_of_jaeger_without_its_password() {
    let (_, text, _) = run(&["id", "--task", TASK, "--jaeger", "https://me:secret@jaeger/base/"]);
    assert!(
        text.contains("https://jaeger/base/trace/5c0670e9da052f0495f159955f669012\n"),
        "{text}"
    );
    let template = "https://ui/trace?id={trace_id}&task={task_uuid}";
    let (_, text, _) =
        ended(command(&["id", "--task", TASK, "--url-template", template]).env("TASKER_SPAN_JAEGER_URL", ""));
    let expected = format!("https://ui/trace?id=5c0670e9da052f0495f159955f669012&task={TASK}\n");
    assert!(text.ends_with(&expected), "{text}");
}

#[test]
fn a_mistake_is_an_error() {
    for (arguments, part) in [
        (&["id"][..], "--task <UUID>"),
        (&["id", "--task", "order-1"], "expected a UUID, such as 01a2076d-"),
        (&["id", "--task", "7"], "invalid value '7'"),
        (
            &["id", "--task", "00000000-0000-0000-0000-000000000000"],
            "the nil UUID",
        ),
        (&["id", "--task", TASK, "--attempt", "2"], "--step <UUID>"),
        (&["id", "--step", TASK, "--attempt", "0"], "invalid value '0'"),
    ] {
        let (code, text, errors) = run(arguments);
        assert!(
            code == 2 && text.is_empty() && errors.contains(part),
            "{arguments:?}: {errors}"
        );
    }
}
