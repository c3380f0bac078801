//! Rates that change while the program runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::{Error, Kind, Origin};
use crate::outcome::caught;
use crate::sampling::{self, Sampling};
use crate::setup::config::{self, Config, Content};
use crate::setup::env::Environment;
use crate::setup::other_spans::{OtherSpans, OtherSpansSampler};
use crate::setup::precedence::{InForce, Precedence};
use crate::stats;

/// The rates in force, to read and to change while the program runs: from
/// [`Telemetry::sampling`](crate::Telemetry::sampling).
///
/// A change holds for steps and tasks whose next span begins after it, without a lock where spans start. What was begun
/// before ends as it began. Its clones are one handle; like the rates, it is the whole process's.
///
/// ```
/// use tasker_span_runtime::{Sampling, Telemetry};
///
/// # fn main() -> Result<(), tasker_span_runtime::Error> {
/// let telemetry = Telemetry::builder().sampling(Sampling::new().steps(0.01)).console_only().build()?;
/// let sampling = telemetry.sampling();
///
/// // An incident: everything of one namespace, from now on.
/// sampling.set(sampling.current().namespace("payments", 1.0))?;
/// assert_eq!(sampling.current().rate_of("payments"), 1.0);
/// assert_eq!(sampling.current().rate_of("analytics"), 0.01);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SamplingHandle {
    shared: Arc<Shared>,
}

struct Shared {
    precedence: Precedence,
    path: Option<PathBuf>,
    /// What the file said when the program started; its fixed keys hold until the end.
    started_with: Config,
    other_spans: OtherSpansSampler,
    /// Held from reading the file until its rates are in force, so that of two reloads the later one has the newer file.
    reloading: Mutex<()>,
    state: Mutex<State>,
}

/// Behind a lock, which only changes take.
struct State {
    /// What stood in the file when it was read last.
    content: Option<Content>,
    /// Why the last reload was rejected.
    rejected: Option<Error>,
}

impl SamplingHandle {
    /// Reads the file, where there is one, and comes to the rates of the start; they hold from [`apply`](Self::apply) on.
    pub(super) fn start(
        precedence: Precedence,
        path: Option<PathBuf>,
        env: Environment<'_>,
    ) -> Result<(Self, Config), Error> {
        let content = path.as_deref().map(config::read);
        let config = match (&path, &content) {
            (Some(path), Some(content)) => Config::parse(path, content, env)?,
            _ => Config::default(),
        };
        let InForce { sampling, other_spans } = precedence.resolve(&config.tracing);
        sampling.validate(origin(path.as_deref()))?;
        let shared = Shared {
            precedence,
            path,
            started_with: config.clone(),
            other_spans: OtherSpansSampler::new(other_spans),
            reloading: Mutex::new(()),
            state: Mutex::new(State {
                content,
                rejected: None,
            }),
        };
        Ok((
            Self {
                shared: Arc::new(shared),
            },
            config,
        ))
    }

