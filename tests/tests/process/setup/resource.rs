//! What the resource says of a process by default, and who wins over that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use tasker_span_runtime::{Telemetry, TelemetryBuilder, Uuid};
use tasker_span_tests::process;

#[derive(Clone, Debug, Default)]
struct Seen(Arc<Mutex<BTreeMap<String, String>>>);

impl SpanProcessor for Seen {
    fn on_start(&self, _: &mut Span, _: &Context) {}
    fn on_end(&self, _: SpanData) {}
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
    fn set_resource(&mut self, resource: &Resource) {
        let attributes = resource.iter().map(|(key, value)| (key.to_string(), value.to_string()));
        *self.0.lock().unwrap() = attributes.collect();
    }
}

/// The attributes of the resource, without those of the SDK.
fn attributes(builder: TelemetryBuilder) -> BTreeMap<String, String> {
    let seen = Seen::default();
    let telemetry = builder.span_processor(seen.clone()).console_only().build().unwrap();
    drop(telemetry);
    let mut attributes = std::mem::take(&mut *seen.0.lock().unwrap());
    attributes.retain(|key, _| !key.starts_with("telemetry.sdk."));
    attributes
}

#[test]
fn the_process_its_host_and_its_number_are_there_by_default() {
    process::alone(|| {
        let resource = attributes(Telemetry::builder());
        let keys: Vec<_> = resource.keys().map(|key| &**key).collect();
        assert_eq!(
            keys,
            ["host.name", "process.pid", "service.instance.id", "service.name"]
        );
        assert_eq!(resource["process.pid"], std::process::id().to_string());
        assert!(Uuid::parse_str(&resource["service.instance.id"]).is_ok());
        assert_eq!(attributes(Telemetry::builder()), resource, "of one process");

        let omitted = Telemetry::builder()
            .omit_resource_attribute("host.name")
            .omit_resource_attribute("process.pid")
            .omit_resource_attribute("service.instance.id")
            .service_version("1.2.3");
        let keys: Vec<_> = attributes(omitted).into_keys().collect();
        assert_eq!(keys, ["service.name", "service.version"]);
    });
}

#[test]
fn two_processes_are_two_instances() {
    let id = || {
        let log = process::program(instance).log();
        log.lines()
            .find_map(|line| line.strip_prefix("instance "))
            .unwrap()
            .to_owned()
    };
    assert_ne!(id(), id());
}

#[test]
#[ignore = "a program that the other tests run"]
fn instance() {
    eprintln!("instance {}", attributes(Telemetry::builder())["service.instance.id"]);
}

#[test]
fn the_environment_wins_and_its_keys_are_decoded() {
    let listed = "service.instance.id=a1,host.name=h%2C1,deployment%2Eenvironment=test,service.name=%20";
    process::alone_in(&[("OTEL_RESOURCE_ATTRIBUTES", listed)], || {
        let builder = Telemetry::builder().service_name("orders").service_version("1.2.3");
        let resource = attributes(builder.resource_attribute("service.instance.id", "builder"));
        let expected = [
            ("deployment.environment", "test"),
            ("host.name", "h,1"),
            ("process.pid", &*std::process::id().to_string()),
            ("service.instance.id", "a1"),
            ("service.name", "orders"),
            ("service.version", "1.2.3"),
        ];
        assert_eq!(
            resource
                .iter()
                .map(|(key, value)| (&**key, &**value))
                .collect::<Vec<_>>(),
            expected
        );
    });
}
