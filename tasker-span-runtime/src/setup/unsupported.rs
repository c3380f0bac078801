//! Variables of OpenTelemetry's specification that this crate does not apply. Each one is a warning.
//!
//! Variables of metrics and logs are not read: they are for other parts of the program.

use crate::error::{Error, Origin};
use crate::setup::env::Environment;
use crate::setup::warnings::Warnings;

/// With what to do instead.
const VARIABLES: [(&str, &str); 4] = [
    ("OTEL_LOG_LEVEL", "set `RUST_LOG` to filter the console"),
    ("OTEL_CONFIG_FILE", CONFIG_FILE),
    ("OTEL_EXPERIMENTAL_CONFIG_FILE", CONFIG_FILE),
    ("OTEL_ENTITIES", "set `OTEL_RESOURCE_ATTRIBUTES` instead"),
];

const CONFIG_FILE: &str = "its file is not read; set the other variables, or the file of `.config_file(…)`";

pub(super) fn check(env: Environment<'_>, warnings: &mut Warnings) -> Result<(), Error> {
    for (name, instead) in VARIABLES {
        if env.is_set(name) {
            warnings.without_effect(&Origin::Variable(name), instead);
        }
    }
    check_propagators(env, warnings)
}

/// Messages carry W3C Trace Context, whatever the variable says.
fn check_propagators(env: Environment<'_>, warnings: &mut Warnings) -> Result<(), Error> {
    let Some(setting) = env.text("OTEL_PROPAGATORS")? else {
        return Ok(());
    };
    let mut names = setting.names();
    let is_known = |name: &String| {
        let known = [
            "tracecontext",
            "baggage",
            "b3",
            "b3multi",
            "jaeger",
            "xray",
            "ottrace",
            "none",
        ];
        known.contains(&&**name)
    };
    if names.is_empty() || !names.iter().all(is_known) {
        return Err(setting.invalid("expected `tracecontext`, or other propagators of OpenTelemetry's specification"));
    }
    names.retain(|name| name != "tracecontext");
    if !names.is_empty() {
        warnings.unsupported(&setting.origin, &names.join(","), "`tracecontext` is used");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    fn check_value(name: &str, value: &str) -> (Result<(), Error>, String) {
        let mut warnings = Warnings::default();
        let result = with(&[(name, value)], |env| check(env, &mut warnings));
        (result, warnings.messages().join("\n"))
    }

    #[test]
    fn each_variable_is_a_warning() {
        for (name, instead) in VARIABLES {
            let (result, warning) = check_value(name, "any");
            assert!(result.is_ok());
            let expected = format!("the environment variable `{name}` has no effect: {instead}");
            assert_eq!(warning, expected);
            assert_eq!(check_value(name, "").1, "");
        }
    }

    #[test]
    fn other_propagators_are_a_warning_and_nonsense_an_error() {
        let warning = |value| {
            let (result, warning) = check_value("OTEL_PROPAGATORS", value);
            result.unwrap();
            warning
        };
        assert_eq!(warning("TraceContext"), "");
        let expected = "`OTEL_PROPAGATORS`: `b3,baggage` is not supported; `tracecontext` is used";
        assert!(warning("B3, tracecontext ,baggage,b3").ends_with(expected));
        assert!(warning("none").contains("`none` is not supported"));
        for value in ["tracecontxt", ",", "b3,zipkin"] {
            let error = check_value("OTEL_PROPAGATORS", value).0.unwrap_err();
            assert!(error.to_string().contains("expected `tracecontext`"), "{error}");
        }
    }
}
