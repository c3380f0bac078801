//! The content of a configuration file.

#![no_main]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::{env, fs, process};

use libfuzzer_sys::fuzz_target;
use tasker_span_fuzz::settings::assert_settings;
use tasker_span_runtime::{Error, Telemetry, fuzzing};

const SECRET: &str = "CANARY-0198c0de";

static FILE: LazyLock<PathBuf> = LazyLock::new(|| {
    // In memory, where Linux has that: ten times as many inputs.
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() {
        memory.to_owned()
    } else {
        env::temp_dir()
    };
    directory.join(format!("tasker-span-fuzz-{}.toml", process::id()))
});

fuzz_target!(|content: &[u8]| {
    fs::write(&*FILE, content).expect("the file is written");
    let lookup = |name: &str| match name {
        "HOST" => Some("collector.example".into()),
        "SECRET" => Some(SECRET.into()),
        _ => None,
    };
    match fuzzing::settings(&Telemetry::builder().config_file(&*FILE), &lookup) {
        Ok(settings) => {
            assert_settings(&settings);
            // As `tasker-span config` prints them.
            tasker_span_cli::fuzzing::settings(&settings)
                .lines()
                .for_each(tasker_span_fuzz::assert_line);
        }
        Err(error) => assert_error(&error, content),
    }
});

/// Each line is a mistake at a position, or the first is their number.
fn assert_error(error: &Error, content: &[u8]) {
    assert!(error.is_invalid_configuration(), "{error}");
    let (message, file) = (error.to_string(), FILE.display().to_string());
    let lines = content.split(|byte| *byte == b'\n').count();
    let many = message.lines().count() > 1;
    for (index, line) in message.lines().enumerate() {
        tasker_span_fuzz::assert_line(line);
        assert!(line.chars().count() < 1_000, "{line}");
        if many && index == 0 {
            assert!(line.contains(" mistakes in "), "{line}");
            continue;
        }
        let place = line.strip_prefix(&file).and_then(|rest| rest.strip_prefix(':'));
        let mut parts = place.unwrap_or_else(|| panic!("no file: {line}")).splitn(3, ':');
        let number = |part: Option<&str>| part.and_then(|part| part.parse::<usize>().ok()).unwrap_or_default();
        assert!((1..=lines).contains(&number(parts.next())), "no line: {line}");
        assert!(
            (1..=content.len() + 1).contains(&number(parts.next())),
            "no column: {line}"
        );
    }
    // A file may have the text, and then it is no secret.
    if !content.windows(6).any(|part| part == b"CANARY") {
        assert!(!message.contains("CANARY"), "{message}");
    }
}
