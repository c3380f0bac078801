//! The resource of the program: the service, its deployment, and what detectors have found.

use std::ffi::OsStr;
use std::path::Path;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;

use crate::error::{Error, Kind, Origin};
use crate::secret::Secret;
use crate::setup::env::Environment;
use crate::setup::pairs;
use crate::setup::settings::{EffectiveSetting, Key, SettingSource, text};

/// Tasker's variables. They lose to every other source, because a program may have them for other purposes.
const OF_TASKER: [(&str, &[&str]); 2] = [
    ("service.version", &["OTEL_SERVICE_VERSION"]),
    ("deployment.environment.name", &["DEPLOYMENT_ENVIRONMENT", "TASKER_ENV"]),
];

/// The attributes that the settings show. Others may be secret.
const SHOWN: [(&str, Key); 3] = [
    ("service.name", Key::fixed("telemetry", "service_name")),
    ("service.version", Key::fixed("telemetry.resource", "service.version")),
    (
        "deployment.environment.name",
        Key::fixed("telemetry.resource", "deployment.environment.name"),
    ),
];

/// The attributes of one source.
struct Layer {
    source: SettingSource,
    attributes: Vec<KeyValue>,
}

/// The resource of the program's detectors, overridden by the attributes of the builder, and these by the environment.
pub(super) fn resource(
    detected: &[Resource],
    service_name: Option<(&str, SettingSource)>,
    attributes: &[(String, Secret<String>)],
    env: Environment<'_>,
) -> Result<(Resource, Vec<EffectiveSetting>), Error> {
    check_names(service_name.as_ref().map(|(name, _)| *name), attributes)?;
    // Later layers win.
    let mut layers = vec![unknown_service()];
    for (attribute, variables) in OF_TASKER {
        let setting = env.first(variables)?;
        layers.extend(setting.map(|setting| Layer::of((&setting.origin).into(), [(attribute, setting.value)])));
    }
    let mut resource = Resource::builder_empty();
    for detected in detected {
        if let Some(url) = detected.schema_url() {
            resource = resource.with_schema_url([], url.to_owned());
        }
        let attributes = detected.iter();
        layers.push(Layer {
            source: SettingSource::Builder("resource"),
            attributes: attributes
                .map(|(key, value)| KeyValue::new(key.clone(), value.clone()))
                .collect(),
        });
    }
    layers.push(Layer::of_pairs(
        SettingSource::Builder("resource_attribute"),
        attributes,
    ));
    layers.extend(service_name.map(|(name, source)| Layer::of(source, [("service.name", name.to_owned())])));
    if let Some(setting) = env.text("OTEL_RESOURCE_ATTRIBUTES")? {
        let mut pairs = pairs::parse_attributes(&setting)?;
        // A blank name of a service is none.
        pairs.retain(|(key, value)| key != "service.name" || !value.expose().trim().is_empty());
        layers.push(Layer::of_pairs((&setting.origin).into(), &pairs));
    }
    let name = env.text("OTEL_SERVICE_NAME")?;
    if let Some(setting) = name.filter(|name| !name.value.trim().is_empty()) {
        layers.push(Layer::of((&setting.origin).into(), [("service.name", setting.value)]));
    }
    let shown = SHOWN.into_iter().filter_map(|(name, key)| shown(&layers, name, &key));
    let shown = shown.collect();
    let resource = layers.into_iter().fold(
        resource.with_detector(Box::new(TelemetryResourceDetector)),
        |resource, layer| resource.with_attributes(layer.attributes),
    );
    Ok((resource.build(), shown))
}

