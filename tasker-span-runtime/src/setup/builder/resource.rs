//! What the resource says of the program.

use opentelemetry_sdk::Resource;

use super::TelemetryBuilder;
use crate::secret::Secret;

impl TelemetryBuilder {
    /// The service name of this program. Without a name, or with a blank one in the environment, it is
    /// `unknown_service:` and the name of the executable.
    pub fn service_name(mut self, name: impl Into<String>) -> Self {
        self.service_name = Some(name.into());
        self
    }

    /// The version of this program, which only its own crate knows: the attribute `service.version` of the resource.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder()
    ///     .service_name("tasker-worker")
    ///     .service_version(env!("CARGO_PKG_VERSION"))
    ///     .console_only()
    ///     .build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn service_version(self, version: impl Into<String>) -> Self {
        self.resource_attribute("service.version", version)
    }

    /// Omits an attribute that the resource has by default. Any other source of it still sets it.
    ///
    /// By default, the resource has these attributes of
    /// [OpenTelemetry's conventions](https://opentelemetry.io/docs/specs/semconv/resource/):
    ///
    /// | attribute | value |
    /// | --- | --- |
    /// | `service.instance.id` | a random UUID of the process |
    /// | `host.name` | the name of the host |
    /// | `process.pid` | the number of the process |
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let builder = tasker_span_runtime::Telemetry::builder().omit_resource_attribute("host.name");
    /// let telemetry = builder.console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn omit_resource_attribute(mut self, name: impl Into<String>) -> Self {
        self.omitted_attributes.push(name.into());
        self
    }

    /// An attribute of the resource, such as `deployment.environment.name`.
    pub fn resource_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.resource_attributes.push((name.into(), Secret::new(value.into())));
        self
    }

    /// A resource of the program's own, such as that of detectors for the host or the container. Of several, the later wins.
    /// [`service_name`](Self::service_name), the file and [`resource_attribute`](Self::resource_attribute) win over it, and the
    /// environment over all of them.
    ///
    /// ```
    /// use opentelemetry::KeyValue;
    /// use opentelemetry_sdk::Resource;
    /// use opentelemetry_sdk::resource::ResourceDetector;
    /// use tasker_span_runtime::Telemetry;
    ///
    /// struct Host;
    ///
    /// impl ResourceDetector for Host {
    ///     fn detect(&self) -> Resource {
    ///         Resource::builder_empty().with_attribute(KeyValue::new("host.name", "worker-7")).build()
    ///     }
    /// }
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let detected = Resource::builder_empty().with_detector(Box::new(Host)).build();
    /// let telemetry = Telemetry::builder().resource(detected).console_only().build()?;
    /// # drop(telemetry);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resource(mut self, resource: Resource) -> Self {
        self.resources.push(resource);
        self
    }
}
