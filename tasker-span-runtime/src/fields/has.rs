//! The traits of the attributes: what a subject has implements, and so supplies.

use std::time::SystemTime;

use uuid::Uuid;

use super::SpanFields;

macro_rules! attribute_traits {
    ($($(#[$doc:meta])* $has:ident $method:ident $value:ty, $message:literal $note:literal;)*) => {$(
        $(#[$doc])*
        #[diagnostic::on_unimplemented(message = $message, label = "does not supply it", note = $note)]
        pub trait $has: SpanFields<Source = Self> {
            /// The value, where there is one.
            fn $method(&self) -> Option<$value>;
        }
    )*};
}

attribute_traits! {
    /// Supplies `correlation_id`: the id that the caller chose, by which a request is searched across tasks.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasCorrelationId, SpanFields, Uuid};
    /// #[derive(SpanFields)]
    /// struct Task {
    ///     correlation_id: Uuid,
    /// }
    ///
    /// let id = Uuid::from_u128(7);
    /// assert_eq!(Task { correlation_id: id }.correlation_id(), Some(id));
    /// ```
    HasCorrelationId correlation_id Uuid,
        "`{Self}` supplies no `correlation_id`"
        "call the field that holds it `correlation_id`, or mark it: `#[span(correlation_id)]`";

    /// Supplies `task_uuid`: the task's own id, from which its trace is derived.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasTaskUuid, SpanFields, Uuid};
    /// #[derive(SpanFields)]
    /// struct Task {
    ///     task_uuid: Uuid,
    /// }
    ///
    /// let id = Uuid::from_u128(7);
    /// assert_eq!(Task { task_uuid: id }.task_uuid(), Some(id));
    /// ```
    HasTaskUuid task_uuid Uuid,
        "`{Self}` supplies no `task_uuid`"
        "call the field that holds it `task_uuid`, or mark it: `#[span(task_uuid)]`";

    /// Supplies `step_uuid`: the id of one step of a task.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasStepUuid, SpanFields, Uuid};
    /// #[derive(SpanFields)]
    /// struct Step {
    ///     #[span(step_uuid)]
    ///     workflow_step_uuid: Uuid,
    /// }
    ///
    /// let id = Uuid::from_u128(7);
    /// assert_eq!(Step { workflow_step_uuid: id }.step_uuid(), Some(id));
    /// ```
    HasStepUuid step_uuid Uuid,
        "`{Self}` supplies no `step_uuid`"
        "call the field that holds it `step_uuid`, or mark it: `#[span(step_uuid)]`";

    /// Supplies `namespace`: the namespace of the task's workflow.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasNamespace, SpanFields};
    /// #[derive(SpanFields)]
    /// struct Task {
    ///     #[span(namespace)]
    ///     namespace_name: String,
    /// }
    ///
    /// assert_eq!(Task { namespace_name: "payments".into() }.namespace(), Some("payments"));
    /// ```
    HasNamespace namespace &str,
        "`{Self}` supplies no `namespace`"
        "call the field that holds it `namespace`, or mark it: `#[span(namespace)]`";

    /// Supplies `handler_name`: the handler that executes a step.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasHandlerName, SpanFields};
    /// #[derive(SpanFields)]
    /// struct Step {
    ///     handler_name: String,
    /// }
    ///
    /// assert_eq!(Step { handler_name: "charge_card".into() }.handler_name(), Some("charge_card"));
    /// ```
    HasHandlerName handler_name &str,
        "`{Self}` supplies no `handler_name`"
        "call the field that holds it `handler_name`, or mark it: `#[span(handler_name)]`";

    /// Supplies `parent_correlation_id`: the correlation id of the task that created this one.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasParentCorrelationId, SpanFields, Uuid};
    /// #[derive(SpanFields)]
    /// struct Task {
    ///     parent_correlation_id: Option<Uuid>,
    /// }
    ///
    /// assert_eq!(Task { parent_correlation_id: None }.parent_correlation_id(), None);
    /// ```
    HasParentCorrelationId parent_correlation_id Uuid,
        "`{Self}` supplies no `parent_correlation_id`"
        "call the field that holds it `parent_correlation_id`, or mark it: `#[span(parent_correlation_id)]`";

    /// Supplies `task_name`: the name of the task's workflow.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasTaskName, SpanFields};
    /// #[derive(SpanFields)]
    /// struct Task {
    ///     task_name: String,
    /// }
    ///
    /// assert_eq!(Task { task_name: "order_fulfillment".into() }.task_name(), Some("order_fulfillment"));
    /// ```
    HasTaskName task_name &str,
        "`{Self}` supplies no `task_name`"
        "call the field that holds it `task_name`, or mark it: `#[span(task_name)]`";

    /// Supplies `priority`: the task's priority.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasPriority, SpanFields};
    /// #[derive(SpanFields)]
    /// struct Task {
    ///     priority: i32,
    /// }
    ///
    /// assert_eq!(Task { priority: 5 }.priority(), Some(5));
    /// ```
    HasPriority priority i64,
        "`{Self}` supplies no `priority`"
        "call the field that holds it `priority`, or mark it: `#[span(priority)]`";

    /// Supplies `attempt_number`: which attempt at a step this is: 1 for the first.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasAttemptNumber, SpanFields};
    /// #[derive(SpanFields)]
    /// struct Step {
    ///     attempt_number: u32,
    /// }
    ///
    /// assert_eq!(Step { attempt_number: 2 }.attempt_number(), Some(2));
    /// ```
    HasAttemptNumber attempt_number i64,
        "`{Self}` supplies no `attempt_number`"
        "call the field that holds it `attempt_number`, or mark it: `#[span(attempt_number)]`";

    /// Supplies `max_attempts`: how many attempts a step has.
    ///
    /// ```
    /// # use tasker_span_runtime::{HasMaxAttempts, SpanFields};
    /// #[derive(SpanFields)]
    /// struct Step {
    ///     max_attempts: u32,
    /// }
    ///
    /// assert_eq!(Step { max_attempts: 3 }.max_attempts(), Some(3));
    /// ```
    HasMaxAttempts max_attempts i64,
        "`{Self}` supplies no `max_attempts`"
        "call the field that holds it `max_attempts`, or mark it: `#[span(max_attempts)]`";

    /// Supplies `started_at`: the moment at which the task began, from which its root span is dated.
    ///
    /// ```
    /// # use std::time::SystemTime;
    /// # use tasker_span_runtime::{HasStartedAt, SpanFields};
    /// #[derive(SpanFields)]
    /// struct Task {
    ///     #[span(started_at)]
    ///     created_at: SystemTime,
    /// }
    ///
    /// let now = SystemTime::now();
    /// assert_eq!(Task { created_at: now }.started_at(), Some(now));
    /// ```
    HasStartedAt started_at SystemTime,
        "`{Self}` supplies no `started_at`"
        "mark the field that holds the moment at which the task began: `#[span(started_at)]`";
}
