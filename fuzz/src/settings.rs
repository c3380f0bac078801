//! What holds of all resolved settings.

use tasker_span_runtime::Settings;

use crate::assert_line;

/// Rates are rates, and what is printed of them is one line.
pub fn assert_settings(settings: &Settings) {
    assert_line(&settings.to_string());
    for warning in settings.warnings() {
        assert_line(warning);
    }
    let mut before = None;
    for setting in settings.iter() {
        assert_line(&setting.to_string());
        assert_line(&setting.source().to_string());
        let key = setting.key();
        if key.ends_with(".sample_rate") || key.starts_with("telemetry.tracing.steps.namespaces.") {
            let rate: f64 = setting.value().parse().expect("a number");
            assert!((0.0..=1.0).contains(&rate), "{key}: {rate}");
        }
        assert_ne!(before.replace(key.clone()), Some(key), "twice");
    }
    let json = serde_json::to_value(settings).expect("it is serialised");
    assert!(json.is_object());
}
