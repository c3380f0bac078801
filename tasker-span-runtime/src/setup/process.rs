//! What the resource says of this process by default: which instance of its service it is, and where it runs.

use std::process;
use std::sync::Mutex;

use opentelemetry::{KeyValue, Value};
use opentelemetry_sdk::Resource;
use uuid::{Builder, Uuid};

use crate::fork;
use crate::lock::lock;
use crate::span::random;

/// The attributes of [OpenTelemetry's conventions](https://opentelemetry.io/docs/specs/semconv/resource/), without those that
/// the program omits.
pub(super) fn resource(omitted: &[String]) -> Resource {
    let attributes = [
        ("service.instance.id", Some(instance().to_string().into())),
        ("host.name", host().map(Value::from)),
        ("process.pid", Some(i64::from(process::id()).into())),
    ];
    let attributes = attributes
        .into_iter()
        .filter(|(name, _)| !omitted.iter().any(|omitted| omitted == name));
    Resource::builder_empty()
        .with_attributes(attributes.filter_map(|(name, value)| Some(KeyValue::new(name, value?))))
        .build()
}

/// A random UUID, the same for each telemetry of a process, and another one in a process that is forked.
fn instance() -> Uuid {
    static INSTANCE: Mutex<Option<(u32, Uuid)>> = Mutex::new(None);
    let mut known = lock(&INSTANCE);
    let process = fork::process();
    match known.as_deref() {
        Some(Some((of, id))) if *of == process => *id,
        _ => {
            // Not the SDK's: all children of a thread have the same copy of its generator.
            let id = Builder::from_random_bytes(random::trace_id().to_u128().to_be_bytes()).into_uuid();
            if let Some(known) = &mut known {
                **known = Some((process, id));
            }
            id
        }
    }
}

fn host() -> Option<String> {
    let name = gethostname::gethostname().into_string().ok()?;
    (!name.trim().is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use opentelemetry::Key;

    use super::*;

    #[test]
    fn the_process_is_known_by_an_id_its_host_and_its_number() {
        let resource = resource(&[]);
        let value = |name: &'static str| resource.get(&Key::new(name));
        let id: Uuid = value("service.instance.id").unwrap().as_str().parse().unwrap();
        assert_eq!((id.get_version_num(), id), (4, instance()));
        assert_eq!(value("process.pid"), Some(i64::from(process::id()).into()));
        assert!(value("host.name").is_some_and(|name| !name.as_str().is_empty()));
    }

    #[test]
    fn each_attribute_can_be_omitted() {
        for omitted in ["service.instance.id", "host.name", "process.pid"] {
            let resource = resource(&[omitted.to_owned(), "unknown".to_owned()]);
            assert_eq!((resource.len(), resource.get(&Key::new(omitted))), (2, None));
        }
    }
}
