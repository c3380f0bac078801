//! The standard sampler of OpenTelemetry's SDK. Its resource is in `resource`, exports are in `destination`.

use crate::error::Error;
use crate::setup::env::{Environment, Setting};
use crate::setup::warnings::Warnings;

/// One of the standard samplers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StandardSampler {
    /// `parentbased_…`.
    pub(super) follows_parents: bool,
    pub(super) rate: f64,
}

/// `OTEL_TRACES_SAMPLER`, if it is set to a sampler that this crate has.
pub(super) fn sampler(env: Environment<'_>, warnings: &mut Warnings) -> Result<Option<StandardSampler>, Error> {
    let argument = env.text("OTEL_TRACES_SAMPLER_ARG")?;
    let argument_unused = |warnings: &mut Warnings, why| {
        if let Some(argument) = &argument {
            warnings.without_effect(&argument.origin, why);
        }
    };
    let Some(name) = env.text("OTEL_TRACES_SAMPLER")? else {
        let why = "`OTEL_TRACES_SAMPLER` is not set; set it to `parentbased_traceidratio` for this rate of task spans";
        argument_unused(warnings, why);
        return Ok(None);
    };
    let sampler = name.name();
    let (follows_parents, root) = match sampler.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, &*sampler),
    };
    let rate = match root {
        "always_on" | "always_off" => {
            argument_unused(warnings, "`OTEL_TRACES_SAMPLER` is not `traceidratio`");
            if root == "always_on" { 1.0 } else { 0.0 }
        }
        "traceidratio" => ratio(argument)?,
        "jaeger_remote" | "xray" if sampler != "parentbased_xray" => {
            warnings.unsupported(&name.origin, &sampler, "the rates of the program and of its file apply");
            return Ok(None);
        }
        _ => {
            let expected = "expected `always_on`, `always_off` or `traceidratio`, or one of them after `parentbased_`";
            return Err(name.invalid(expected));
        }
    };
    Ok(Some(StandardSampler { follows_parents, rate }))
}

fn ratio(setting: Option<Setting<String>>) -> Result<f64, Error> {
    let Some(setting) = setting else { return Ok(1.0) };
    match setting.value.trim().parse::<f64>() {
        Ok(ratio) if (0.0..=1.0).contains(&ratio) => Ok(ratio),
        _ => Err(setting.invalid("expected a ratio from 0 to 1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    #[test]
    fn parses_the_standard_samplers() {
        let sampler = |variables: &[_]| with(variables, |env| sampler(env, &mut Warnings::default()).unwrap());
        let is = |follows_parents, rate| Some(StandardSampler { follows_parents, rate });
        let name = |name| ("OTEL_TRACES_SAMPLER", name);
        assert_eq!(sampler(&[]), None);
        assert_eq!(sampler(&[name("always_off")]), is(false, 0.0));
        assert_eq!(sampler(&[name(" Always_ON")]), is(false, 1.0));
        assert_eq!(sampler(&[name("parentbased_always_on")]), is(true, 1.0));
        assert_eq!(sampler(&[name("traceidratio")]), is(false, 1.0));
        let ratio = [name("parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0.25")];
        assert_eq!(sampler(&ratio), is(true, 0.25));
    }

    #[test]
    fn rejects_samplers_that_the_sdk_would_replace() {
        let error = |variables: &[_]| {
            let error = with(variables, |env| sampler(env, &mut Warnings::default())).unwrap_err();
            error.to_string()
        };
        for name in ["jaeger", "parentbased_xray", "parentbased_", "always on"] {
            assert!(error(&[("OTEL_TRACES_SAMPLER", name)]).contains("expected `always_on`"));
        }
        for argument in ["-0.1", "1.5", "NaN", "half", "inf"] {
            let ratio = ("OTEL_TRACES_SAMPLER", "traceidratio");
            let message = error(&[ratio, ("OTEL_TRACES_SAMPLER_ARG", argument)]);
            assert!(
                message.contains("`OTEL_TRACES_SAMPLER_ARG`: expected a ratio"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_sampler_or_argument_that_is_not_used_is_a_warning() {
        let sampler = |variables: &[_]| {
            let mut warnings = Warnings::default();
            let sampler = with(variables, |env| sampler(env, &mut warnings).unwrap());
            (sampler, warnings.messages().join("\n"))
        };
        for name in ["jaeger_remote", "ParentBased_Jaeger_Remote", "xray"] {
            let argument = ("OTEL_TRACES_SAMPLER_ARG", "endpoint=http://localhost:14250");
            let (sampler, warning) = sampler(&[("OTEL_TRACES_SAMPLER", name), argument]);
            assert_eq!(sampler, None);
            let expected = format!("`OTEL_TRACES_SAMPLER`: `{}` is not supported", name.to_lowercase());
            assert!(warning.contains(&expected) && !warning.contains("_ARG"), "{warning}");
        }
        let argument = ("OTEL_TRACES_SAMPLER_ARG", "0.1");
        for variables in [&[argument][..], &[argument, ("OTEL_TRACES_SAMPLER", "always_on")]] {
            let warning = sampler(variables).1;
            assert!(warning.contains("`OTEL_TRACES_SAMPLER_ARG` has no effect"), "{warning}");
        }
    }
}
