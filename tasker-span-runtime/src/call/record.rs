//! `span_record!`. The enclosing span's late attributes themselves are in `late`.

use crate::catalogue::attributes::{Attributes, Collect};
use crate::span;

/// Collects the arguments of `span_record!`.
#[derive(Debug, Default)]
pub struct Recorder(Attributes);

impl Recorder {
    pub fn new() -> Self {
        Self::default()
    }

    /// Records them on the enclosing span.
    pub fn record(self) {
        span::record_on_active(&self.0);
    }
}

impl Collect for Recorder {
    fn collected(&mut self) -> Option<&mut Attributes> {
        Some(&mut self.0)
    }
}

#[doc = include_str!("../docs/span_record.md")]
#[macro_export]
macro_rules! span_record {
    ($($argument:tt)*) => {
        $crate::__private::__record! { $crate $($argument)* }
    };
}
