//! An exporter of the program's own.

use std::sync::{Arc, Mutex};

use opentelemetry::Key;
use opentelemetry::trace::Tracer;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use tasker_span_runtime::Telemetry;
use tasker_span_tests::process;

use crate::{DEADLINE, end_spans};

/// Keeps the names of its spans, and the service. It blocks in a runtime of its own, as exporters of the field do.
#[derive(Clone, Debug, Default)]
struct Blocking {
    names: Arc<Mutex<Vec<String>>>,
    service: Arc<Mutex<String>>,
    fails: bool,
}

impl SpanExporter for Blocking {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async { tokio::task::yield_now().await });
        if self.fails {
            return Err(OTelSdkError::InternalFailure("the store is full".to_owned()));
        }
        let names = batch.iter().map(|span| span.name.to_string());
        self.names.lock().unwrap().extend(names);
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        let name = resource.get(&Key::new("service.name"));
        *self.service.lock().unwrap() = name.map(|name| name.to_string()).unwrap_or_default();
    }
}

#[test]
fn it_gets_all_spans_and_may_block() {
    process::alone(|| {
        let exporter = Blocking::default();
        let builder = Telemetry::builder()
            .service_name("shop")
            .span_exporter(exporter.clone());
        let telemetry = builder.build().unwrap();
        end_spans(&telemetry, 2);
        drop(telemetry.tracer().start("by hand"));
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((stats.spans_exported, stats.lost(), stats.pending()), (3, 0, 0));
        let mut names = exporter.names.lock().unwrap().clone();
        names.sort();
        assert_eq!(names, ["by hand", "step.execution", "step.execution"]);
        assert_eq!(*exporter.service.lock().unwrap(), "shop");
    });
}

#[test]
fn its_failures_are_counted_and_told() {
    process::alone(|| {
        let exporter = Blocking {
            fails: true,
            ..Blocking::default()
        };
        let telemetry = Telemetry::builder().span_exporter(exporter).build().unwrap();
        end_spans(&telemetry, 2);
        let error = telemetry.flush(DEADLINE).unwrap_err();
        assert!(error.is_exporter(), "{error}");
        let stats = telemetry.shutdown(DEADLINE).unwrap();
        assert_eq!((stats.spans_exported, stats.spans_export_failed), (0, 2));
    });
}

#[test]
fn one_telemetry_has_it() {
    process::alone(|| {
        let builder = Telemetry::builder().span_exporter(Blocking::default());
        let first = builder.clone().build().unwrap();
        let error = builder.build().unwrap_err();
        assert!(error.is_already_installed(), "{error}");
        drop(first);
    });
}
