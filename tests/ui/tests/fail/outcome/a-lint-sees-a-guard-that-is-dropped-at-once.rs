#![deny(let_underscore_drop)]

use tasker_span_runtime::{Uuid, step_scope};

fn main() {
    let _ = step_scope!("result.submission", step_uuid = Uuid::nil(), inherit).enter();
}
