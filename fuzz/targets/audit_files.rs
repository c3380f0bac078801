//! The files beside the sources that the audit reads: its settings, and a baseline.

#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use tasker_span_cli::audit::baseline::Baseline;
use tasker_span_cli::audit::config::Config;
use tasker_span_cli::audit::package::Package;
use tasker_span_fuzz::assert_line;

fuzz_target!(|text: &str| {
    if let Ok(config) = Config::parse(text) {
        for name in ["auth_token", "AuthToken", "größe", text] {
            let word = config.payload_word(name);
            assert!(word.is_none_or(|word| config.payload_names.iter().any(|known| known == word)));
        }
    }
    match Baseline::parse(text) {
        Ok(baseline) => assert_eq!(Baseline::parse(&baseline.text()), Ok(baseline)),
        Err(message) => assert!(
            message.starts_with("line ") && message.len() < text.len() + 100,
            "{message}"
        ),
    }
    if let Some(package) = Package::parse(text, Path::new("/nowhere")) {
        assert_line(&package.name);
        assert!(
            package
                .renames
                .keys()
                .chain(package.renames.values())
                .all(|name| !name.contains('-'))
        );
    }
});
