//! One crate in several variants.

/// How functions are annotated, or which telemetry a program installs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Not at all.
    Plain,
    /// Ours.
    Ours,
    /// That of `tracing` and OpenTelemetry.
    Instrument,
}

/// A crate: its functions, and the program around them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Variant {
    /// In the names of crates.
    pub(super) name: &'static str,
    pub(super) functions: Way,
    pub(super) telemetry: Way,
}

impl Way {
    /// In templates.
    const fn word(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Ours => "ours",
            Self::Instrument => "instrument",
        }
    }

    /// This way's text of a template: a line that begins with `@` and a word is only that way's.
    pub(super) fn text(self, template: &str) -> String {
        let mut text = String::with_capacity(template.len());
        for line in template.lines() {
            let line = match line.strip_prefix('@') {
                None => line,
                Some(own) => match own.strip_prefix(self.word()) {
                    Some(own) => own.strip_prefix(' ').unwrap_or(own),
                    None => continue,
                },
            };
            text.push_str(line);
            text.push('\n');
        }
        text
    }
}

impl Variant {
    pub(super) const PLAIN: Self = Self::new("plain", Way::Plain, Way::Plain);
    pub(super) const OURS: Self = Self::new("ours", Way::Ours, Way::Ours);
    pub(super) const INSTRUMENT: Self = Self::new("instrument", Way::Instrument, Way::Instrument);
    /// Telemetry that nothing uses, so that what it weighs can be told from what the functions do.
    pub(super) const OUR_TELEMETRY: Self = Self::new("our_telemetry", Way::Plain, Way::Ours);
    pub(super) const OTHER_TELEMETRY: Self = Self::new("other_telemetry", Way::Plain, Way::Instrument);

    pub(super) const ALL: [Self; 5] = [
        Self::PLAIN,
        Self::OURS,
        Self::INSTRUMENT,
        Self::OUR_TELEMETRY,
        Self::OTHER_TELEMETRY,
    ];

    const fn new(name: &'static str, functions: Way, telemetry: Way) -> Self {
        Self {
            name,
            functions,
            telemetry,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_word_is_that_ways() {
        let template = "@ours #[ours]\n@instrument #[other(\n@instrument     a,\n@instrument )]\nfn f() {}\n";
        assert_eq!(Way::Plain.text(template), "fn f() {}\n");
        assert_eq!(Way::Ours.text(template), "#[ours]\nfn f() {}\n");
        assert_eq!(Way::Instrument.text(template), "#[other(\n    a,\n)]\nfn f() {}\n");
    }
}
