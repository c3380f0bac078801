//! `UnsampledSpan`: an unsampled span that encloses a log line, as the span that it would be.

use std::fmt;
use std::sync::Arc;

use tracing::Value;
use tracing::span::Record;
use tracing_subscriber::fmt::format::Writer;

use crate::attributes::{AttributeValue, Attributes, fill};
use crate::dropped;
use crate::identity::{self, SpanId, TraceId};
use crate::scope::{self, Scope};
use crate::site::Site;

/// Formats fields as the program's layer does.
pub(super) type FormatFields<'a> = dyn Fn(Writer<'_>, &Record<'_>) -> fmt::Result + 'a;

/// All that its span would carry, as far as this process knows it.
#[derive(Debug)]
pub(super) struct UnsampledSpan {
    site: &'static Site,
    attributes: Attributes,
}

/// The ids of the innermost span, if it is unsampled and its task is known.
pub(super) fn ids() -> Option<(TraceId, SpanId)> {
    let innermost = innermost()?;
    let (task_uuid, _) = innermost.identity();
    Some((identity::trace_id(task_uuid?), innermost.exported_id()?))
}

/// The unsampled spans that enclose the running code, outermost first, out to a sampled one.
pub(super) fn enclosing() -> Vec<UnsampledSpan> {
    let Some(innermost) = innermost() else {
        return Vec::new();
    };
    let scopes = std::iter::once(&innermost).chain(dropped::chain(&innermost));
    let scopes = scopes.take_while(|scope| scope.dropped.is_some());
    let mut spans: Vec<_> = scopes.map(UnsampledSpan::new).collect();
    spans.reverse();
    spans
}

fn innermost() -> Option<Arc<Scope>> {
    scope::is_dropped().then(scope::innermost_entered)?
}

impl UnsampledSpan {
    fn new(scope: &Arc<Scope>) -> Self {
        let mut attributes = dropped::known(scope);
        let (task_uuid, step_uuid) = scope.identity();
        fill(&mut attributes.task_uuid, task_uuid.as_ref());
        fill(&mut attributes.step_uuid, step_uuid.as_ref());
        Self {
            site: scope.site,
            attributes,
        }
    }

    pub(super) fn name(&self) -> &'static str {
        self.site.name()
    }

    /// Passes the catalogue's attributes to `format`, as fields of the span. `None` if there are
    /// none.
    pub(super) fn fields<R>(&self, format: impl FnOnce(&Record<'_>) -> R) -> Option<R> {
        let values = self.site.attributes().iter().map(|attribute| {
            let value: Box<dyn Value> = match self.attributes.get(*attribute)? {
                AttributeValue::Uuid(id) => Box::new(id.hyphenated().to_string()),
                AttributeValue::Text(text) => Box::new(text.to_owned()),
                AttributeValue::Integer(integer) => Box::new(integer),
            };
            Some(value)
        });
        let values = values.collect::<Vec<_>>();
        if values.iter().all(Option::is_none) {
            return None;
        }
        let fields = self.site.callsite().metadata.fields();
        let mut all: Vec<_> = values.iter().map(Option::as_deref).collect();
        all.resize(fields.len(), None);
        Some(format(&Record::new(&fields.value_set_all(&all))))
    }
}
