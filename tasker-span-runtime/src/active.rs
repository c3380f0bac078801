//! A span that is being recorded, and how it ends.

use std::sync::Arc;

use crate::dropped;
use crate::ending::Ending;
use crate::late;
use crate::messaging;
use crate::outcome::Failure;
use crate::recording::{ContainedSpan, Recording, Value};
use crate::resolve;
use crate::root;
use crate::scope::{self, Scope};
use crate::stats;
use crate::violation;

/// A span that is being recorded.
#[derive(Debug)]
pub(crate) struct Active {
    recording: Recording,
    scope: Arc<Scope>,
}

/// How the work inside a span came to its end.
pub(crate) enum End<'a> {
    /// It returned, and this is what the value tells.
    Returned(&'a mut Ending),
    Panicked,
    /// Its future was dropped before it was ready.
    Cancelled,
}

impl Active {
    pub(crate) fn new(recording: Recording, scope: Arc<Scope>) -> Self {
        Self { recording, scope }
    }

    pub(crate) fn span(&self) -> &ContainedSpan {
        self.recording.span()
    }

    /// Makes the span current until the guards are dropped, which must be before the next `.await`.
    pub(crate) fn enter(&self) -> scope::EnteredBoth<'_> {
        scope::enter_both(self.recording.span(), Some(&self.scope))
    }

    pub(crate) fn scope(&self) -> &Arc<Scope> {
        &self.scope
    }

    pub(crate) fn attribute(&self, key: &'static str, value: impl Into<Value>) {
        if let Some(handle) = self.scope.handle.get() {
            handle.attribute(key, value);
        }
    }

    fn fail(&self, failure: Failure) {
        if let Some(handle) = self.scope.handle.get() {
            handle.fail(failure);
        }
    }

    /// Ends a span whose work left no value to look at.
    pub(crate) fn end_unobserved(self) {
        if std::thread::panicking() && !self.scope.unwinding {
            self.end(End::Panicked);
        } else {
            let mut ending = Ending::new(Some(self.scope.site));
            self.end(End::Returned(&mut ending));
        }
    }

    pub(crate) fn end(self, end: End<'_>) {
        if self.scope.dropped.is_some() {
            return dropped::end(self.scope, end);
        }
        let mut violations = Vec::new();
        let succeeded = match end {
            End::Returned(ending) => {
                if let Some(attributes) = ending.attributes() {
                    late::record(&self.scope, attributes);
                }
                let succeeded = ending.failure.is_none();
                if let Some(failure) = ending.failure.take() {
                    stats::SPANS_FAILED.add_one();
                    self.fail(failure);
                } else {
                    violations = self.never_recorded();
                }
                if ending.is_unjudged {
                    violations.push(format!(
                        "{} could not be judged: the code that reads its returned value panicked",
                        self.scope.site.name()
                    ));
                }
                succeeded && !ending.is_unjudged
            }
            End::Panicked => {
                stats::SPANS_FAILED.add_one();
                self.fail(Failure::new("panic").with_description("panicked"));
                false
            }
            End::Cancelled => {
                stats::SPANS_CANCELLED.add_one();
                self.attribute("tasker.cancelled", true);
                false
            }
        };
        messaging::finish(&self.scope);
        violation::report(&self, &violations);
        let Self { recording, scope } = self;
        // Ends the exported span, unless a child holds it open.
        drop(recording);
        if succeeded {
            root::close(&scope);
        }
    }

    /// The late attributes that nobody recorded: the memory of identities may know them by now; the rest are violations.
    fn never_recorded(&self) -> Vec<String> {
        let scope = &self.scope;
        let absent = |scope: &Scope| {
            let late = scope.site.late().iter().copied();
            late.filter(|attribute| !scope.is_recorded(*attribute))
                .collect::<Vec<_>>()
        };
        if absent(scope).is_empty() {
            return Vec::new();
        }
        let mut recalled = scope.attributes().clone();
        resolve::recall_late(scope.site, &mut recalled);
        late::record(scope, &recalled);
        let never = absent(scope);
        stats::LATE_NEVER_RECORDED.add(never.len() as u64);
        never
            .iter()
            .map(|attribute| violation::never_recorded(scope.site, *attribute))
            .collect()
    }
}
