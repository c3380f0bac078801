//! Filters by level and target: of the trace, and of the console. `RUST_LOG` is read in `assemble`.

use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, Targets, filter_fn};
use tracing_subscriber::layer::{Context, Filter};

use crate::error::Error;
use crate::setup::env::Setting;
use crate::subscriber::{SpanFilter, exporter_crate};

/// Levels by target, as `info,my_crate=debug` writes them.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Levels {
    targets: Targets,
    /// Exporter crates that the text names.
    named: Vec<&'static str>,
}

impl Levels {
    pub(super) fn parse(setting: &Setting<String>) -> Result<Self, Error> {
        let mut levels = Self::default();
        let directives = setting.value.split(',').map(str::trim);
        for directive in directives.filter(|directive| !directive.is_empty()) {
            let (target, level) = match directive.split_once('=') {
                Some((target, level)) => (Some(target.trim()), level.trim()),
                None => (None, directive),
            };
            // `Targets` would take a mistyped level for a target and turn off all others.
            let level = parse_level(level).ok_or_else(|| {
                setting.invalid(format_args!(
                    "in {directive:?}, expected a level (off, error, warn, info, debug, trace) or `target=level`"
                ))
            })?;
            levels.targets = match target {
                None => levels.targets.with_default(level),
                Some(target)
                    if target.is_empty() || target.contains(|c: char| c.is_whitespace() || "[]{}".contains(c)) =>
                {
                    return Err(setting.invalid(format_args!("{target:?} is not a target: expected a module's path")));
                }
                Some(target) => {
                    levels.named.extend(exporter_crate(target));
                    levels.targets.with_target(target, level)
                }
            };
        }
        Ok(levels)
    }

    fn enables(&self, metadata: &Metadata<'_>) -> bool {
        self.targets.would_enable(metadata.target(), metadata.level())
    }
}

/// A level by its name, and not by its number as `LevelFilter` allows.
fn parse_level(name: &str) -> Option<LevelFilter> {
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    is_name.then(|| name.parse().ok())?
}

/// The filter of what is in the trace, by level and target. The exporter's crates never are.
#[derive(Clone, Debug)]
pub(super) struct TraceLevels(pub(super) Levels);

impl TraceLevels {
    /// The filter alone decides, so that a span can be promoted later.
    pub(super) fn passes(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enables(metadata) && exporter_crate(metadata.target()).is_none()
    }
}

impl<S: Subscriber> Filter<S> for TraceLevels {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.passes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.passes(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(&self.0.targets)
    }
}

/// The filter of the OpenTelemetry layer: events of local spans are not its.
#[derive(Clone, Debug)]
pub(super) struct TraceFilter(pub(super) TraceLevels);

impl<S: Subscriber> Filter<S> for TraceFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.0.passes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.0.passes(metadata) {
            SpanFilter::interest(metadata)
        } else {
            Interest::never()
        }
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        SpanFilter::passes(event)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Filter::<S>::max_level_hint(&self.0)
    }
}

/// The filter of the console: of exporter crates that are not named, it shows the warnings.
#[derive(Clone, Debug)]
pub(super) struct ConsoleLevels(pub(super) Levels);

impl ConsoleLevels {
    /// A line shows a local span if this is true of its call site, as `fmt` does of the spans that
    /// it sees.
    pub(super) fn passes(&self, metadata: &Metadata<'_>) -> bool {
        self.0.enables(metadata)
            && match exporter_crate(metadata.target()) {
                None => true,
                // It logs while it changes its stack of contexts: reading the ids would panic.
                Some("opentelemetry") => false,
                Some(_) if metadata.is_event() && *metadata.level() <= Level::WARN => true,
                Some(name) => self.0.named.contains(&name),
            }
    }

    pub(super) fn into_filter<S: Subscriber>(self) -> impl Filter<S> + Send + Sync {
        let max_level = Filter::<S>::max_level_hint(&self.0.targets).unwrap_or(LevelFilter::TRACE);
        filter_fn(move |metadata: &Metadata<'_>| self.passes(metadata)).with_max_level_hint(max_level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn levels(text: &str) -> Result<Levels, Error> {
        Levels::parse(&Setting::method("log_filter", text.to_owned()))
    }

    #[test]
    fn parses_levels_and_targets() {
        let levels = levels("Info, my_crate=debug ,my_crate::noisy=off,").unwrap();
        let enables = |target, level| levels.targets.would_enable(target, &level);
        assert!(enables("other", tracing::Level::INFO) && !enables("other", tracing::Level::DEBUG));
        assert!(enables("my_crate::module", tracing::Level::DEBUG));
        assert!(!enables("my_crate::noisy", tracing::Level::ERROR));
    }

    #[test]
    fn rejects_mistyped_levels_and_targets() {
        let texts = "inof|my_crate|info,my_crate=loud|a=b=c|=info|my_crate[span]=info|info;debug|3|a=3|info,a=";
        for text in texts.split('|') {
            let error = levels(text).unwrap_err();
            assert!(error.is_invalid_configuration(), "{error}");
            assert!(error.to_string().contains("`.log_filter(…)`"), "{error}");
        }
    }
}
