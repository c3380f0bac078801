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

/// Each case is a file, and behind the arrows the message that it gets.
fn check(cases: &str) {
    let mut content = String::new();
    let mut lines = cases.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(first) = line.strip_prefix("=> ") else {
            content.push_str(line);
            content.push('\n');
            continue;
        };
        let mut expected = first.to_owned();
        while let Some(next) = lines.next_if(|next| !next.is_empty()) {
            expected.push('\n');
            expected.push_str(next.strip_prefix("=> ").unwrap());
        }
        // The blank line between two cases.
        lines.next();
        assert_eq!(message(&content), expected, "{content}");
        content.clear();
    }
    assert_eq!(content, "", "a case without a message");
}

#[test]
fn unknown_keys() {
    check(
        r#"[telemetry]
service_nmae = "a"
=> file:2:1: unknown key `service_nmae` in `[telemetry]`, did you mean `service_name`?

[telemetry]
endpoint = "a"
=> file:2:1: unknown key `endpoint` in `[telemetry]`: expected `enabled`, `service_name`, `exporter_endpoint` or `tracing`

[telemetry.tracing]
samplerate = 0.5
=> file:2:1: unknown key `samplerate` in `[telemetry.tracing]`, did you mean `sample_rate`?

[telemetry.tracing]
keep_errors = true
=> file:2:1: unknown key `keep_errors` in `[telemetry.tracing]`, it belongs to `[telemetry.tracing.steps]`

[telemetry.traces]
sample_rate = 1
=> file:1:12: unknown key `traces` in `[telemetry]`, did you mean `tracing`?

[telemetry.tracing.step]
sample_rate = 1
=> file:1:20: unknown key `step` in `[telemetry.tracing]`, did you mean `steps`?

[telemetry.tracing.steps.namespace]
a = 1
=> file:1:26: unknown key `namespace` in `[telemetry.tracing.steps]`, did you mean `namespaces`?

[telemetry.tracing.steps]
payments = 1
=> file:2:1: unknown key `payments` in `[telemetry.tracing.steps]`: expected `sample_rate`, `keep_errors` or `namespaces`

[telemetri]
enabled = false
=> file:1:2: unknown table `telemetri`, did you mean `telemetry`?

telemetry.tracing.steps."keep errors" = false
=> file:1:25: unknown key `keep errors` in `[telemetry.tracing.steps]`, did you mean `keep_errors`?
"#,
    );
}

#[test]
fn values_of_another_type() {
    check(
        r#"telemetry = true
=> file:1:13: invalid value true for `telemetry`: expected a table

[[telemetry]]
enabled = true
=> file:1:1: invalid value [[telemetry]] for `telemetry`: expected a table

[telemetry]
enabled = "no"
service_name = 7
exporter_endpoint = ["http://a"]
=> 3 mistakes in `file`
=> file:2:11: invalid value "no" for `telemetry.enabled`: expected `true` or `false`, without quotation marks
=> file:3:16: invalid value 7 for `telemetry.service_name`: expected a text in quotation marks
=> file:4:21: invalid value ["http://a"] for `telemetry.exporter_endpoint`: expected a text in quotation marks

[telemetry]
enabled = 1
=> file:2:11: invalid value 1 for `telemetry.enabled`: expected `true` or `false`

[telemetry]
tracing = 0.1
=> file:2:11: invalid value 0.1 for `telemetry.tracing`: expected a table

[telemetry.tracing]
steps = 0.1
sampler = true
sample_rate = true
=> 3 mistakes in `file`
=> file:2:9: invalid value 0.1 for `telemetry.tracing.steps`: expected a table
=> file:3:11: invalid value true for `telemetry.tracing.sampler`: expected a text in quotation marks
=> file:4:15: invalid value true for `telemetry.tracing.sample_rate`: expected a rate from 0 to 1

[telemetry.tracing.steps]
namespaces = 0.1
=> file:2:14: invalid value 0.1 for `telemetry.tracing.steps.namespaces`: expected a table of rates by namespace

[telemetry.tracing.steps]
sample_rate = "0.5"
keep_errors = "true"
=> 2 mistakes in `file`
=> file:2:15: invalid value "0.5" for `telemetry.tracing.steps.sample_rate`: expected a rate from 0 to 1, without quotation marks
=> file:3:15: invalid value "true" for `telemetry.tracing.steps.keep_errors`: expected `true` or `false`, without quotation marks

[telemetry.tracing.steps]
keep_errors = 1979-05-27
=> file:2:15: invalid value 1979-05-27 for `telemetry.tracing.steps.keep_errors`: expected `true` or `false`
"#,
    );
}

