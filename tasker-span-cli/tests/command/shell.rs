//! Help, completions, the manual page, and the call by Cargo.

use assert_cmd::Command;
use tasker_span_tests::environment;

use super::{command, ended, run};

const SUBCOMMANDS: [&str; 8] = [
    "audit",
    "trace",
    "check",
    "id",
    "config",
    "catalogue",
    "completions",
    "man",
];

#[test]
fn help_names_each_subcommand() {
    let (code, text, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for name in SUBCOMMANDS {
        assert!(text.contains(&format!("\n  {name} ")), "{name}\n{text}");
    }
    assert_eq!(run(&[]).0, 2);
    assert_eq!(run(&["tarce"]).0, 2);
}

#[test]
fn completions_are_for_each_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let (code, text, errors) = run(&["completions", shell]);
        assert_eq!((code, &*errors), (0, ""));
        assert!(
            text.contains("catalogue") && text.contains("--follow") | text.contains("follow"),
            "{shell}"
        );
    }
    assert_eq!(run(&["completions", "dos"]).0, 2);
}

#[test]
fn the_manual_has_a_page_for_each_subcommand() {
    let (code, text, _) = run(&["man"]);
    assert!(code == 0 && text.contains(".TH tasker-span 1"), "{text}");
    for name in SUBCOMMANDS {
        let (code, text, _) = run(&["man", name]);
        assert!(code == 0 && text.contains(".SH SYNOPSIS"), "{name}: {text}");
    }
    for name in ["audit", "trace", "check", "config"] {
        let (_, text, _) = run(&["man", name]);
        assert!(
            text.contains(".SH \"EXIT STATUS\"\nExit codes: 0 clean"),
            "{name}: {text}"
        );
    }
    assert!(run(&["man", "trace"]).1.contains("TASKER_SPAN_JAEGER_URL"));
    let (code, _, errors) = run(&["man", "tarce"]);
    assert_eq!((code, &*errors), (2, "error: there is no subcommand `tarce`\n"));
}

#[test]
fn cargo_calls_it_with_its_own_name() {
    let mut cargo = Command::from_std(environment::command(assert_cmd::cargo::cargo_bin!("cargo-tasker-span")));
    let (code, text, _) = ended(cargo.args(["tasker-span", "catalogue", "--format", "json"]));
    assert_eq!((code, text), (0, run(&["catalogue", "--format", "json"]).1));
    let (_, version, _) = ended(&mut command(&["--version"]));
    assert_eq!(version, format!("tasker-span {}\n", env!("CARGO_PKG_VERSION")));
}
