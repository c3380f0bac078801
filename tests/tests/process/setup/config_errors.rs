//! Every kind of mistake in a configuration file, with its whole message.

use std::path::Path;

use tasker_span_runtime::{Error, Telemetry};
use tasker_span_tests::process;

use super::file::ConfigFile;

fn error(path: &Path) -> Error {
    let error = Telemetry::builder()
        .console_only()
        .config_file(path)
        .build()
        .unwrap_err();
    assert!(error.is_invalid_configuration(), "{error}");
    error
}

fn message(content: impl AsRef<[u8]>) -> String {
    let file = ConfigFile::new(content);
    let path = file.path().display().to_string();
    error(file.path()).to_string().replace(&path, "file")
}

#[test]
fn each_mistake_of_the_corpus_has_its_message() {
    process::alone(|| {
        let cases = include_str!("../../../corpus/config_errors.txt");
        let (mut content, mut count) = (String::new(), 0);
        for block in cases.split("\n\n").filter(|block| !block.starts_with("### ")) {
            let (messages, lines): (Vec<_>, Vec<_>) = block.lines().partition(|line| line.starts_with("=> "));
            content.extend(lines.iter().flat_map(|line| [*line, "\n"]));
            if messages.is_empty() {
                // A blank line of the file.
                content.push('\n');
                continue;
            }
            let expected: Vec<_> = messages.iter().map(|line| &line[3..]).collect();
            assert_eq!(message(&content), expected.join("\n"), "{content}");
            content.clear();
            count += 1;
        }
        assert_eq!((&*content, count), ("", 75));
    });
}

#[test]
fn marks_and_ends_of_lines_of_other_systems() {
    process::alone(|| {
        for (content, expected) in [
            (
                "\u{feff}[telemetry]\r\nenabled = 1\r\n",
                "file:2:11: invalid value 1 for `telemetry.enabled`: expected `true` or `false`",
            ),
            (
                "\u{feff}enabled",
                "file:1:8: broken TOML: key with no value, expected `=`, found the end of the file",
            ),
            (
                "[telemetry]\rservice_name = \"a\"\r",
                "file:1:13: broken TOML: carriage return must be followed by newline, expected newline, found `s`",
            ),
            (
                "[telemetry]\nservice_name = \"größe\" # ü\nenabled = 0",
                "file:3:11: invalid value 0 for `telemetry.enabled`: expected `true` or `false`",
            ),
            (
                "telemetry = { service_name = \"größe\", enabled = 0 }",
                "file:1:49: invalid value 0 for `telemetry.enabled`: expected `true` or `false`",
            ),
        ] {
            assert_eq!(message(content), expected, "{content:?}");
        }
    });
}

#[test]
fn bytes_that_are_no_text() {
    process::alone(|| {
        for (content, place) in [
            (
                &b"[telemetry]\nservice_name = \"a\xffb\"\n"[..],
                "file:2:18: the byte 0xff",
            ),
            (b"\xff\xfe[\0", "file:1:1: the byte 0xff"),
            (b"\xef\xbb\xbf[t]\r\n# \xc3\xa4 \xc3\n", "file:2:5: the byte 0xc3"),
        ] {
            let expected = format!("{place} is not UTF-8: expected a TOML file, which is in UTF-8");
            assert_eq!(message(content), expected);
        }
    });
}

#[test]
fn a_file_that_cannot_be_read() {
    process::alone(|| {
        let missing = std::env::temp_dir().join("tasker-span-is-not-there.toml");
        let begin = format!("cannot read the configuration file `{}`: ", missing.display());
        assert!(error(&missing).to_string().starts_with(&begin));

        let directory = std::env::temp_dir();
        let expected = format!(
            "cannot read the configuration file `{}`: it is not a regular file",
            directory.display()
        );
        assert_eq!(error(&directory).to_string(), expected);

        let expected = "cannot read the configuration file `file`: it is longer than 1 MiB";
        assert_eq!(message(vec![b'#'; 1024 * 1024 + 1]), expected);
    });
}

#[test]
fn too_many_namespaces() {
    process::alone(|| {
        let mut content = "[telemetry.tracing.steps.namespaces]\n".to_owned();
        content.extend((0..1025).map(|i| format!("n{i} = 0.5\n")));
        let expected = "file:1:1: `[telemetry.tracing.steps.namespaces]` has 1025 namespaces: expected at most 1024";
        assert_eq!(message(content), expected);
    });
}

#[test]
fn only_the_first_mistakes_of_many_are_shown() {
    process::alone(|| {
        let message = message("no configuration\n".repeat(50_000));
        let mut lines = message.lines();
        assert_eq!(
            lines.next(),
            Some("50000 mistakes in `file`, of which the first 20 are")
        );
        assert_eq!(lines.count(), 20);
    });
}

/// Applies the rates of each content: in a process of its own.
fn assert_right(contents: &[&str]) {
    for content in contents {
        let file = ConfigFile::new(content);
        let telemetry = Telemetry::builder().console_only().config_file(file.path()).build();
        drop(telemetry.unwrap_or_else(|error| panic!("{content:?}: {error}")));
    }
}

#[test]
fn the_examples_of_the_documentation_are_right() {
    process::alone(|| {
        let pages = [
            include_str!("../../../../docs/sampling.md"),
            include_str!("../../../../tasker-span-runtime/src/docs/config_file.md"),
        ];
        let blocks = pages.iter().flat_map(|page| page.split("```toml\n").skip(1));
        let examples: Vec<_> = blocks.filter_map(|rest| rest.split("```").next()).collect();
        assert!(examples.len() >= 3);
        assert_right(&examples);
    });
}

#[test]
fn what_is_no_mistake() {
    process::alone(|| {
        assert_right(&[
            "",
            "# nothing yet\n",
            "[telemetry]\n",
            "[telemetry.tracing.steps.namespaces]\n",
            "[database]\nurl = 7\n\n[telemetry]\nenabled = true\n\n[[queues]]\nname = \"a\"\n",
            "telemetry.tracing = { sampler = \"always_on\", sample_rate = 1 }\n",
            "[telemetry.tracing]\nsampler = 'always_off'\nsample_rate = 0.0\n",
            "[telemetry.tracing.steps.namespaces]\na = 0\nb = 1\nc = 1.0\nd = +0.0\ne = 0x1\nf = 1e-9\n\"g.h i\" = -0.0\n",
            "[telemetry]\nservice_name = \"a $$ ${TASKER_SPAN_UNSET:-b} $\"\nenabled = \"${TASKER_SPAN_UNSET:-true}\"\n",
            "[telemetry.tracing]\nsample_rate = \"${TASKER_SPAN_UNSET:- 0.5 }\"\n",
            "\u{feff}[telemetry]\r\nenabled = true\r\n",
        ]);
    });
}
