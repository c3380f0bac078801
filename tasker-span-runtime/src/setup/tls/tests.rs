#[cfg(feature = "tls")]
mod secure;

use super::*;
use crate::error::Error;
use crate::setup::endpoint::Endpoint;
use crate::setup::env::Setting;
use crate::setup::env::tests::with;
use crate::setup::options::ExportOptions;
use crate::setup::warnings::Warnings;

fn resolve_for(url: &str, options: ExportOptions, variables: &[(&str, &str)]) -> (Result<Tls, Error>, String) {
    let endpoint = Endpoint::parse(&Setting::method("endpoint", url.to_owned())).unwrap();
    let mut warnings = Warnings::default();
    let tls = with(variables, |env| resolve(options.tls, &endpoint, env, &mut warnings));
    (tls, warnings.messages().join("\n"))
}

#[test]
fn files_of_an_endpoint_without_tls_are_a_warning() {
    let options = ExportOptions::new().client_certificate("/missing", "/missing");
    let variable = ("OTEL_EXPORTER_OTLP_CERTIFICATE", "/missing");
    let (tls, warnings) = resolve_for("http://localhost", options.system_roots(), &[variable]);
    assert_eq!(tls.unwrap(), Tls::default());
    let expected = "the environment variable `OTEL_EXPORTER_OTLP_CERTIFICATE` has no effect: the endpoint is `http`\n\
                    `.client_certificate(…)` has no effect: the endpoint is `http`";
    assert_eq!(warnings, expected);
}

#[test]
fn the_scheme_wins_over_insecure() {
    let warning = |url: &str, name, value| {
        let (tls, warning) = resolve_for(url, ExportOptions::new(), &[(name, value)]);
        tls.map(|_| warning)
    };
    for name in ["OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_TRACES_INSECURE"] {
        assert_eq!(warning("http://localhost", name, "True").unwrap(), "");
        assert_eq!(warning("https://localhost", name, "false").unwrap(), "");
        for (scheme, value) in [("https", "TRUE"), ("http", "false")] {
            let expected = format!("the environment variable `{name}` has no effect: the endpoint is `{scheme}`");
            assert_eq!(
                warning(&format!("{scheme}://localhost"), name, value).unwrap(),
                expected
            );
        }
        let error = warning("http://localhost", name, "1").unwrap_err();
        assert!(error.to_string().contains("expected `true` or `false`"), "{error}");
    }
}