impl Layer {
    fn of<const N: usize>(source: SettingSource, attributes: [(&'static str, String); N]) -> Self {
        Self {
            source,
            attributes: attributes.map(|(name, value)| KeyValue::new(name, value)).into(),
        }
    }

    fn of_pairs(source: SettingSource, pairs: &[(String, Secret<String>)]) -> Self {
        let attributes = pairs.iter();
        Self {
            source,
            attributes: attributes
                .map(|(name, value)| KeyValue::new(name.clone(), value.expose().clone()))
                .collect(),
        }
    }
}

fn check_names(service_name: Option<&str>, attributes: &[(String, Secret<String>)]) -> Result<(), Error> {
    let names = attributes.iter().map(|(name, _)| ("resource_attribute", &**name));
    let mut names = names.chain(service_name.map(|name| ("service_name", name)));
    match names.find(|(_, name)| name.trim().is_empty()) {
        None => Ok(()),
        Some((method, name)) => {
            let origin = Origin::Method(method);
            Err(Error::invalid(Kind::Configuration, origin, name, "expected a name"))
        }
    }
}

/// The specification's `unknown_service:<executable>`. The SDK's detector of it takes a blank name from the environment.
fn unknown_service() -> Layer {
    let path = std::env::current_exe().ok();
    let executable = path.as_deref().and_then(Path::file_name).and_then(OsStr::to_str);
    let name = executable.map_or("unknown_service".to_owned(), |name| format!("unknown_service:{name}"));
    Layer::of(SettingSource::Default, [("service.name", name)])
}

fn shown(layers: &[Layer], name: &str, key: &Key) -> Option<EffectiveSetting> {
    layers.iter().rev().find_map(|layer| {
        let attribute = layer
            .attributes
            .iter()
            .rev()
            .find(|attribute| attribute.key.as_str() == name)?;
        let value = text(attribute.value.as_str());
        Some(EffectiveSetting::new(key.clone(), value, layer.source.clone()))
    })
}

#[cfg(test)]
mod tests {
    use opentelemetry::Key as AttributeKey;

    use super::*;
    use crate::setup::env::tests::with;

    fn resource(
        detected: &[Resource],
        service_name: Option<&str>,
        attributes: &[(String, Secret<String>)],
        env: Environment<'_>,
    ) -> Result<Resource, Error> {
        let service_name = service_name.map(|name| (name, SettingSource::Builder("service_name")));
        super::resource(detected, service_name, attributes, env).map(|(resource, _)| resource)
    }

    fn attribute(resource: &Resource, name: &'static str) -> String {
        let value = resource.get(&AttributeKey::new(name));
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
        assert_eq!(plain.get(&AttributeKey::new("host.cpus")), Some(8.into()));
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
    fn a_blank_name_in_the_environment_is_none() {
        for blank in [
            ("OTEL_SERVICE_NAME", "  "),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name="),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=%20"),
        ] {
            let of = |name| with(&[blank], |env| resource(&[], name, &[], env)).unwrap();
            assert_eq!(attribute(&of(Some("builder")), "service.name"), "builder");
            assert!(attribute(&of(None), "service.name").starts_with("unknown_service"));
        }
        let both = [
            ("OTEL_SERVICE_NAME", " "),
            ("OTEL_RESOURCE_ATTRIBUTES", "service.name=listed"),
        ];
        let listed = with(&both, |env| resource(&[], None, &[], env)).unwrap();
        assert_eq!(attribute(&listed, "service.name"), "listed");
    }

    #[test]
    fn the_variables_of_tasker_lose_to_every_other_source() {
        const NAME: &str = "deployment.environment.name";
        let of = |variables: &[_], own: &[(String, Secret<String>)]| {
            with(variables, |env| super::resource(&[], None, own, env)).unwrap()
        };
        let (tasker, deployment) = (("TASKER_ENV", "test"), ("DEPLOYMENT_ENVIRONMENT", "staging"));
        let version = ("OTEL_SERVICE_VERSION", "1.2.3");
        assert_eq!(attribute(&of(&[tasker], &[]).0, NAME), "test");
        let (both, shown) = of(&[tasker, deployment, version], &[]);
        assert_eq!(attribute(&both, NAME), "staging");
        assert_eq!(attribute(&both, "service.version"), "1.2.3");
        let sources: Vec<_> = shown
            .iter()
            .map(|setting| (setting.value(), setting.source().clone()))
            .collect();
        assert_eq!(
            sources[1..],
            [
                ("1.2.3".to_owned(), SettingSource::Environment("OTEL_SERVICE_VERSION")),
                (
                    "staging".to_owned(),
                    SettingSource::Environment("DEPLOYMENT_ENVIRONMENT")
                ),
            ]
        );
        let own = [(NAME.to_owned(), Secret::new("builder".to_owned()))];
        assert_eq!(attribute(&of(&[deployment], &own).0, NAME), "builder");
        let listed = (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=listed,service.version=listed",
        );
        let (all, shown) = of(&[deployment, version, listed], &own);
        assert_eq!(attribute(&all, NAME), "listed");
        assert_eq!(attribute(&all, "service.version"), "listed");
        assert_eq!(
            *shown[2].source(),
            SettingSource::Environment("OTEL_RESOURCE_ATTRIBUTES")
        );
    }
}
