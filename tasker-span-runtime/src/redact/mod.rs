//! [`Redact`]: a program's hook that sees each value of a span before its export, and may replace or omit it. Log lines do not
//! pass it.
//!
//! Set it by [`TelemetryBuilder::redact`](crate::TelemetryBuilder::redact). A program with its own provider wraps its exporter
//! in [`RedactingExporter`](crate::otel::RedactingExporter).

pub(crate) mod exporter;
mod redactor;

use std::borrow::Cow;
use std::fmt;

use opentelemetry::Value;

pub(crate) use self::redactor::{Redactor, is_redacting};

/// A hook that decides about each value of a span before its export: by its name, by its text, or both. A closure
/// `|field: &Field<'_>| …` is one; it names the type.
///
/// If the hook panics, the value is omitted, and counted in
/// [`values_lost_in_redaction`](crate::Stats::values_lost_in_redaction). Spans that the hook opens are not exported, because they
/// would come back to it without end.
///
/// ```
/// use tasker_span_runtime::redact::{Field, Redact, Redaction};
///
/// /// Keeps e-mail addresses out of the trace, and what the program has classified by name.
/// struct Privacy {
///     classified: Vec<String>,
/// }
///
/// impl Redact for Privacy {
///     fn redact(&self, field: &Field<'_>) -> Redaction {
///         if self.classified.iter().any(|name| name == field.key()) {
///             Redaction::Omit
///         } else if field.text().contains('@') {
///             Redaction::Replace("an e-mail address".into())
///         } else {
///             Redaction::Keep
///         }
///     }
/// }
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let privacy = Privacy { classified: vec!["customer_name".to_owned()] };
/// let telemetry = tasker_span_runtime::Telemetry::builder().redact(privacy).console_only().build()?;
/// # drop(telemetry);
/// # Ok(())
/// # }
/// ```
pub trait Redact: Send + Sync + 'static {
    /// Decides about a value. It is called once for each value of each exported span, so it should be fast.
    ///
    /// ```
    /// use tasker_span_runtime::redact::{Field, Redact, Redaction};
    ///
    /// struct Nothing;
    ///
    /// impl Redact for Nothing {
    ///     fn redact(&self, _: &Field<'_>) -> Redaction {
    ///         Redaction::Keep
    ///     }
    /// }
    /// ```
    fn redact(&self, field: &Field<'_>) -> Redaction;
}

impl<F: Fn(&Field<'_>) -> Redaction + Send + Sync + 'static> Redact for F {
    fn redact(&self, field: &Field<'_>) -> Redaction {
        self(field)
    }
}

/// What becomes of a value.
///
/// ```
/// use tasker_span_runtime::redact::{Field, Redaction};
///
/// let hook = |field: &Field<'_>| match field.key() {
///     "customer_name" => Redaction::Omit,
///     "card" => Redaction::Replace(format!("{} characters", field.text().chars().count()).into()),
///     _ => Redaction::Keep,
/// };
/// # drop(tasker_span_runtime::Telemetry::builder().redact(hook));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redaction {
    /// It is exported.
    Keep,
    /// This text is exported in its place.
    Replace(Cow<'static, str>),
    /// It is not exported. A span and an event need a name: theirs is then `omitted`. A description is then empty.
    Omit,
}

/// The kind of a [`Field`].
///
/// ```
/// use tasker_span_runtime::redact::{Field, FieldKind, Redaction};
///
/// /// Descriptions of errors may quote a customer.
/// let hook = |field: &Field<'_>| match field.kind() {
///     FieldKind::Description => Redaction::Omit,
///     _ => Redaction::Keep,
/// };
/// # drop(tasker_span_runtime::Telemetry::builder().redact(hook));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum FieldKind {
    /// An attribute of the span: of the catalogue, of `fields(…)`, about the outcome, or set by other code.
    Attribute,
    /// The description of the span's status, which tells the error. Its key is `description`.
    Description,
    /// The name of the span, which a field `otel.name` may set. Its key is `name`.
    SpanName,
    /// The name of an event, which is the message of a log line. Its key is `message`.
    EventMessage,
    /// An attribute of an event: a field of a log line, or the message and the sources of an error.
    EventAttribute,
    /// An attribute of a link.
    LinkAttribute,
}

