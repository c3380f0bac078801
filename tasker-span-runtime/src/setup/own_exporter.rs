//! `OwnExporter`: an exporter that the program brings, in place of a collector's.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SpanExporter;

use crate::error::{Error, Kind};
use crate::export::{Exporter, Outbox, SdkSender};
use crate::setup::batch::Batch;

type Build = Box<dyn FnOnce(Batch, &Resource) -> Exporter + Send>;

/// The clones of a builder share it, and the first one that exports has it.
#[derive(Clone)]
pub(super) struct OwnExporter(Arc<Mutex<Option<Build>>>);

impl OwnExporter {
    pub(super) fn new(exporter: impl SpanExporter + 'static) -> Self {
        let build = |batch, resource: &Resource| of_sdk(exporter, "the program's exporter", batch, resource);
        Self(Arc::new(Mutex::new(Some(Box::new(build)))))
    }

    pub(super) fn build(&self, batch: Batch, resource: &Resource) -> Result<Exporter, Error> {
        let build = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let build = build.ok_or_else(|| {
            let message = "the exporter of `.span_exporter(…)` is used already, by a clone of this builder";
            Error::new(Kind::AlreadyInstalled, message)
        })?;
        Ok(build(batch, resource))
    }
}

impl PartialEq for OwnExporter {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for OwnExporter {}

/// Without the exporter, which may show its headers.
impl fmt::Debug for OwnExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OwnExporter")
    }
}

/// An exporter of the SDK.
pub(super) fn of_sdk(exporter: impl SpanExporter + 'static, name: &str, batch: Batch, resource: &Resource) -> Exporter {
    let sender = SdkSender::new(exporter, resource, name.to_owned());
    Box::new(Outbox::new(sender, batch.batching()))
}
