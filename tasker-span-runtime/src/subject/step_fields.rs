//! `StepFields`: what a subject may know of its step. Required attributes have traits.

/// What a subject knows of its step beside the required attributes. `None` is not known.
///
/// ```
/// use tasker_span_runtime::StepFields;
///
/// let fields = StepFields {
///     generation: Some(1),
///     ..StepFields::default()
/// };
/// assert_eq!(fields.step_name, None);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct StepFields<'a> {
    /// The name of the step in its template.
    pub step_name: Option<&'a str>,
    /// The limit of attempts.
    pub max_attempts: Option<i64>,
    /// How often the step was reset.
    pub generation: Option<i64>,
    /// Which execution of its attempt is meant.
    pub continuation: Option<i64>,
}
