//! `SamplingHandle`: reads and changes the sampling rates at run time. Their precedence is in `precedence`.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::error::{Error, Kind, Origin};
use crate::lock::lock;
use crate::outcome::caught;
use crate::sampling::{self, Sampling};
use crate::setup::config::{Config, Content, Files};
use crate::setup::env::Environment;
use crate::setup::other_spans::{OtherSpans, OtherSpansSampler};
use crate::setup::precedence::{Effective, Precedence};
use crate::setup::settings::EffectiveSetting;
use crate::stats;

/// The sampling rates of this process, to read and to change at run time: from
/// [`Telemetry::sampling`](crate::Telemetry::sampling), or [`otel::set_sampling`](crate::otel::set_sampling).
///
/// A change applies to steps and tasks whose first span starts after it. Spans that are open keep their decision. Starting
/// a span takes no lock. All clones are one handle, and the rates are those of the whole process.
///
/// ```
/// use tasker_span_runtime::{Sampling, Telemetry};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// # tasker_span_runtime::ignore_environment();
/// let telemetry = Telemetry::builder().sampling(Sampling::new().step_rate(0.01)).console_only().build()?;
/// let sampling = telemetry.sampling();
///
/// // An incident: every step of one namespace, from now on.
/// sampling.set(sampling.current().namespace_rate("payments", 1.0))?;
/// assert_eq!(sampling.namespace_rate("payments"), 1.0);
/// assert_eq!(sampling.namespace_rate("analytics"), 0.01);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SamplingHandle {
    shared: Arc<Shared>,
}

struct Shared {
    precedence: Precedence,
    files: Files,
    /// The files at the start of the program: their fixed keys apply until the end.
    started_with: Config,
    other_spans: OtherSpansSampler,
    /// Held from reading the file until its rates apply: of two reloads the later one has the newer file.
    reloading: Mutex<()>,
    state: Mutex<State>,
}

/// Behind a lock, which only changes take.
struct State {
    /// Of the files, when they were last read.
    contents: Vec<Content>,
    /// Whose rates were last applied.
    applied: Config,
    /// Of the last reload.
    last_error: Option<Error>,
}

impl SamplingHandle {
    /// Reads the files, if any, and resolves the first rates. [`apply`](Self::apply) applies them.
    pub(super) fn start(precedence: Precedence, files: Files, env: Environment<'_>) -> Result<(Self, Config), Error> {
        let contents = files.read();
        let config = Config::of_files(&files, &contents, env)?;
        let Effective { sampling, other_spans } = precedence.resolve(&config.tracing);
        sampling.validate(origin(&files))?;
        let shared = Shared {
            precedence,
            files,
            started_with: config.clone(),
            other_spans: OtherSpansSampler::new(other_spans),
            reloading: Mutex::new(()),
            state: Mutex::new(State {
                contents,
                applied: config.clone(),
                last_error: None,
            }),
        };
        Ok((
            Self {
                shared: Arc::new(shared),
            },
            config,
        ))
    }

    /// The current settings, to change one of them and [`set`](Self::set) the result.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.sampling().current(), tasker_span_runtime::Sampling::new());
    /// # Ok(())
    /// # }
    /// ```
    pub fn current(&self) -> Sampling {
        sampling::settings()
    }

