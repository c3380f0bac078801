//! A file of traces, OTLP JSON or Jaeger JSON, and what `tasker-span trace` and `tasker-span check` print of it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tasker_span_cli::fuzzing;
use tasker_span_fuzz::assert_line;
use unicode_width::UnicodeWidthStr;

// The first byte is the width.
fuzz_target!(|input: &[u8]| {
    let Some((width, file)) = input.split_first() else {
        return;
    };
    let width = usize::from(*width);
    let printed = match fuzzing::traces(file, width) {
        Ok(printed) => printed,
        Err(message) => {
            assert_line(&message);
            assert!(message.chars().count() < 3_500, "{message}");
            return;
        }
    };
    // Each span takes a few lines, and a file's strings are there a few times.
    let most = 4_096 + 64 * file.len();
    for text in &printed.texts {
        text.lines().for_each(assert_line);
        let tree = text.lines().filter(|line| !line.starts_with("spans "));
        for line in tree {
            assert!(line.width() <= width.max(60), "{} > {width}: {line}", line.width());
        }
        assert!(text.len() <= most, "{} bytes of {}", text.len(), file.len());
    }
    let json = printed.json.strip_suffix('\n').expect("a line");
    assert_line(json);
    assert!(json.len() <= most, "{} bytes of {}", json.len(), file.len());
    let json: Value = serde_json::from_str(json).expect("JSON");
    let traces = json["traces"].as_array().expect("a list");
    let spans = traces
        .iter()
        .filter_map(|trace| trace["spans"].as_array())
        .map(Vec::len);
    assert_eq!(spans.sum::<usize>(), printed.spans);
    for [line, json] in &printed.violations {
        assert_line(line.strip_suffix('\n').expect("a line"));
        assert_line(json.strip_suffix('\n').expect("a line"));
        serde_json::from_str::<Value>(json).expect("JSON");
    }
});