/// A value of a span that is about to be exported.
///
/// ```
/// # #[cfg(feature = "testing")]
/// # fn main() {
/// use std::sync::mpsc;
/// use tasker_span_runtime::redact::{Field, Redaction};
/// use tasker_span_runtime::testing::Capture;
///
/// let (seen, fields) = mpsc::sync_channel(8);
/// let hook = move |field: &Field<'_>| {
///     let _ = seen.send([field.span_name().to_owned(), field.key().to_owned(), field.text().into_owned()]);
///     Redaction::Keep
/// };
/// let capture = Capture::builder().redact(hook).start();
/// tracing::info_span!("order", items = 3).in_scope(|| ());
/// # drop(capture.spans());
/// # drop(capture);
/// assert!(fields.iter().any(|field| field == ["order", "items", "3"]));
/// # }
/// # #[cfg(not(feature = "testing"))]
/// # fn main() {}
/// ```
#[derive(Clone, Copy)]
pub struct Field<'a> {
    kind: FieldKind,
    span_name: &'a str,
    key: &'a str,
    value: FieldValue<'a>,
}

#[derive(Clone, Copy)]
enum FieldValue<'a> {
    Text(&'a str),
    Value(&'a Value),
}

impl<'a> Field<'a> {
    /// What the value belongs to.
    ///
    /// ```
    /// use tasker_span_runtime::redact::{Field, FieldKind, Redaction};
    ///
    /// let hook = |field: &Field<'_>| match field.kind() {
    ///     FieldKind::EventMessage | FieldKind::EventAttribute => Redaction::Omit,
    ///     _ => Redaction::Keep,
    /// };
    /// # drop(tasker_span_runtime::Telemetry::builder().redact(hook));
    /// ```
    pub fn kind(&self) -> FieldKind {
        self.kind
    }

    /// The name of the span, as it was before any redaction.
    ///
    /// ```
    /// use tasker_span_runtime::redact::{Field, Redaction};
    ///
    /// let hook = |field: &Field<'_>| match (field.span_name(), field.key()) {
    ///     ("payment.authorization", "amount") => Redaction::Omit,
    ///     _ => Redaction::Keep,
    /// };
    /// # drop(tasker_span_runtime::Telemetry::builder().redact(hook));
    /// ```
    pub fn span_name(&self) -> &'a str {
        self.span_name
    }

    /// The name of the attribute, or that of its [kind](FieldKind).
    ///
    /// ```
    /// use tasker_span_runtime::redact::{Field, Redaction};
    ///
    /// let hook = |field: &Field<'_>| match field.key() {
    ///     "customer_name" | "iban" => Redaction::Omit,
    ///     _ => Redaction::Keep,
    /// };
    /// # drop(tasker_span_runtime::Telemetry::builder().redact(hook));
    /// ```
    pub fn key(&self) -> &'a str {
        self.key
    }

    /// The value as text. Numbers, booleans and lists are written as text.
    ///
    /// ```
    /// use tasker_span_runtime::redact::{Field, Redaction};
    ///
    /// let hook = |field: &Field<'_>| match field.text().contains('@') {
    ///     true => Redaction::Replace("an e-mail address".into()),
    ///     false => Redaction::Keep,
    /// };
    /// # drop(tasker_span_runtime::Telemetry::builder().redact(hook));
    /// ```
    pub fn text(&self) -> Cow<'a, str> {
        match self.value {
            FieldValue::Text(text) => text.into(),
            FieldValue::Value(value) => value.as_str(),
        }
    }
}

/// Without the value, which may be secret.
impl fmt::Debug for Field<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Field")
            .field("kind", &self.kind)
            .field("span_name", &self.span_name)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}