    /// The rate of task spans.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.sampling().task_rate(), 1.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn task_rate(&self) -> f64 {
        self.current().get_task_rate()
    }

    /// The rate of steps whose namespace has no rate of its own.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.sampling().step_rate(), 1.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn step_rate(&self) -> f64 {
        self.current().get_step_rate()
    }

    /// The rate of a namespace's steps: its own, or else [`step_rate`](Self::step_rate).
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.sampling().namespace_rate("payments"), 1.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn namespace_rate(&self, namespace: &str) -> f64 {
        self.current().get_namespace_rate(namespace)
    }

    /// The namespaces that have a rate of their own, in alphabetical order, with their rates.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert!(telemetry.sampling().namespace_rates().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn namespace_rates(&self) -> BTreeMap<String, f64> {
        let current = self.current();
        current
            .namespaces()
            .map(|(name, rate)| (name.to_owned(), rate))
            .collect()
    }

    /// Whether failed spans are exported although they are unsampled.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert!(telemetry.sampling().keep_errors());
    /// # Ok(())
    /// # }
    /// ```
    pub fn keep_errors(&self) -> bool {
        self.current().get_keep_errors()
    }

    /// From which duration an unsampled span is exported, unless its handler or its namespace has another.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.sampling().slower_than(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn slower_than(&self) -> Option<Duration> {
        self.current().get_slower_than()
    }

    /// The namespaces that have a duration of their own, in alphabetical order, with their durations.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert!(telemetry.sampling().namespaces_slower_than().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn namespaces_slower_than(&self) -> BTreeMap<String, Duration> {
        self.current().get_namespaces_slower_than().clone()
    }

    /// The handlers that have a duration of their own, in alphabetical order, with their durations.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert!(telemetry.sampling().handlers_slower_than().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn handlers_slower_than(&self) -> BTreeMap<String, Duration> {
        self.current().get_handlers_slower_than().clone()
    }

    /// Applies these settings until the next change or [`reload`](Self::reload), whatever the environment and the file
    /// say. Spans that belong to no task follow the new rate of task spans.
    ///
    /// # Errors
    ///
    /// A rate is not a number from 0 to 1. The rates stay as they are.
    ///
    /// ```
    /// use tasker_span_runtime::{Sampling, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// # tasker_span_runtime::ignore_environment();
    /// let telemetry = Telemetry::builder().console_only().build()?;
    /// let sampling = telemetry.sampling();
    /// assert!(sampling.set(Sampling::new().step_rate(1.5)).unwrap_err().is_invalid_configuration());
    /// assert_eq!(sampling.current(), Sampling::new());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set(&self, sampling: Sampling) -> Result<(), Error> {
        let _one_change_at_a_time = self.state();
        let other_spans = OtherSpans {
            rate: sampling.get_task_rate(),
            ..self.shared.other_spans.get()
        };
        self.apply_effective(Effective { sampling, other_spans }, Origin::Method("set"))
    }

    /// Reads the configuration files again and applies their rates. Only `[telemetry.tracing]` can change. A warning names
    /// other keys that have changed: they apply at the next start.
    ///
    /// # Errors
    ///
    /// There is no [`config_file`](crate::TelemetryBuilder::config_file), or it is wrong. Then the rates stay as they are, a
    /// warning is logged, and [`stats`](crate::stats()) counts the failure.
    ///
    /// ```
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # tasker_span_runtime::ignore_environment();
    /// # let path = std::env::temp_dir().join(format!("tasker-span-reload-{}.toml", std::process::id()));
    /// std::fs::write(&path, "telemetry.tracing.steps.sample_rate = 0.1")?;
    /// let telemetry = Telemetry::builder().config_file(&path).console_only().build()?;
    /// let sampling = telemetry.sampling();
    ///
    /// std::fs::write(&path, "telemetry.tracing.steps.sample_rate = 11")?;
    /// let error = sampling.reload().unwrap_err();
    /// assert!(error.to_string().ends_with(
    ///     ":1:39: invalid value 11 for `telemetry.tracing.steps.sample_rate`: expected a rate from 0 to 1"
    /// ));
    /// assert_eq!(sampling.step_rate(), 0.1);
    ///
    /// std::fs::write(&path, "telemetry.tracing.steps.sample_rate = 1")?;
    /// sampling.reload()?;
    /// assert_eq!(sampling.step_rate(), 1.0);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reload(&self) -> Result<(), Error> {
        if self.shared.files.is_empty() {
            let message = "there is no configuration file to read again: name one with `.config_file(…)`";
            return Err(Error::new(Kind::Configuration, message));
        }
        let result = {
            let Some(_reloading) = lock(&self.shared.reloading) else {
                let message = "cannot read the files of the process that this one was forked from: build the telemetry after the fork";
                return Err(Error::new(Kind::Configuration, message));
            };
            self.accept(self.shared.files.read(), Environment::process())
        };
        self.report(result)
    }

    /// The error of the last reload, if it failed, whether called or made by
    /// [`watch_config`](crate::TelemetryBuilder::watch_config). For a health check or a status page.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert!(telemetry.sampling().last_reload_error().is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn last_reload_error(&self) -> Option<Error> {
        self.state().last_error.clone()
    }

    /// The contents of the files, if one has changed since they were last read.
    pub(super) fn changed_contents(&self) -> Option<Vec<Content>> {
        let contents = self.shared.files.read();
        (self.state().contents != contents).then_some(contents)
    }

    /// Applies the rates of these contents, and keeps them as the last ones read.
    pub(super) fn take_over(&self, contents: Vec<Content>, env: Environment<'_>) -> Result<(), Error> {
        self.report(self.accept(contents, env))
    }

    /// Parses and applies the contents; changes nothing if one is wrong.
    fn accept(&self, contents: Vec<Content>, env: Environment<'_>) -> Result<Config, Error> {
        let files = &self.shared.files;
        let config = Config::of_files(files, &contents, env);
        // One change at a time, so that of two the later holds whole.
        let mut state = self.state();
        let result = config.and_then(|config| {
            self.apply_effective(self.shared.precedence.resolve(&config.tracing), origin(files))?;
            Ok(config)
        });
        state.contents = contents;
        if let Ok(config) = &result {
            state.applied.clone_from(config);
        }
        state.last_error = result.as_ref().err().cloned();
        let count = if result.is_ok() {
            &stats::CONFIG_RELOADS
        } else {
            &stats::CONFIG_RELOADS_FAILED
        };
        count.add_one();
        result
    }

    /// Logs the outcome of a reload. Holds no lock, because a subscriber may read the rates or reload.
    fn report(&self, result: Result<Config, Error>) -> Result<(), Error> {
        caught(|| match &result {
            Ok(config) => self.log_reload(config),
            Err(error) => {
                tracing::warn!(target: "tasker_span", %error, "the configuration file is not applied, sampling stays as it was; correct the file");
            }
        });
        result.map(drop)
    }

    /// Applies the settings of the start.
    pub(super) fn apply(&self) -> Result<(), Error> {
        let effective = self.shared.precedence.resolve(&self.shared.started_with.tracing);
        self.apply_effective(effective, origin(&self.shared.files))
    }

    /// The effective settings, with the source of each.
    pub(super) fn effective(&self) -> Vec<EffectiveSetting> {
        let state = self.state();
        let now = Effective {
            sampling: self.current(),
            other_spans: self.shared.other_spans.get(),
        };
        self.shared.precedence.effective(&state.applied, &now)
    }

    /// The same for telemetry that is off, whose rates are not applied.
    pub(super) fn resolved(&self) -> Vec<EffectiveSetting> {
        let (precedence, config) = (&self.shared.precedence, &self.shared.started_with);
        precedence.effective(config, &precedence.resolve(&config.tracing))
    }

    pub(super) fn other_spans(&self) -> OtherSpansSampler {
        self.shared.other_spans.clone()
    }

    fn apply_effective(&self, effective: Effective, origin: impl fmt::Display) -> Result<(), Error> {
        sampling::apply(effective.sampling, origin)?;
        self.shared.other_spans.set(effective.other_spans);
        Ok(())
    }

    fn log_reload(&self, config: &Config) {
        let file = &self.shared.files;
        tracing::info!(target: "tasker_span", %file, "applied the sampling of the configuration file");
        let waiting = config.fixed_keys_unlike(&self.shared.started_with);
        if !waiting.is_empty() {
            let keys = waiting.join(", ");
            tracing::warn!(target: "tasker_span", %file, %keys, "restart to apply: these keys changed but cannot be reloaded");
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for SamplingHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("SamplingHandle")
            .field("current", &self.current())
            .field("config_files", &self.shared.files)
            .field("last_reload_error", &state.last_error)
            .finish_non_exhaustive()
    }
}

/// The source of rates that are wrong only together.
fn origin(files: &Files) -> String {
    if files.is_empty() {
        return Origin::Method("sampling").to_string();
    }
    format!("the configuration file `{files}`")
}
