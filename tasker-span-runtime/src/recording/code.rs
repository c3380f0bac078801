//! Where a span's code is, by the [conventions for code](https://opentelemetry.io/docs/specs/semconv/registry/attributes/code/).

use opentelemetry::KeyValue;

use crate::site::Site;

pub(super) fn attributes(site: &'static Site) -> impl Iterator<Item = KeyValue> {
    let metadata = site.callsite().metadata;
    let function = KeyValue::new("code.function.name", site.function());
    let file = metadata.file().map(|file| KeyValue::new("code.file.path", file));
    let line = metadata
        .line()
        .map(|line| KeyValue::new("code.line.number", i64::from(line)));
    [Some(function), file, line].into_iter().flatten()
}
