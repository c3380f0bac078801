//! Inserts what a trace context tells of its task into an identity cache. What it may tell is in `task_member`.

use super::TraceContext;
use super::task_member::{KEY, TaskMember};
use crate::identity::{cache, intern};

impl TraceContext {
    /// Whether the sender sent more of its task than its trace id.
    pub(crate) fn has_identity(&self) -> bool {
        self.0.as_ref().is_some_and(|headers| headers.state.get(KEY).is_some())
    }

    pub(crate) fn insert_identity_into(&self, realm: u128) {
        let Some(headers) = &self.0 else { return };
        let Some(member) = TaskMember::find(&headers.state, headers.parent.trace_id) else {
            return;
        };
        let namespace = member.namespace.as_deref().and_then(intern::of_input);
        if member.correlation_id.is_some() || namespace.is_some() {
            cache::update_task(realm, member.task_uuid, |task| {
                task.fill_from_message(member.correlation_id, namespace);
            });
        }
    }

    /// Its `tracestate` without the task's ids, for a link that is exported.
    pub(crate) fn without_identity(&self) -> Self {
        let mut other = self.clone();
        if let Some(headers) = &mut other.0 {
            headers.state = headers.state.without(KEY);
        }
        other
    }
}
