//! `tasker-span trace`, of files and of a server that answers as Jaeger does.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use unicode_width::UnicodeWidthStr;

use super::server::Server;
use super::{assert_snapshot, command, data, ended, run};

const TRACE: &str = "5c0670e9da052f0495f159955f669012";
const TASK: &str = "task_uuid=6f1c2a34-9b1d-4c7e-8f00-112233445566";

/// A Jaeger with one service and one trace.
fn jaeger() -> Server {
    let trace = fs::read_to_string(data("order.jaeger.json")).unwrap();
    Server::start(move |path| match path {
        "/api/services" => (200, r#"{"data":["tasker-worker"]}"#.to_owned()),
        _ if path.starts_with("/api/traces?") || path == format!("/api/traces/{TRACE}") => (200, trace.clone()),
        _ => (
            404,
            r#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#.to_owned(),
        ),
    })
}

#[test]
fn both_formats_of_a_file_have_the_tree() {
    let (code, otlp, errors) = run(&["trace", &data("order.otlp.json")]);
    assert_eq!((code, &*errors), (0, ""));
    assert_snapshot("trace.100.txt", &otlp);
    let (code, jaeger, errors) = run(&["trace", &data("order.jaeger.json")]);
    assert_eq!((code, &*errors), (0, ""));
    // Jaeger's links have no attributes.
    assert_eq!(jaeger, otlp.replace(" (previous_attempt)", ""));
}

#[test]
fn the_tree_is_as_wide_as_the_terminal() {
    for width in ["60", "120"] {
        let (_, text, _) = run(&["trace", "--width", width, &data("order.otlp.json")]);
        assert_snapshot(&format!("trace.{width}.txt"), &text);
        let widest = text.lines().map(UnicodeWidthStr::width).max().unwrap();
        assert!(widest <= width.parse().unwrap(), "{widest}\n{text}");
        let (_, of_variable, _) = ended(command(&["trace", &data("order.otlp.json")]).env("COLUMNS", width));
        assert_eq!(of_variable, text);
    }
}

#[test]
fn hostile_text_is_escaped() {
    let (_, text, _) = run(&["trace", &data("broken.otlp.json")]);
    assert!(
        text.contains("! not \\u{202e}in\\u{1b}[31m a `step.execution`"),
        "{text}"
    );
}

#[test]
fn json_has_the_spans_depth_first() {
    let (code, text, _) = run(&["trace", "--json", &data("order.otlp.json")]);
    assert_eq!(code, 0);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let trace = &json["traces"][0];
    assert_eq!(trace["trace_id"], TRACE);
    assert_eq!(
        trace["services"],
        serde_json::json!(["tasker-orchestrator", "tasker-worker"])
    );
    assert_eq!(trace["represented"], 20.0);
    let spans = trace["spans"].as_array().unwrap();
    assert_eq!(spans[0]["name"], "task.orchestration");
    let attempt = spans
        .iter()
        .find(|span| span["attributes"]["attempt_number"] == 2)
        .unwrap();
    assert_eq!((&attempt["depth"], &attempt["represents"]), (&1.into(), &2.0.into()));
    assert_eq!(attempt["links"][1]["name"], "step.execution");
    assert_eq!(attempt["links"][1]["attributes"]["tasker.link"], "previous_attempt");
    assert_snapshot("trace.json", &serde_json::to_string_pretty(&json).unwrap());
}

#[test]
fn queries_select_in_a_file() {
    let file = data("order.otlp.json");
    for query in [
        TRACE,
        TASK,
        "correlation_id=01a2076d-502b-763c-b3ba-3713d1c0cc58",
        "attempt_number=2",
    ] {
        assert_eq!(run(&["trace", &file, query]).0, 0, "{query}");
    }
    for (query, wanted) in [
        ("attempt_number=3", "the attribute `attempt_number=3`"),
        (
            "2738331656b48bea1ac20e92f2895a40",
            "the trace id `2738331656b48bea1ac20e92f2895a40`",
        ),
    ] {
        let expected = (1, String::new(), format!("no span of the file has {wanted}\n"));
        assert_eq!(run(&["trace", query, &file]), expected);
    }
    let (_, _, errors) = run(&["check", "corelation_id=1", "attempt_number=3", &file]);
    let expected = "no span of the file has the attribute `corelation_id=1` or the attribute `attempt_number=3`\n";
    assert_eq!(errors, expected);
}

#[test]
fn a_file_may_come_through_a_pipe_and_have_several_documents() {
    let text = fs::read_to_string(data("order.otlp.json")).unwrap();
    let line = text.lines().collect::<String>();
    let mut command = command(&["trace", "-"]);
    let (code, of_pipe, _) = ended(command.write_stdin(format!("{line}\n{{\"resourceSpans\": []}}\n")));
    assert_eq!((code, of_pipe), (0, run(&["trace", &data("order.otlp.json")]).1));
}

#[test]
fn a_file_of_another_kind_is_an_error() {
    let (code, _, errors) = run(&["trace", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
    assert!(code == 2 && errors.contains("Cargo.toml: it is not JSON"), "{errors}");
    let (code, _, errors) = ended(command(&["trace", "-"]).write_stdin("{}"));
    assert!(
        code == 2 && errors.contains("standard input: it is neither OTLP JSON"),
        "{errors}"
    );
    let (code, _, errors) = ended(command(&["trace", "-"]).write_stdin("[]"));
    assert_eq!((code, &*errors), (1, "the file has no span\n"));
    let (code, _, errors) = run(&["trace", "--follow", &data("order.otlp.json")]);
    assert_eq!(
        (code, &*errors),
        (2, "error: --follow needs Jaeger: a file does not grow\n")
    );
}

#[test]
fn jaeger_is_searched_in_each_of_its_services() {
    let server = jaeger();
    let of_file = run(&["trace", &data("order.jaeger.json")]).1;
    for query in ["correlation_id=01a2076d-502b-763c-b3ba-3713d1c0cc58", TASK, TRACE] {
        let (code, text, errors) = run(&["trace", "--jaeger", &server.url, query]);
        assert_eq!((code, &*errors), (0, ""), "{query}");
        let page = format!("{}/trace/{TRACE}", server.url);
        assert_eq!(text.replace(&page, TRACE), of_file, "{query}");
    }
    let requests = server.requests();
    let search = requests.iter().find(|path| path.starts_with("/api/traces?")).unwrap();
    for part in [
        "service=tasker-worker",
        "limit=100",
        "start=",
        "tags=%7B%22correlation_id%22%3A%22",
    ] {
        assert!(search.contains(part), "{search}");
    }
}

#[test]
fn a_search_that_fills_the_limit_says_so() {
    let server = jaeger();
    let (code, _, errors) =
        ended(command(&["trace", "--limit", "1", "a=b"]).env("TASKER_SPAN_JAEGER_URL", &server.url));
    assert_eq!(code, 0);
    assert_eq!(errors, "Jaeger may have more traces of tasker-worker: raise --limit\n");
}

#[test]
fn nothing_found_is_a_finding() {
    let server = jaeger();
    let (code, text, errors) = run(&["trace", "--jaeger", &server.url, "2738331656b48bea1ac20e92f2895a40"]);
    assert_eq!((code, &*text), (1, ""));
    assert!(errors.starts_with("Jaeger has no such trace: "), "{errors}");
}

#[test]
fn a_task_is_followed_until_it_has_ended() {
    let server = jaeger();
    let (code, text, errors) = run(&["trace", "--follow", "--jaeger", &server.url, TRACE]);
    assert_eq!((code, &*errors), (0, ""));
    // Nothing changes, so it is printed once.
    assert_eq!(text, run(&["trace", "--jaeger", &server.url, TRACE]).1);
    assert!(server.requests().len() > 2);
}

/// The root arrives last.
#[test]
fn what_arrives_while_a_task_is_followed_is_shown() {
    let whole = fs::read_to_string(data("order.jaeger.json")).unwrap();
    let mut running: serde_json::Value = serde_json::from_str(&whole).unwrap();
    running["data"][0]["spans"].as_array_mut().unwrap().remove(0);
    let (nothing, running, asked) = (r#"{"data":[]}"#, running.to_string(), AtomicUsize::new(0));
    let server = Server::start(move |_| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => (200, nothing.to_owned()),
        1 => (200, running.clone()),
        _ => (200, whole.clone()),
    });
    let (code, text, errors) = run(&["trace", "--follow", "--jaeger", &server.url, TRACE]);
    assert_eq!((code, &*errors), (0, ""));
    let (before, after) = text.split_once("\n\ntrace   ").unwrap();
    assert!(
        before.contains("spans   15 of ") && before.contains("(task.orchestration: not captured)"),
        "{before}"
    );
    assert!(
        after.contains("spans   16 of ") && after.contains("task.orchestration  sell_gift_card"),
        "{after}"
    );
}

#[test]
fn what_is_not_jaeger_is_explained() {
    let pages = Server::start(|_| (200, "<!doctype html><title>Grafana</title>".to_owned()));
    let broken = Server::start(|_| (500, "\u{1b}[2J oops".to_owned()));
    // What a gateway says is no missing trace.
    let gateway = Server::start(|_| (401, r#"{"message":"Unauthorized"}"#.to_owned()));
    for (url, part) in [
        (
            &*gateway.url,
            r#"answers 401 Unauthorized, `{"message":"Unauthorized"}`"#,
        ),
        (
            &*pages.url,
            "answers 200 OK and a web page in place of JSON; give the address of Jaeger's pages by --jaeger",
        ),
        (&broken.url, "answers 500 Internal Server Error, `\\u{1b}[2J oops`"),
        ("http://127.0.0.1:9", "no Jaeger at http://127.0.0.1:9: "),
        ("http://me:secret@127.0.0.1:9", "no Jaeger at http://127.0.0.1:9: "),
        (
            "http://me:sec/secret@127.0.0.1:9",
            "`http://127.0.0.1:9` is not the address of a Jaeger",
        ),
        (
            "localhost:16686",
            "`localhost:16686` is not the address of a Jaeger: expected `http://HOST:PORT`",
        ),
    ] {
        for query in ["a=b", TRACE] {
            let (code, text, errors) = run(&["trace", "--jaeger", url, query]);
            assert_eq!((code, &*text), (2, ""), "{errors}");
            assert!(errors.contains(part) && !errors.contains("secret"), "{errors}");
        }
    }
}

/// A thousand like siblings are four lines, and all of them by `--all`.
#[test]
fn a_long_run_folds() {
    let span = |id: u64, parent: &str| {
        serde_json::json!({
            "traceId": TRACE, "spanId": format!("{id:016x}"), "parentSpanId": parent, "name": "batch",
            "startTimeUnixNano": "1000", "endTimeUnixNano": "2000",
        })
    };
    let spans = (2..1002).map(|id| span(id, "0000000000000001"));
    let spans: Vec<_> = [span(1, "")].into_iter().chain(spans).collect();
    let file = serde_json::json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string();
    let (_, folded, _) = ended(command(&["trace", "-"]).write_stdin(file.clone()));
    assert!(folded.contains("… 997 more like batch"), "{folded}");
    let (_, all, _) = ended(command(&["trace", "--all", "-"]).write_stdin(file));
    assert_eq!(all.lines().count(), 1001 + 3, "{all}");
}
