//! Inserts what a trace context tells of its task into the identity cache. What it may say is in `task_member`.

use super::TraceContext;
use super::task_member::{KEY, TaskMember};
use super::tracestate::TraceState;
use crate::identity::{TraceId, cache, intern};
use crate::span::Settings;
use crate::stats;

impl TraceContext {
    /// Inserts the task's `correlation_id` and `namespace`, which the sender sent along, into this process's identity cache:
    /// spans that know the task's UUID alone then find them. What the process knows by itself stays.
    ///
    /// `tasker_span_pgmq::read` and `link = …` do it. It is for messages of other brokers that no span links to. Parsing alone
    /// inserts nothing, and neither does a thread whose subscriber has no layer of this crate.
    ///
    /// ```
    /// use std::collections::HashMap;
    /// use tasker_span_runtime::{TraceContext, Uuid, task_span};
    ///
    /// #[task_span("task.result", within = "task.orchestration", task_uuid = task_uuid, inherit(correlation_id, namespace))]
    /// fn process_result(task_uuid: Uuid) {}
    ///
    /// fn receive(headers: &HashMap<String, String>, task_uuid: Uuid) {
    ///     TraceContext::extract(headers).insert_identity();
    ///     process_result(task_uuid);
    /// }
    /// # receive(&HashMap::new(), Uuid::max());
    /// ```
    pub fn insert_identity(&self) {
        if self.has_identity()
            && let Some(settings) = Settings::current()
        {
            self.insert_identity_into(settings.realm);
        }
    }

    /// Whether the sender sent more of its task than its trace id.
    pub(crate) fn has_identity(&self) -> bool {
        self.0.as_ref().is_some_and(|headers| headers.state.get(KEY).is_some())
    }

    pub(crate) fn insert_identity_into(&self, realm: u128) {
        let Some(headers) = &self.0 else { return };
        let Some(member) = TaskMember::find(&headers.state, headers.parent.trace_id) else {
            return;
        };
        let namespace = member.namespace.as_deref().and_then(intern::of_message);
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

/// The list without a member of ours that is broken or about another task, which is counted.
pub(super) fn checked(state: TraceState, trace_id: TraceId) -> TraceState {
    if state.get(KEY).is_none() || TaskMember::find(&state, trace_id).is_some() {
        return state;
    }
    stats::TRACESTATE_MEMBERS_IGNORED.add_one();
    state.without(KEY)
}

/// The list without what a sender told of its task.
pub(crate) fn without_identity(tracestate: &str) -> String {
    let list = TraceState::parse(tracestate).unwrap_or_default().without(KEY);
    list.as_str().unwrap_or_default().to_owned()
}
