//! `TASKER_SPAN_NAMESPACE_RATES`: the rates of namespaces' steps, as pairs such as `payments=1.0,analytics=0.01`.

use crate::error::{Error, Kind};
use crate::sampling::Sampling;
use crate::setup::env::{Environment, Setting};
use crate::setup::pairs;

pub(super) const VARIABLE: &str = "TASKER_SPAN_NAMESPACE_RATES";

/// The pairs of the variable. Of two for a namespace, the later counts.
pub(super) fn resolve(env: Environment<'_>) -> Result<Vec<(String, f64)>, Error> {
    let Some(setting) = env.text(VARIABLE)? else {
        return Ok(Vec::new());
    };
    let rates = pairs::parse_numbers(&setting)?;
    let rates = rates.into_iter().zip(1..).map(|((name, value), number)| {
        let rate = value.parse().ok().filter(|rate| (0.0..=1.0).contains(rate));
        let wrong = || {
            of_pair(
                &setting,
                number,
                &format!("invalid rate {value:?} of the namespace {name:?}"),
            )
        };
        rate.map(|rate| (name.clone(), rate)).ok_or_else(wrong)
    });
    let rates = rates.collect::<Result<Vec<_>, _>>()?;
    let all = rates
        .iter()
        .cloned()
        .fold(Sampling::new(), |all, (name, rate)| all.namespace_rate(name, rate));
    all.validate(&setting.origin)?;
    Ok(rates)
}

fn of_pair(setting: &Setting<String>, number: usize, problem: &str) -> Error {
    let message = format!(
        "in {}, pair {number}: {problem}: expected a rate from 0 to 1",
        setting.origin
    );
    Error::new(Kind::Configuration, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::setup::env::tests::with;

    fn rates(value: &str) -> Result<Vec<(String, f64)>, String> {
        with(&[(VARIABLE, value)], resolve).map_err(|error| error.to_string())
    }

    #[test]
    fn namespaces_may_have_any_characters() {
        for (value, expected) in [
            ("", &[][..]),
            ("payments=1.0,analytics=0.01", &[("payments", 1.0), ("analytics", 0.01)]),
            (
                " payments = 1 ,, tenant.eu=0 , ",
                &[("payments", 1.0), ("tenant.eu", 0.0)],
            ),
            ("a%2Cb%3Dc=0.5,gr%C3%B6%C3%9Fe=1", &[("a,b=c", 0.5), ("größe", 1.0)]),
            ("a=1,a=0", &[("a", 1.0), ("a", 0.0)]),
        ] {
            let expected: Vec<_> = expected
                .iter()
                .map(|(name, rate)| ((*name).to_owned(), *rate))
                .collect();
            assert_eq!(rates(value), Ok(expected), "{value}");
        }
    }

    #[test]
    fn mistakes_count_to_their_pair() {
        let of = "the environment variable `TASKER_SPAN_NAMESPACE_RATES`";
        for (value, problem) in [
            ("payments", "pair 1: expected `key=value`"),
            ("a=1,=0.5", "pair 2: its key is empty"),
            ("a%zz=1", "pair 1: its key has a broken percent-encoding"),
            (
                "a=1,b=5",
                "pair 2: invalid rate \"5\" of the namespace \"b\": expected a rate from 0 to 1",
            ),
            (
                "a=NaN",
                "pair 1: invalid rate \"NaN\" of the namespace \"a\": expected a rate from 0 to 1",
            ),
            (
                "a=50%",
                "pair 1: invalid rate \"50%\" of the namespace \"a\": expected a rate from 0 to 1",
            ),
        ] {
            assert_eq!(rates(value), Err(format!("in {of}, {problem}")), "{value}");
        }
        let long = rates(&format!("{}=1", "n".repeat(300))).unwrap_err();
        assert!(
            long.contains("invalid sampling by") && long.contains("300 bytes"),
            "{long}"
        );
        let many: Vec<_> = (0..1025).map(|i| format!("n{i}=1")).collect();
        assert!(rates(&many.join(",")).unwrap_err().contains("1025 namespaces"));
    }
}
