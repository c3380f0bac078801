//! `Precedence`: resolves rates. The environment wins over the configuration file, the file over the builder.

use crate::error::{Error, Origin};
use crate::sampling::Sampling;
use crate::setup::config::{Sampler, Tracing};
use crate::setup::other_spans::OtherSpans;
use crate::setup::sdk::StandardSampler;

/// The settings that never change at run time: those of the builder and of the environment.
#[derive(Clone, Debug)]
pub(super) struct Precedence {
    builder: Sampling,
    environment: Option<StandardSampler>,
}

/// The resolved rates, of task spans, of steps and of all other spans.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Effective {
    pub(super) sampling: Sampling,
    pub(super) other_spans: OtherSpans,
}

impl Precedence {
    pub(super) fn new(builder: Sampling, environment: Option<StandardSampler>) -> Result<Self, Error> {
        builder.validate(Origin::Method("sampling"))?;
        Ok(Self { builder, environment })
    }

    /// Adds the settings of the file. Namespaces are merged by name.
    pub(super) fn resolve(&self, file: &Tracing) -> Effective {
        let mut sampling = self.builder.clone();
        if let Some(rate) = file.task_rate {
            sampling = sampling.task_rate(rate);
        }
        if let Some(rate) = file.step_rate {
            sampling = sampling.step_rate(rate);
        }
        if let Some(keep) = file.keep_errors {
            sampling = if keep {
                sampling.keep_errors()
            } else {
                sampling.discard_errors()
            };
        }
        for (name, rate) in &file.namespaces {
            sampling = sampling.namespace_rate(name.as_str(), *rate);
        }
        let mut follow_parents = matches!(file.sampler, None | Some(Sampler::ParentBased));
        if let Some(standard) = self.environment {
            sampling = sampling.task_rate(standard.rate);
            follow_parents = standard.follows_parents;
        }
        let rate = sampling.get_task_rate();
        Effective {
            sampling,
            other_spans: OtherSpans { follow_parents, rate },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(environment: Option<StandardSampler>, file: &Tracing) -> Effective {
        let builder = Sampling::new()
            .task_rate(0.1)
            .step_rate(0.2)
            .namespace_rate("a", 0.3)
            .namespace_rate("b", 0.4)
            .discard_errors();
        Precedence::new(builder, environment).unwrap().resolve(file)
    }

    #[test]
    fn the_file_wins_over_the_builder_key_by_key() {
        let silent = resolve(None, &Tracing::default());
        let builder = Sampling::new()
            .task_rate(0.1)
            .step_rate(0.2)
            .namespace_rate("a", 0.3)
            .namespace_rate("b", 0.4)
            .discard_errors();
        assert_eq!(silent.sampling, builder);
        assert_eq!(
            silent.other_spans,
            OtherSpans {
                follow_parents: true,
                rate: 0.1
            }
        );

        let file = Tracing {
            step_rate: Some(0.5),
            keep_errors: Some(true),
            namespaces: vec![("b".to_owned(), 0.6), ("c".to_owned(), 0.7)],
            ..Tracing::default()
        };
        let expected = builder
            .step_rate(0.5)
            .keep_errors()
            .namespace_rate("b", 0.6)
            .namespace_rate("c", 0.7);
        assert_eq!(resolve(None, &file).sampling, expected);
    }

    #[test]
    fn the_environment_decides_on_task_spans_alone() {
        let file = Tracing {
            sampler: Some(Sampler::AlwaysOff),
            task_rate: Some(0.0),
            step_rate: Some(0.5),
            ..Tracing::default()
        };
        let off = resolve(None, &file);
        assert_eq!(
            off.other_spans,
            OtherSpans {
                follow_parents: false,
                rate: 0.0
            }
        );
        let standard = StandardSampler {
            follows_parents: true,
            rate: 0.25,
        };
        let both = resolve(Some(standard), &file);
        assert_eq!(both.sampling, off.sampling.task_rate(0.25));
        assert_eq!(
            both.other_spans,
            OtherSpans {
                follow_parents: true,
                rate: 0.25
            }
        );
    }
}