    /// The rates in force.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert_eq!(telemetry.sampling().current().step_rate(), 1.0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn current(&self) -> Sampling {
        sampling::settings()
    }

    /// Puts these rates in force, whatever the environment and the file say, until the next change or
    /// [`reload`](Self::reload). Spans that belong to no task follow the new rate of task spans.
    ///
    /// # Errors
    ///
    /// A rate is not a number from 0 to 1. The rates stay as they are.
    ///
    /// ```
    /// use tasker_span_runtime::{Sampling, Telemetry};
    ///
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = Telemetry::builder().console_only().build()?;
    /// let sampling = telemetry.sampling();
    /// assert!(sampling.set(Sampling::new().steps(1.5)).unwrap_err().is_invalid_configuration());
    /// assert_eq!(sampling.current(), Sampling::new());
    /// # Ok(())
    /// # }
    /// ```
    pub fn set(&self, sampling: Sampling) -> Result<(), Error> {
        let _one_change_at_a_time = self.state();
        let other_spans = OtherSpans {
            rate: sampling.task_rate(),
            ..self.shared.other_spans.get()
        };
        self.put_in_force(InForce { sampling, other_spans }, Origin::Method("set"))
    }

    /// Reads the configuration file again and puts its rates in force. `[telemetry.tracing]` can change; what else has
    /// changed is named in a warning, and waits for the next start.
    ///
    /// # Errors
    ///
    /// There is no [`config_file`](crate::TelemetryBuilder::config_file), or something is wrong with it: then the rates
    /// stay as they are, a warning is logged, and the failure is counted in [`stats`](crate::stats()).
    ///
    /// ```
    /// use tasker_span_runtime::Telemetry;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
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
    /// assert_eq!(sampling.current().step_rate(), 0.1);
    ///
    /// std::fs::write(&path, "telemetry.tracing.steps.sample_rate = 1")?;
    /// sampling.reload()?;
    /// assert_eq!(sampling.current().step_rate(), 1.0);
    /// # std::fs::remove_file(&path)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reload(&self) -> Result<(), Error> {
        let Some(path) = &self.shared.path else {
            let message = "there is no configuration file to read again: name one with `.config_file(…)`";
            return Err(Error::new(Kind::Configuration, message));
        };
        let result = {
            let _reloading = self.shared.reloading.lock().unwrap_or_else(PoisonError::into_inner);
            self.accept(path, config::read(path), Environment::process())
        };
        self.report(result)
    }

    /// Why the last reload failed, asked for or by [`watch_config`](crate::TelemetryBuilder::watch_config); `None` once one
    /// has succeeded. For a health check or a status page.
    ///
    /// ```
    /// # fn main() -> Result<(), tasker_span_runtime::Error> {
    /// let telemetry = tasker_span_runtime::Telemetry::builder().console_only().build()?;
    /// assert!(telemetry.sampling().rejected().is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn rejected(&self) -> Option<Error> {
        self.state().rejected.clone()
    }

    /// What is in the file now, if that is not what was there when it was read last.
    pub(super) fn changed_content(&self) -> Option<Content> {
        let content = config::read(self.shared.path.as_deref()?);
        (self.state().content.as_ref() != Some(&content)).then_some(content)
    }

    /// Makes this content of the file the one that was read last, and its rates those in force.
    pub(super) fn take_over(&self, content: Content, env: Environment<'_>) -> Result<(), Error> {
        let Some(path) = &self.shared.path else { return Ok(()) };
        self.report(self.accept(path, content, env))
    }

    /// What the content says, which is in force from now on unless something is wrong with it.
    fn accept(&self, path: &Path, content: Content, env: Environment<'_>) -> Result<Config, Error> {
        let config = Config::parse(path, &content, env);
        // One change at a time, so that of two the later holds whole.
        let mut state = self.state();
        let result = config.and_then(|config| {
            self.put_in_force(self.shared.precedence.resolve(&config.tracing), origin(Some(path)))?;
            Ok(config)
        });
        state.content = Some(content);
        state.rejected = result.as_ref().err().cloned();
        let count = if result.is_ok() {
            &stats::CONFIG_RELOADS
        } else {
            &stats::CONFIG_RELOADS_REJECTED
        };
        count.add_one();
        result
    }

    /// Logs the outcome of a reload. No lock may be held: a subscriber may ask for what holds, or reload.
    fn report(&self, result: Result<Config, Error>) -> Result<(), Error> {
        caught(|| match &result {
            Ok(config) => self.log_reload(config),
            Err(error) => tracing::warn!(%error, "the configuration file is rejected; sampling stays as it was"),
        });
        result.map(drop)
    }

    /// From here on the spans of this process are sampled as its start says.
    pub(super) fn apply(&self) -> Result<(), Error> {
        let in_force = self.shared.precedence.resolve(&self.shared.started_with.tracing);
        self.put_in_force(in_force, origin(self.shared.path.as_deref()))
    }

    pub(super) fn other_spans(&self) -> OtherSpansSampler {
        self.shared.other_spans.clone()
    }

    fn put_in_force(&self, in_force: InForce, origin: impl fmt::Display) -> Result<(), Error> {
        sampling::set_rates(in_force.sampling, origin)?;
        self.shared.other_spans.set(in_force.other_spans);
        Ok(())
    }

    fn log_reload(&self, config: &Config) {
        let file = self.shared.path.as_deref().unwrap_or("".as_ref()).display();
        tracing::info!(%file, "sampling follows the configuration file as it is now");
        let waiting = config.fixed_keys_unlike(&self.shared.started_with);
        if !waiting.is_empty() {
            let keys = waiting.join(", ");
            tracing::warn!(%file, %keys, "what has changed beside sampling holds from the next start on");
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
            .field("config_file", &self.shared.path)
            .field("rejected", &state.rejected)
            .finish_non_exhaustive()
    }
}

/// Where rates came from that only together are wrong.
fn origin(path: Option<&Path>) -> String {
    path.map_or_else(
        || Origin::Method("sampling").to_string(),
        |path| format!("the configuration file `{}`", path.display()),
    )
}
