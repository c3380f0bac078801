//! The example `order_fulfillment` in a terminal.

use std::fs::File;
use std::io::Read;

use rustix::fs::{Mode, OFlags};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use tasker_span_tests::example;
use unicode_width::UnicodeWidthStr;

/// What the program prints in a terminal with so many columns.
fn printed(columns: u16, variables: &[(&str, &str)]) -> String {
    let outer = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&outer).unwrap();
    unlockpt(&outer).unwrap();
    let name = ptsname(&outer, Vec::new()).unwrap();
    let inner = rustix::fs::open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&inner, size).unwrap();
    let mut program = example::program("order_fulfillment");
    program
        .env("TERM", "xterm")
        .envs(variables.iter().copied())
        .stdout(inner);
    let mut running = program.spawn().unwrap();
    // The program alone has the inner end open now. When it is closed, the outer end cannot be read.
    drop(program);
    let mut bytes = Vec::new();
    let _ = File::from(outer).read_to_end(&mut bytes);
    assert!(running.wait().unwrap().success());
    String::from_utf8(bytes).unwrap()
}

/// The longest line that is no URL.
fn longest(text: &str) -> Option<usize> {
    let lines = text.lines().filter(|line| !line.starts_with("trace   http"));
    lines.map(UnicodeWidthStr::width).max()
}

#[test]
fn lines_are_as_wide_as_the_terminal() {
    for columns in [60, 80, 130] {
        let text = printed(columns, &[("NO_COLOR", "1")]);
        assert_eq!(longest(&text), Some(columns.into()), "{text}");
    }
    let text = printed(130, &[("NO_COLOR", "1"), ("COLUMNS", "80")]);
    assert_eq!(longest(&text), Some(80), "{text}");
}

#[test]
fn a_terminal_has_colours_unless_it_is_dumb() {
    for (variables, is_coloured) in [
        (&[][..], true),
        (&[("NO_COLOR", "1")], false),
        (&[("CLICOLOR", "0")], false),
        (&[("TERM", "dumb")], false),
    ] {
        let text = printed(100, variables);
        assert_eq!(text.contains('\u{1b}'), is_coloured, "{variables:?}\n{text}");
    }
}
