//! `docs/command.md` shows what the command printed in its tests.

use std::fs;
use std::path::Path;

use tasker_span_tests::page::Page;

#[test]
fn the_page_shows_the_output_of_the_command() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tasker-span-cli/tests/data/snapshots");
    let block = |name: &str| {
        let (command, file) = match name {
            "trace" => ("trace order.otlp.json", "trace.100.txt"),
            "check" => ("check broken.otlp.json", "check.txt"),
            "id" => ("id --task $TASK_UUID --step $STEP_UUID --attempt 2", "id.txt"),
            "config" => ("config base.toml overlay.toml", "config.txt"),
            other => panic!("nothing writes the part {other}"),
        };
        let output = fs::read_to_string(folder.join(file)).unwrap();
        format!("```text\n$ tasker-span {command}\n{output}```")
    };
    Page::open("docs/command.md").fill(block).check();
}