#[test]
fn rates_and_namespaces() {
    check(
        r#"[telemetry.tracing.steps.namespaces]
a = -0.1
b = 1.1
c = nan
d = inf
e = -1
f = 2
g = 99999999999999999999
h = 1e400
i=-nan
=> 9 mistakes in `file`
=> file:2:5: invalid value -0.1 for `telemetry.tracing.steps.namespaces.a`: expected a rate from 0 to 1
=> file:3:5: invalid value 1.1 for `telemetry.tracing.steps.namespaces.b`: expected a rate from 0 to 1
=> file:4:5: invalid value nan for `telemetry.tracing.steps.namespaces.c`: expected a rate from 0 to 1
=> file:5:5: invalid value inf for `telemetry.tracing.steps.namespaces.d`: expected a rate from 0 to 1
=> file:6:5: invalid value -1 for `telemetry.tracing.steps.namespaces.e`: expected a rate from 0 to 1
=> file:7:5: invalid value 2 for `telemetry.tracing.steps.namespaces.f`: expected a rate from 0 to 1
=> file:8:5: invalid value 99999999999999999999 for `telemetry.tracing.steps.namespaces.g`: expected a rate from 0 to 1
=> file:9:5: invalid value 1e400 for `telemetry.tracing.steps.namespaces.h`: expected a rate from 0 to 1
=> file:10:3: invalid value -nan for `telemetry.tracing.steps.namespaces.i`: expected a rate from 0 to 1

[telemetry.tracing.steps.namespaces]
ok = 0
ok2 = 1
ok3 = 1.0
ok4 = +0.0
ok5 = 0x1
ok6=1e-9
ok7=-0.0
bad=1.0000000001
=> file:9:5: invalid value 1.0000000001 for `telemetry.tracing.steps.namespaces.bad`: expected a rate from 0 to 1

[telemetry.tracing.steps.namespaces]
payments = { rate = 0.5 }
=> file:2:12: invalid value { rate = 0.5 } for `telemetry.tracing.steps.namespaces.payments`: expected a rate from 0 to 1, or quotation marks around a name with dots

[telemetry.tracing.steps.namespaces]
payments.eu = 0.5
=> file:2:1: invalid value (a table) for `telemetry.tracing.steps.namespaces.payments`: expected a rate from 0 to 1, or quotation marks around a name with dots

[telemetry.tracing.steps.namespaces]
"" = 0.5
=> file:2:1: invalid key in `[telemetry.tracing.steps.namespaces]`: expected the name of a namespace

[telemetry.tracing.steps.namespaces]
payments = [
 1,
 2 ]
=> file:2:12: invalid value [… for `telemetry.tracing.steps.namespaces.payments`: expected a rate from 0 to 1

[telemetry.tracing.steps.namespaces]
   "a\nb"  =    7
=> file:2:17: invalid value 7 for `telemetry.tracing.steps.namespaces."a\nb"`: expected a rate from 0 to 1

[telemetry.tracing.steps.namespaces]
nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn = 0.5
=> file:2:1: the name of a namespace has 300 bytes: expected at most 256
"#,
    );
}

#[test]
fn names_and_addresses() {
    check(
        r#"[telemetry]
service_name = "  "
=> file:2:16: invalid value "  " for `telemetry.service_name`: expected a name

[telemetry]
exporter_endpoint = "localhost:4317"
=> file:2:21: invalid value "localhost:4317" for `telemetry.exporter_endpoint`: it has no scheme; expected a URL such as `http://localhost:4317` or `https://collector.example:4318`

[telemetry]
exporter_endpoint = "http://user:secret@host:4317"
=> file:2:21: invalid value "http://…@host:4317" for `telemetry.exporter_endpoint`: it has credentials, which belong into a header; expected a URL such as `http://localhost:4317` or `https://collector.example:4318`

[telemetry.tracing]
sampler = "parentbased"
=> file:2:11: invalid value "parentbased" for `telemetry.tracing.sampler`: expected "parent_based", "always_on" or "always_off", did you mean `parent_based`?

[telemetry.tracing]
sampler = "traceidratio"
=> file:2:11: invalid value "traceidratio" for `telemetry.tracing.sampler`: expected "parent_based", "always_on" or "always_off"

[telemetry.tracing]
sampler = "always_on"
sample_rate = 0.5
=> file:3:15: invalid value 0.5 for `telemetry.tracing.sample_rate`: expected 1, or no rate, beside the sampler "always_on"

[telemetry.tracing]
sampler = "always_off"
sample_rate = 1
=> file:3:15: invalid value 1 for `telemetry.tracing.sample_rate`: expected 0, or no rate, beside the sampler "always_off"
"#,
    );
}

#[test]
fn variables() {
    check(
        r#"[telemetry]
service_name = "${TASKER_SPAN_UNSET}"
=> file:2:17: invalid value for `telemetry.service_name`: `${TASKER_SPAN_UNSET}` is not set: expected the environment variable `TASKER_SPAN_UNSET`, or a default as in `${TASKER_SPAN_UNSET:-…}`

[telemetry]
service_name = "${TASKER_SPAN_UNSET:-}"
=> file:2:16: invalid value "${TASKER_SPAN_UNSET:-}" for `telemetry.service_name`: expected a name

[telemetry]
service_name = "a-${TASKER_SPAN_UNSET}-${TASKER_SPAN_NEITHER}"
=> 2 mistakes in `file`
=> file:2:19: invalid value for `telemetry.service_name`: `${TASKER_SPAN_UNSET}` is not set: expected the environment variable `TASKER_SPAN_UNSET`, or a default as in `${TASKER_SPAN_UNSET:-…}`
=> file:2:40: invalid value for `telemetry.service_name`: `${TASKER_SPAN_NEITHER}` is not set: expected the environment variable `TASKER_SPAN_NEITHER`, or a default as in `${TASKER_SPAN_NEITHER:-…}`

[telemetry]
service_name = "${HOST NAME} ${} ${A:-${B}} ${A"
=> 4 mistakes in `file`
=> file:2:17: invalid value for `telemetry.service_name`: `${HOST NAME}` does not name a variable: expected `${NAME}` or `${NAME:-default}`
=> file:2:30: invalid value for `telemetry.service_name`: `${}` does not name a variable: expected `${NAME}` or `${NAME:-default}`
=> file:2:34: invalid value for `telemetry.service_name`: `${A:-${B}` has another variable in its default: expected a text
=> file:2:45: invalid value for `telemetry.service_name`: `${A` has no end: expected `}`, or `$$` for a dollar sign

[telemetry]
exporter_endpoint = "${TASKER_SPAN_UNSET:-nowhere}"
=> file:2:21: invalid value "nowhere" for `telemetry.exporter_endpoint`: it has no scheme; expected a URL such as `http://localhost:4317` or `https://collector.example:4318`

[telemetry]
enabled = "${TASKER_SPAN_UNSET:-yes}"
=> file:2:11: invalid value "yes" for `telemetry.enabled`, written as "${TASKER_SPAN_UNSET:-yes}": expected `true` or `false`

[telemetry]
service_name = "\"${TASKER_SPAN_UNSET}"
=> file:2:19: invalid value for `telemetry.service_name`: `${TASKER_SPAN_UNSET}` is not set: expected the environment variable `TASKER_SPAN_UNSET`, or a default as in `${TASKER_SPAN_UNSET:-…}`

[telemetry.tracing.steps.namespaces]
a = "${TASKER_SPAN_UNSET:-1.5}"
b = "${TASKER_SPAN_UNSET:-}"
c = "${TASKER_SPAN_UNSET:-NaN}"
d = '${TASKER_SPAN_UNSET}'
=> 4 mistakes in `file`
=> file:2:5: invalid value "1.5" for `telemetry.tracing.steps.namespaces.a`, written as "${TASKER_SPAN_UNSET:-1.5}": expected a rate from 0 to 1
=> file:3:5: invalid value "" for `telemetry.tracing.steps.namespaces.b`, written as "${TASKER_SPAN_UNSET:-}": expected a rate from 0 to 1
=> file:4:5: invalid value "NaN" for `telemetry.tracing.steps.namespaces.c`, written as "${TASKER_SPAN_UNSET:-NaN}": expected a rate from 0 to 1
=> file:5:6: invalid value for `telemetry.tracing.steps.namespaces.d`: `${TASKER_SPAN_UNSET}` is not set: expected the environment variable `TASKER_SPAN_UNSET`, or a default as in `${TASKER_SPAN_UNSET:-…}`
"#,
    );
}

#[test]
fn broken_toml() {
    check(
        r#"[telemetry]
enabled = true
enabled = false
=> file:3:1: `enabled` is set for the second time: expected every key and table once

[telemetry]
enabled = true

[telemetry]
service_name = "a"
=> file:4:2: `telemetry` is set for the second time: expected every key and table once

[telemetry.tracing]
[telemetry]
service_name = "a"
tracing.sample_rate = 1
=> file:4:1: `tracing` is set for the second time: expected every key and table once

[telemetry.tracing.steps.namespaces]
a = 1
"a" = 0
=> file:3:1: `"a"` is set for the second time: expected every key and table once

[telemetry
enabled = true
=> file:1:11: broken TOML: unclosed table, expected `]`, found the end of the line

[telemetry]
enabled
=> file:2:8: broken TOML: key with no value, expected `=`, found the end of the line

[telemetry]
enabled = True
=> file:2:11: broken TOML: `True` is not a value: expected `true`, `false`, a number, or a "text"

[telemetry]
enabled: true
=> file:2:8: broken TOML: `:` in or after a key: expected `=`, or quotation marks around such a key

[telemetry]
service_name = tasker
=> file:2:16: broken TOML: `tasker` is not a value: expected `true`, `false`, a number, or a "text"

[telemetry]
service_name = "tasker
=> file:2:23: broken TOML: invalid basic string, expected `"`, found the end of the line

[telemetry]
service_name =
=> file:2:15: broken TOML: the end of the line is not a value: expected `true`, `false`, a number, or a "text"

[telemetry]
service_name = "C:\path"
=> file:2:20: broken TOML: missing escaped value, expected `b`, `e`, `f`, `n`, `r`, `\`, `"`, `x`, `u`, `U`, found `p`

[telemetry]
service_name = "${A}" b
=> file:2:23: broken TOML: unexpected key or value, expected newline, `#`, found `b`

[telemetry.tracing.steps.namespaces]
a = 50%
b = .5
c = 1.
d = 0,5
e 0.5
f = NaN
=> 5 mistakes in `file`
=> file:2:5: broken TOML: `50%` is not a value: expected `true`, `false`, a number, or a "text"
=> file:3:5: broken TOML: invalid mantissa, expected digits, found `.`
=> file:4:7: broken TOML: invalid fraction, expected digits, found the end of the line
=> file:5:6: broken TOML: unexpected key or value, expected newline, `#`, found `,`
=> file:6:3: broken TOML: key with no value, expected `=`, found `0`

[telemetry.tracing.steps.namespaces]
a = 0.5 b = 0.5
=> file:2:5: broken TOML: `0.5 b` is not a value: expected `true`, `false`, a number, or a "text"

[telemetry.tracing.steps.namespaces]
größe = 0.5
=> file:2:3: broken TOML: `öß` in or after a key: expected `=`, or quotation marks around such a key

{ "telemetry": { "enabled": true } }
=> file:1:1: broken TOML: invalid key-value pair, expected key, found `{`

telemetry:
  enabled: true
=> 2 mistakes in `file`
=> file:1:10: broken TOML: `:` in or after a key: expected `=`, or quotation marks around such a key
=> file:2:12: broken TOML: key with no value, expected `=`, found `t`
"#,
    );
}

#[test]
fn all_mistakes_of_a_file_at_once() {
    check(
        r#"[telemetry]
enabled = 1

[telemetry.tracing]
sample_rate = 7
sampler = "x"

[telemetry.tracing.steps]
keep_errors = "${TASKER_SPAN_UNSET}"
namespace = 1
=> 5 mistakes in `file`
=> file:2:11: invalid value 1 for `telemetry.enabled`: expected `true` or `false`
=> file:5:15: invalid value 7 for `telemetry.tracing.sample_rate`: expected a rate from 0 to 1
=> file:6:11: invalid value "x" for `telemetry.tracing.sampler`: expected "parent_based", "always_on" or "always_off"
=> file:9:16: invalid value for `telemetry.tracing.steps.keep_errors`: `${TASKER_SPAN_UNSET}` is not set: expected the environment variable `TASKER_SPAN_UNSET`, or a default as in `${TASKER_SPAN_UNSET:-…}`
=> file:10:1: unknown key `namespace` in `[telemetry.tracing.steps]`, did you mean `namespaces`?

[a]
b=1
b=2
[c
=> 2 mistakes in `file`
=> file:3:1: `b` is set for the second time: expected every key and table once
=> file:4:3: broken TOML: unclosed table, expected `]`, found the end of the line
"#,
    );
}

#[test]
fn marks_and_ends_of_lines_of_other_systems() {
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
}

#[test]
fn bytes_that_are_no_text() {
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
}

#[test]
fn a_file_that_cannot_be_read() {
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
}

#[test]
fn too_many_namespaces() {
    let mut content = "[telemetry.tracing.steps.namespaces]\n".to_owned();
    content.extend((0..1025).map(|i| format!("n{i} = 0.5\n")));
    let expected = "file:1:1: `[telemetry.tracing.steps.namespaces]` has 1025 namespaces: expected at most 1024";
    assert_eq!(message(content), expected);
}

#[test]
fn only_the_first_mistakes_of_many_are_shown() {
    let message = message("no configuration\n".repeat(50_000));
    let mut lines = message.lines();
    assert_eq!(
        lines.next(),
        Some("50000 mistakes in `file`, of which the first 20 are")
    );
    assert_eq!(lines.count(), 20);
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
