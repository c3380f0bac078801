//! The dashboard of the documentation, on the metrics of the example `metrics`.

use std::collections::BTreeSet;

use reqwest::blocking::Response;
use serde_json::Value;
use tasker_span_tests::example;
use tasker_span_tests::servers::wait_for;

use super::program::Program;
use super::prometheus::{Prometheus, Sample, http};

const DASHBOARD: &str = include_str!("../../../docs/grafana/tasker-span.json");

fn dashboard() -> Value {
    serde_json::from_str(DASHBOARD).unwrap()
}

/// A query of a panel, as Grafana sends it, and the unit of its answer.
#[derive(Debug)]
struct Query {
    panel: String,
    text: String,
    unit: String,
}

fn panels(dashboard: &Value) -> impl Iterator<Item = &Value> {
    let panels = dashboard["panels"].as_array().unwrap().iter();
    panels.filter(|panel| panel["type"] != "row")
}

fn queries() -> Vec<Query> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let dashboard = dashboard();
    let of_panel = |panel: &Value| {
        let targets = panel["targets"].as_array().unwrap().clone();
        let (panel, unit) = (text(&panel["title"]), text(&panel["fieldConfig"]["defaults"]["unit"]));
        targets.into_iter().map(move |target| Query {
            panel: panel.clone(),
            // With the variables at their defaults.
            text: text(&target["expr"])
                .replace("$namespace", ".*")
                .replace("$__rate_interval", "1m"),
            unit: unit.clone(),
        })
    };
    panels(&dashboard).flat_map(of_panel).collect()
}

/// The example, and the address that it serves its metrics at.
fn shop() -> (Program, String) {
    let shop = Program::start("metrics", example::program("metrics").arg("127.0.0.1:0"));
    let url = shop.wait_for_line("/metrics");
    let address = url.trim_start_matches("http://").trim_end_matches("/metrics");
    let address = address.to_owned();
    (shop, address)
}

#[test]
fn a_dashboard_names_metrics_that_there_are() {
    let (_shop, address) = shop();
    let queries = queries();
    let words = queries
        .iter()
        .flat_map(|query| query.text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    let named: BTreeSet<&str> = words.filter(|word| word.starts_with("tasker_")).collect();
    assert!(named.len() > 20, "{named:?}");
    wait_for("all metrics", || {
        let response = http().get(format!("http://{address}/metrics")).send();
        let text = response.and_then(Response::text);
        let text = text.map_err(|error| error.to_string())?;
        let has_series = |name: &str| {
            let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
            lines.any(|rest| rest.starts_with(['{', ' ']))
        };
        let missing: Vec<_> = named.iter().filter(|name| !has_series(name)).collect();
        if missing.is_empty() {
            Ok(())
        } else {
            Err(format!("without {missing:?}:\n{text}"))
        }
    });
}

#[test]
fn a_dashboard_can_be_imported() {
    let dashboard = dashboard();
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<_> = variables
        .iter()
        .map(|variable| variable["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["datasource", "namespace"]);
    assert!(dashboard["schemaVersion"].as_u64() >= Some(36) && dashboard["id"].is_null());
    let mut ids = BTreeSet::new();
    let mut places = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{panel}");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        for (x, y) in (place("x")..place("x") + place("w"))
            .flat_map(|x| (place("y")..place("y") + place("h")).map(move |y| (x, y)))
        {
            assert!(x < 24 && places.insert((x, y)), "{panel}");
        }
    }
    for panel in panels(&dashboard) {
        assert_eq!(panel["datasource"]["uid"], "${datasource}");
        assert!(!panel["description"].as_str().unwrap_or_default().is_empty(), "{panel}");
    }
}

#[test]
#[ignore = "needs Prometheus: set TASKER_SPAN_PROMETHEUS to its program, or run scripts/with-servers"]
fn every_query_of_the_dashboard_has_an_answer() {
    let (_shop, address) = shop();
    let prometheus = Prometheus::scraping(&address);
    // What is rare takes a while.
    let values = |query: &str, may_be_zero: bool| {
        wait_for(query, || {
            let samples = prometheus.query(query)?;
            let is_known = !samples.is_empty() && samples.iter().all(|(_, value)| value.is_finite());
            let is_zero = samples.iter().all(|(_, value)| *value == 0.0);
            if is_known && (may_be_zero || !is_zero) {
                Ok(samples)
            } else {
                Err(format!("{samples:?}"))
            }
        })
    };
    // All that is rare has happened.
    wait_for("errors of each type", || {
        let types = prometheus.label_values("tasker_step_duration_seconds_count", "error_type")?;
        let expected = ["card_declined", "gateway_timeout", "worker_lost"];
        if types == expected {
            Ok(())
        } else {
            Err(format!("{types:?}"))
        }
    });
    for query in queries() {
        let of_faults = [
            "Lost spans",
            "Violations",
            "Lost and repeated attempts",
            "Limits and faults",
        ];
        let may_be_zero = of_faults.contains(&&*query.panel)
            || query.text.contains("spans_exported_total")
            || query.text.contains("sampled_by_slowness");
        let samples = values(&query.text, may_be_zero);
        let most = match &*query.unit {
            "percentunit" => 1.0,
            "s" => 60.0,
            "ops" => 100_000.0,
            other => panic!("{other}: {query:?}"),
        };
        let is_plausible = |(_, value): &Sample| (0.0..=most).contains(value);
        assert!(samples.iter().all(is_plausible), "{query:?}: {samples:?}");
        if query.unit == "s" {
            assert!(samples.iter().all(|(_, value)| *value > 0.0), "{query:?}: {samples:?}");
        }
    }
    // What the shop does.
    let namespaces = prometheus.label_values("tasker_step_duration_seconds_count", "namespace");
    assert_eq!(namespaces.unwrap(), ["fulfillment", "payments"]);
    let of_handler = |handler: &str| {
        let query = format!("tasker_handler_duration_seconds_sum{{handler_name=\"{handler}\",outcome=\"success\"}}");
        let count = query.replace("_sum{", "_count{");
        values(&format!("{query} / {count}"), false)[0].1
    };
    assert!(of_handler("charge_payment") >= 0.008);
    assert!(of_handler("ship_order") >= 0.005);
    // Not one of a hundred, but all.
    let sampled = values(
        "sum(tasker_span_steps_total{decision=\"sampled\"}) / sum(tasker_span_steps_total)",
        false,
    );
    assert!(sampled[0].1 < 0.2, "{sampled:?}");
}
