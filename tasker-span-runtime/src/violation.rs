//! What happens when a span breaks the catalogue's rules: it is recorded and marked; in strict mode the test stops.

use crate::active::Active;
use crate::catalogue::Attribute;
use crate::layer;
use crate::scope;
use crate::site::Site;

/// Of a required attribute that has no value.
pub(crate) fn missing(site: &Site, attribute: Attribute) -> String {
    let (span, attribute) = (site.name(), attribute.name());
    format!("{span} has no {attribute}: no argument, enclosing span or identity cache supplies it")
}

/// Of a late attribute that has not come.
pub(crate) fn never_recorded(site: &Site, attribute: Attribute) -> String {
    format!("{} ended without its late {}", site.name(), attribute.name())
}

/// Marks the span with what is wrong about it.
///
/// # Panics
///
/// In strict mode, with the path of spans that led here.
pub(crate) fn report(span: &Active, violations: &[String]) {
    if violations.is_empty() {
        return;
    }
    let violations = violations.join("; ");
    let strict = layer::with_current(|layer, _| layer.is_strict()).unwrap_or(false);
    if strict && !std::thread::panicking() {
        let path = scope::path().join(" → ");
        let path = if path.is_empty() { "no span".to_owned() } else { path };
        #[allow(clippy::panic, reason = "strict mode exists to stop a test at its first violation")]
        {
            panic!("tasker-span, strict mode: {violations} (inside {path})");
        }
    }
    span.attribute("tasker.violation", violations);
}
