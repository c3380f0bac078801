//! Settings of the process, for a program that composes its own registry. `TelemetryBuilder` has methods for them.

use crate::error::{Error, Origin};
use crate::outcome::ErrorDescription;
use crate::sampling::Sampling;
use crate::setup::config::Files;
use crate::setup::env::Environment;
use crate::setup::handle::SamplingHandle;
use crate::setup::precedence::Precedence;

/// Applies these sampling rates to the spans of this crate in the whole process, and returns the handle that changes them at
/// run time. For a program with its own provider: [`TelemetryBuilder::sampling`](crate::TelemetryBuilder::sampling) is for all
/// others.
///
/// The sampler of the provider decides about spans of other code, and `OTEL_TRACES_SAMPLER` is the provider's.
/// `TASKER_SPAN_NAMESPACE_RATES` wins over the rates of namespaces, `TASKER_SPAN_SAMPLE_SLOWER_THAN` over
/// [`Sampling::slower_than`].
///
/// ```
/// use tasker_span_runtime::{Sampling, otel};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// # tasker_span_runtime::ignore_environment();
/// let rates = Sampling::new().step_rate(0.1).namespace_rate("payments", 1.0).keep_errors();
/// let sampling = otel::set_sampling(rates)?;
/// assert_eq!(sampling.namespace_rate("payments"), 1.0);
///
/// // At run time.
/// sampling.set(sampling.current().namespace_rate("analytics", 0.01))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// A rate is not a number from 0 to 1, or there are too many namespaces. The rates stay as they are.
pub fn set_sampling(sampling: Sampling) -> Result<SamplingHandle, Error> {
    sampling.validate(Origin::Function("set_sampling"))?;
    let env = Environment::process();
    let precedence = Precedence::new(sampling, None, env)?;
    let (handle, _) = SamplingHandle::start(precedence, Files::default(), env)?;
    handle.apply()?;
    Ok(handle)
}

/// Sets the description of errors that the whole process exports beside their type, as
/// [`TelemetryBuilder::error_description`](crate::TelemetryBuilder::error_description) does. `err(…)` on a macro overrides it.
///
/// ```
/// use tasker_span_runtime::{ErrorDescription, otel};
///
/// // Error messages may contain customer data.
/// otel::set_error_description(ErrorDescription::TypeOnly);
/// ```
pub fn set_error_description(description: ErrorDescription) {
    description.apply();
}
