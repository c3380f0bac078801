//! `Outcome` and `Failure`: success or failure, read from a returned value. Reading values of any type is in `returned`.

use std::any::{Any, type_name};
use std::borrow::Cow;
use std::fmt::{self, Display, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::stats;

/// The longest description of an error that is exported, in bytes.
const MAX_DESCRIPTION: usize = 1024;

/// How a failure appears on its span: [`error.type`](https://opentelemetry.io/docs/specs/semconv/registry/attributes/error/)
/// and the description of the span's status.
///
/// ```
/// use tasker_span_runtime::Failure;
///
/// let failure = Failure::new("card_declined").with_description("limit exceeded");
/// assert_eq!(failure.error_type(), "card_declined");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    error_type: Cow<'static, str>,
    description: String,
}

impl Failure {
    /// A failure of this type: a name of low cardinality, such as a type's or a code.
    pub fn new(error_type: impl Into<Cow<'static, str>>) -> Self {
        Self {
            error_type: error_type.into(),
            description: String::new(),
        }
    }

    /// Adds a description, cut to 1,024 bytes.
    #[must_use]
    pub fn with_description(mut self, description: impl Display) -> Self {
        if describes() {
            self.description = bounded(&description);
        }
        self
    }

    /// Adds a description that the macro requests, whatever the setting of the process is.
    pub(crate) fn described(mut self, description: String) -> Self {
        self.description = description;
        self
    }

    /// The type of the failure, exported as `error.type`.
    pub fn error_type(&self) -> &str {
        &self.error_type
    }

    /// The description. It is empty if the process exports types only.
    pub fn description(&self) -> &str {
        &self.description
    }

    pub(crate) fn of<E: ?Sized>() -> Self {
        Self::new(type_name::<E>())
    }
}

/// The outcome of a span, read from the value that its function returned.
///
/// Implement it for a type that reports failure in its own way. The macros find the implementation on the returned value, on
/// the value in `Ok` and on the error in `Err`: so an error names its own `error.type`.
///
/// ```
/// use tasker_span_runtime::{Failure, Outcome};
///
/// struct StepResult {
///     error_code: Option<String>,
/// }
///
/// impl Outcome for StepResult {
///     fn failure(&self) -> Option<Failure> {
///         self.error_code.clone().map(Failure::new)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a span cannot tell whether `{Self}` is a success",
    label = "does not implement `Outcome`",
    note = "return a `Result`, or implement `tasker_span_runtime::Outcome` for it",
    note = "`in_scope` and `instrument` take any value, and do not read it"
)]
pub trait Outcome {
    /// The failure, or `None` for a success.
    fn failure(&self) -> Option<Failure>;
}

impl<T, E: Display> Outcome for Result<T, E> {
    fn failure(&self) -> Option<Failure> {
        self.as_ref()
            .err()
            .map(|error| Failure::of::<E>().with_description(error))
    }
}

/// The failure that the program has named itself.
impl<T> Outcome for Result<T, Failure> {
    fn failure(&self) -> Option<Failure> {
        self.as_ref().err().cloned()
    }
}

impl Outcome for Failure {
    fn failure(&self) -> Option<Failure> {
        Some(self.clone())
    }
}

macro_rules! always_successful {
    ($({$($generic:ident)*} $type:ty;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl<$($generic),*> Outcome for $type {
            fn failure(&self) -> Option<Failure> {
                None
            }
        }
    )*};
}

always_successful! {
    {} (); {} bool; {} char; {} String; {} &str; {} uuid::Uuid;
    {} i8; {} i16; {} i32; {} i64; {} i128; {} isize; {} u8; {} u16; {} u32; {} u64; {} u128; {} usize; {} f32; {} f64;
    {T} Option<T>; {T} Vec<T>; {T} Box<T>; {T} std::sync::Arc<T>; {A B} (A, B); {A B C} (A, B, C);
}

/// Whether descriptions of errors are exported at all.
static DESCRIBE: AtomicBool = AtomicBool::new(true);

pub(crate) fn describes() -> bool {
    DESCRIBE.load(Ordering::Relaxed)
}

/// The description of an error that is exported beside its type. `err(…)` on the macro overrides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorDescription {
    /// Its `Display`.
    #[default]
    Display,
    /// No description: for programs whose error messages may contain customer data.
    TypeOnly,
}

impl ErrorDescription {
    /// Makes this the choice of the whole process.
    pub(crate) fn apply(self) {
        DESCRIBE.store(self == Self::Display, Ordering::Relaxed);
    }
}

/// Runs code of the program that a span has called: its panic must not take down the function that the span is about.
///
/// Where the compiler sees that the code cannot panic, nothing is left of this.
#[inline]
pub(crate) fn caught<R>(code: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(code)) {
        Ok(result) => Some(result),
        Err(payload) => {
            count(payload);
            None
        }
    }
}

/// Counts a panic. What it carries may panic as well when it is dropped, and so on without end.
#[cold]
fn count(payload: Box<dyn Any + Send>) {
    stats::PANICS_CAUGHT.add_one();
    if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        std::mem::forget(another);
    }
}

/// A text that ends at a character when it has reached its length.
pub(crate) struct Bounded {
    text: String,
    length: usize,
}

impl Bounded {
    pub(crate) fn new(length: usize) -> Self {
        Self {
            text: String::new(),
            length,
        }
    }

    pub(crate) fn finish(self) -> String {
        self.text
    }
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.length - self.text.len();
        if text.len() <= room {
            self.text.push_str(text);
            return Ok(());
        }
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        Err(fmt::Error)
    }
}

/// The text of `value`, cut to a bounded length; a `Display` that fails or panics ends it there.
pub(crate) fn bounded(value: &dyn Display) -> String {
    let mut text = Bounded::new(MAX_DESCRIPTION);
    let _ = caught(|| write!(text, "{value}"));
    text.finish()
}
