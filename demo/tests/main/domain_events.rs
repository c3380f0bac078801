//! The example `domain_events`, run as a program: its tree is the one of the guide.

use tasker_span_tests::example::{self, text};
use tasker_span_tests::page::Page;

#[test]
fn subscribers_link_to_the_publisher_of_their_event() {
    let output = example::program("domain_events").output().unwrap();
    let (stdout, stderr) = text(&output);
    assert!(output.status.success(), "{stdout}{stderr}");
    assert_eq!(stderr, "");
    let page = Page::open("docs/guide.md").fill(|part| match part {
        "events" => format!("```text\n{}\n```", stdout.trim_end()),
        other => panic!("the page has the part {other}"),
    });
    page.check();
}
