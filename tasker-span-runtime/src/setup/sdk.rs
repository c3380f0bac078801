//! Settings of the OpenTelemetry SDK: resource and standard sampler. Exports are in `destination`.

use opentelemetry::{Key, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::{ResourceDetector, SdkProvidedResourceDetector, TelemetryResourceDetector};

use crate::error::{Error, Kind, Origin};
use crate::secret::Secret;
use crate::setup::env::{Environment, Setting};
use crate::setup::pairs;
use crate::setup::warnings::Warnings;

/// The resource of the program's detectors, overridden by the attributes of the builder, and these by the environment.
pub(super) fn resource(
    detected: &[Resource],
    service_name: Option<&str>,
    attributes: &[(String, Secret<String>)],
    env: Environment<'_>,
) -> Result<Resource, Error> {
    let names = attributes.iter().map(|(name, _)| ("resource_attribute", &**name));
    let mut names = names.chain(service_name.map(|name| ("service_name", name)));
    if let Some((method, name)) = names.find(|(_, name)| name.trim().is_empty()) {
        let origin = Origin::Method(method);
        return Err(Error::invalid(Kind::Configuration, origin, name, "expected a name"));
    }
    let service = |name: String| ("service.name".to_owned(), Secret::new(name));
    let mut values = attributes.to_vec();
    values.extend(service_name.map(|name| service(name.to_owned())));
    if let Some(setting) = env.text("OTEL_RESOURCE_ATTRIBUTES")? {
        values.extend(pairs::parse(&setting)?);
    }
    if let Some(setting) = env.text("OTEL_SERVICE_NAME")? {
        values.push(service(setting.value));
    }
    let mut resource = Resource::builder_empty();
    if !values.iter().any(|(name, _)| name == "service.name") {
        // The specification's `unknown_service:<executable>`.
        let unknown = SdkProvidedResourceDetector.detect().get(&Key::new("service.name"));
        resource = resource.with_attributes(unknown.map(|name| KeyValue::new("service.name", name)));
    }
    // Later values win.
    for detected in detected {
        let attributes = detected
            .iter()
            .map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        if let Some(url) = detected.schema_url() {
            resource = resource.with_schema_url([], url.to_owned());
        }
        resource = resource.with_attributes(attributes);
    }
    Ok(resource
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(
            values
                .iter()
                .map(|(name, value)| KeyValue::new(name.clone(), value.expose().clone())),
        )
        .build())
}

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
    let argument_unused = |warnings: &mut Warnings| {
        if let Some(argument) = &argument {
            warnings.without_effect(&argument.origin, "`OTEL_TRACES_SAMPLER` is not `traceidratio`");
        }
    };
    let Some(name) = env.text("OTEL_TRACES_SAMPLER")? else {
        argument_unused(warnings);
        return Ok(None);
    };
    let sampler = name.name();
    let (follows_parents, root) = match sampler.strip_prefix("parentbased_") {
        Some(root) => (true, root),
        None => (false, &*sampler),
    };
    let rate = match root {
        "always_on" | "always_off" => {
            argument_unused(warnings);
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

    fn attribute(resource: &Resource, name: &'static str) -> String {
        let value = resource.get(&Key::new(name));
        value.map(|value| value.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_environment_names_the_service() {
        let attributes =
            [("tier", "builder"), ("zone", "a")].map(|(name, value)| (name.to_owned(), Secret::new(value.to_owned())));
        let name = |variables: &[_]| with(variables, |env| resource(&[], Some("builder"), &attributes, env)).unwrap();
        assert_eq!(attribute(&name(&[]), "service.name"), "builder");
        let listed = ("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed,tier=env");
        let both = name(&[listed]);
        assert_eq!(attribute(&both, "service.name"), "listed");
        assert_eq!((&*attribute(&both, "tier"), &*attribute(&both, "zone")), ("env", "a"));
        let own = name(&[listed, ("OTEL_SERVICE_NAME", "own")]);
        assert_eq!(attribute(&own, "service.name"), "own");
        assert_eq!(attribute(&both, "telemetry.sdk.language"), "rust");
    }

    #[test]
    fn the_builder_wins_over_detectors_and_the_environment_over_both() {
        let attribute = |name: &'static str| KeyValue::new(name, "detected");
        let detected = Resource::builder_empty()
            .with_schema_url(
                ["service.name", "tier", "zone"].map(attribute),
                "https://opentelemetry.io/schemas/1.0.0",
            )
            .with_attribute(KeyValue::new("host.cpus", 8))
            .build();
        let later = Resource::builder_empty()
            .with_attribute(KeyValue::new("zone", "later"))
            .build();
        let detected = [detected, later];
        let own = [("tier".to_owned(), Secret::new("builder".to_owned()))];
        let of = |variables: &[_], name| with(variables, |env| resource(&detected, name, &own, env)).unwrap();
        let plain = of(&[], None);
        assert_eq!(self::attribute(&plain, "service.name"), "detected");
        assert_eq!(self::attribute(&plain, "tier"), "builder");
        assert_eq!(self::attribute(&plain, "zone"), "later");
        assert_eq!(plain.get(&Key::new("host.cpus")), Some(8.into()));
        assert_eq!(plain.schema_url(), Some("https://opentelemetry.io/schemas/1.0.0"));
        assert_eq!(self::attribute(&of(&[], Some("builder")), "service.name"), "builder");
        let listed = of(&[("OTEL_RESOURCE_ATTRIBUTES", "zone=listed,tier=listed")], None);
        assert_eq!(self::attribute(&listed, "tier"), "listed");
        assert_eq!(self::attribute(&listed, "zone"), "listed");
    }

    #[test]
    fn a_service_without_a_name_is_unknown_and_an_empty_name_wrong() {
        let unknown = with(&[], |env| resource(&[], None, &[], env)).unwrap();
        assert!(attribute(&unknown, "service.name").starts_with("unknown_service"));
        let error = with(&[], |env| resource(&[], Some(" "), &[], env)).unwrap_err();
        assert!(error.to_string().contains("`.service_name(…)`"), "{error}");
        let error = with(&[("OTEL_RESOURCE_ATTRIBUTES", "a")], |env| {
            resource(&[], None, &[], env)
        })
        .unwrap_err();
        assert!(
            error.to_string().contains("`OTEL_RESOURCE_ATTRIBUTES`, pair 1"),
            "{error}"
        );
    }

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
