//! Exit codes, streams, the baseline and the settings.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tasker_span_tests::environment;
use tempfile::TempDir;

use crate::{audit, fixture, output};

#[test]
fn exit_codes() {
    audit("clean").assert().code(0);
    audit("orders").assert().code(1);
    audit("clean").arg("nowhere").assert().code(2);
    audit("clean").args(["--config", "nowhere.toml"]).assert().code(2);
    audit("clean").args(["--baseline", "nowhere.txt"]).assert().code(2);
    audit("clean").arg("--format=xml").assert().code(2);
}

#[test]
fn it_is_a_command_of_cargo_too() {
    let mut command = assert_cmd::Command::from_std(environment::command(env!("CARGO_BIN_EXE_cargo-tasker-span")));
    command
        .current_dir(fixture("clean"))
        .args(["tasker-span", "audit"])
        .assert()
        .code(0);
}

#[test]
fn a_path_may_be_a_file_and_is_shown_below_the_current_folder() {
    let absolute = fixture("orders").join("src/lib.rs");
    let report = output(audit("orders").arg(absolute).arg("./src/lib.rs"));
    assert!(report.contains("src/lib.rs:14"), "{report}");
    assert!(report.contains("in 1 file)"), "{report}");
}

#[test]
fn files_that_do_not_parse_are_listed_and_are_no_finding() {
    let folder = copy("clean");
    fs::write(folder.path().join("src/broken.rs"), "fn (").unwrap();
    let run = run(folder.path(), &[]);
    assert_eq!(run.code, 0);
    assert!(
        run.stdout.contains("skipped src/broken.rs does not parse: line 1"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_git_ignores_and_cargo_builds_is_passed_over() {
    let folder = copy("clean");
    fs::write(folder.path().join(".gitignore"), "ignored/\n").unwrap();
    let ignored = folder.path().join("ignored");
    fs::create_dir(&ignored).unwrap();
    fs::copy(fixture("orders").join("src/lib.rs"), ignored.join("lib.rs")).unwrap();
    let target = folder.path().join("target");
    fs::create_dir(&target).unwrap();
    fs::write(target.join("CACHEDIR.TAG"), "").unwrap();
    fs::write(target.join("a.rs"), "#[tracing::instrument] fn f() -> Result<()> {}").unwrap();
    let run = run(folder.path(), &[]);
    assert!(run.stdout.contains("0 findings"), "{}", run.stdout);
    assert!(run.stdout.contains("in 1 file)"), "{}", run.stdout);
}

#[test]
fn a_folder_without_a_rust_file_is_not_clean() {
    let folder = copy("orders");
    fs::create_dir(folder.path().join("docs")).unwrap();
    for arguments in [&["docs"][..], &["src", "docs"]] {
        let run = run(folder.path(), arguments);
        let expected = "error: docs: the folder has no Rust file beside what `.gitignore` names\n";
        assert_eq!((run.code, &*run.stdout, &*run.stderr), (2, "", expected));
    }
}

#[test]
fn a_reader_that_has_read_enough_is_no_mistake() {
    let mut child = environment::command(env!("CARGO_BIN_EXE_tasker-span"))
        .args(["audit", "--format", "json"])
        .current_dir(fixture("rules"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let result = child.wait_with_output().unwrap();
    assert_eq!(result.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&result.stderr), "");
}

#[test]
fn a_pipe_has_no_colours_and_no_progress() {
    let result = audit("orders").output().unwrap();
    assert!(!result.stdout.contains(&0x1b));
    assert!(result.stderr.is_empty());
    let forced = audit("orders").env("CLICOLOR_FORCE", "1").output().unwrap();
    assert!(forced.stdout.contains(&0x1b));
}

#[test]
fn a_baseline_hides_what_is_known_and_fails_on_what_is_new() {
    let folder = copy("orders");
    let baseline = ["--baseline", "baseline.txt"];
    let written = run(folder.path(), &[&baseline[..], &["--update"]].concat());
    assert_eq!(written.code, 0, "{}", written.stdout);
    assert!(written.stderr.starts_with("wrote ") && written.stderr.ends_with(" known findings to baseline.txt\n"));
    let text = fs::read_to_string(folder.path().join("baseline.txt")).unwrap();
    assert!(text.contains("\npayload-argument 1 orders::place\n"), "{text}");
    assert_eq!(run(folder.path(), &baseline).code, 0);

    // Moving code changes nothing.
    let file = folder.path().join("src/lib.rs");
    let code = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("// moved\n\n{code}")).unwrap();
    assert_eq!(run(folder.path(), &baseline).code, 0);

    // A new finding fails, and is not added by itself.
    fs::write(&file, format!("{code}\n#[instrument]\nfn more(secret: &str) {{}}\n")).unwrap();
    let new = run(folder.path(), &[&baseline[..], &["--update"]].concat());
    assert_eq!(new.code, 1);
    assert!(new.stdout.contains("1 finding:"), "{}", new.stdout);
    assert_eq!(fs::read_to_string(folder.path().join("baseline.txt")).unwrap(), text);
    let accepted = run(folder.path(), &[&baseline[..], &["--update", "--accept-new"]].concat());
    assert_eq!(accepted.code, 0);
    assert_ne!(fs::read_to_string(folder.path().join("baseline.txt")).unwrap(), text);
}

#[cfg(unix)]
#[test]
fn a_name_of_a_file_is_one_line_of_every_report_and_of_the_baseline() {
    let folder = copy("clean");
    let name = "src/a\nempty-field 1 b\u{1b}[2J\u{202e}.rs";
    fs::write(
        folder.path().join(name),
        "#[tracing::instrument]\nfn f(task_uuid: Uuid, secret: &str) {}\n",
    )
    .unwrap();
    let is_plain = |c: char| c == '\n' || !(c.is_control() || c == '\u{202e}');
    for format in ["table", "json", "sarif", "github"] {
        let report = run(folder.path(), &["--format", format]);
        assert_eq!(report.code, 1);
        assert!(report.stdout.chars().all(is_plain), "{:?}", report.stdout);
        assert!(
            !report.stdout.lines().any(|line| line.starts_with("empty-field 1 b")),
            "{}",
            report.stdout
        );
    }
    let baseline = ["--baseline", "baseline.txt"];
    assert_eq!(run(folder.path(), &[&baseline[..], &["--update"]].concat()).code, 0);
    assert_eq!(run(folder.path(), &baseline).code, 0);
}

#[test]
fn a_baseline_shrinks_with_what_is_fixed() {
    let folder = copy("orders");
    let baseline = ["--baseline", "baseline.txt"];
    run(folder.path(), &[&baseline[..], &["--update"]].concat());
    let file = folder.path().join("src/lib.rs");
    let code = fs::read_to_string(&file).unwrap();
    fs::write(&file, code.replace("skip(task)", "skip_all")).unwrap();

    let stale = run(folder.path(), &baseline);
    assert_eq!(stale.code, 1);
    assert!(
        stale
            .stdout
            .contains("fixed the baseline still has `payload-argument 1 orders::place`"),
        "{}",
        stale.stdout
    );
    for format in ["json", "sarif", "github"] {
        let report = run(folder.path(), &[&baseline[..], &["--format", format]].concat());
        assert_eq!(report.code, 1);
        assert!(report.stdout.contains("payload-argument"), "{}", report.stdout);
    }
    assert_eq!(run(folder.path(), &[&baseline[..], &["--update"]].concat()).code, 0);
    assert_eq!(run(folder.path(), &baseline).code, 0);
    let text = fs::read_to_string(folder.path().join("baseline.txt")).unwrap();
    assert!(!text.contains("payload-argument"), "{text}");
}

#[test]
fn a_broken_baseline_is_named_with_its_line() {
    let folder = copy("clean");
    for (text, expected) in [
        (
            "# a comment\nx\n",
            "line 2: `x` is no entry: expected `code count function`",
        ),
        ("a 0 f\n", "line 1: `a 0 f` is no entry"),
        ("a 1 f\na 2 f\n", "line 2: `a 2 f` is there twice"),
    ] {
        fs::write(folder.path().join("b.txt"), text).unwrap();
        let run = run(folder.path(), &["--baseline", "b.txt"]);
        assert_eq!(run.code, 2);
        assert!(
            run.stderr.contains("b.txt: ") && run.stderr.contains(expected),
            "{}",
            run.stderr
        );
    }
}

#[test]
fn settings_are_found_above_the_folder_and_unknown_keys_are_mistakes() {
    let folder = copy("clean");
    fs::write(folder.path().join("tasker-span-audit.toml"), "[payloads]\n").unwrap();
    let result = run(folder.path(), &["src"]);
    assert_eq!(result.code, 2);
    assert!(
        result.stderr.contains("tasker-span-audit.toml") && result.stderr.contains("unknown field `payloads`"),
        "{}",
        result.stderr
    );
}

/// SARIF's addresses are relative to the sources, or have a scheme.
#[test]
fn a_file_elsewhere_has_its_own_address() {
    let folder = copy("orders");
    let here = tempfile::tempdir().unwrap();
    let path = folder.path().join("src/lib.rs").display().to_string();
    let sarif = run(here.path(), &[&path, "--format", "sarif"]).stdout;
    let uri = format!("\"uri\": \"file://{path}\"");
    assert!(sarif.contains(&uri) && !sarif.contains("\"uriBaseId\""), "{sarif}");
}

/// Names in files, and of them, may be anybody's. A diff has every byte.
#[test]
fn no_name_steers_a_terminal() {
    let folder = copy("clean");
    let evil = "a\u{1b}]0;b\u{7}\u{202e}";
    let file = folder.path().join(format!("src/{evil}\n.rs"));
    let code = format!(
        "use tracing::instrument;\n\n/* \u{1b}[1m \r */ #[instrument(name = \"{evil}\", fields(\"{evil}\" = 1))]\nfn f(task_uuid: Uuid) {{}}\n"
    );
    fs::write(&file, &code).unwrap();
    let result = audit_in(folder.path(), &["--suggest"])
        .env("CLICOLOR_FORCE", "1")
        .output();
    let text = String::from_utf8(result.unwrap().stdout).unwrap();
    assert!(text.contains("src/a\\u{1b}]0;b\\u{7}\\u{202e}\\n.rs"), "{text}");
    assert!(
        !text.contains(['\u{202e}', '\u{7}']) && !text.contains("\u{1b}]"),
        "{text:?}"
    );
    let missing = run(folder.path(), &["a\u{1b}[1m"]);
    assert_eq!(missing.stderr, "error: a\\u{1b}[1m: there is no such file or folder\n");

    fs::rename(&file, folder.path().join("src/evil.rs")).unwrap();
    let diff = run(folder.path(), &["src/evil.rs", "--diff"]).stdout;
    assert!(diff.contains("/* \u{1b}[1m \r */ #[instrument"), "{diff:?}");
}

struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Run {
    let result = audit_in(folder, arguments).output().unwrap();
    Run {
        code: result.status.code().unwrap(),
        stdout: String::from_utf8(result.stdout).unwrap(),
        stderr: String::from_utf8(result.stderr).unwrap(),
    }
}

fn audit_in(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = environment::command(env!("CARGO_BIN_EXE_tasker-span"));
    command.arg("audit").args(arguments).current_dir(folder);
    command
}

/// A fixture that a test may change.
fn copy(name: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    for file in ["Cargo.toml", "src/lib.rs"] {
        fs::copy(fixture(name).join(file), folder.path().join(file)).unwrap();
    }
    folder
}
