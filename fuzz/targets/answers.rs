//! An answer of Jaeger's API: two bytes of its status, then its body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tasker_span_cli::fuzzing;
use tasker_span_fuzz::assert_line;

fuzz_target!(|input: (u16, &str)| {
    let (status, body) = input;
    // As an HTTP client gives it.
    let status = 100 + status % 900;
    match fuzzing::answer(status, body) {
        Ok(spans) => assert!(spans <= body.len()),
        Err(message) => {
            message.lines().for_each(assert_line);
            assert!(message.chars().count() < 5_500, "{message}");
        }
    }
});
