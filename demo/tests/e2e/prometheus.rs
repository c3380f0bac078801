//! `Prometheus`: a server that scrapes one address, and its query API.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use reqwest::Url;
use reqwest::blocking::Client;
use serde_json::Value;
use tasker_span_tests::servers::{url, wait_for};

use super::program::Program;

/// A running Prometheus with a database of its own. Killed on drop.
#[derive(Debug)]
pub(crate) struct Prometheus {
    _program: Program,
    url: String,
    http: Client,
}

/// A series of an answer: its labels, and its value.
pub(crate) type Sample = (String, f64);

/// A client for servers of this machine.
pub(crate) fn http() -> Client {
    Client::builder().no_proxy().build().unwrap()
}

impl Prometheus {
    /// Scrapes `http://ADDRESS/metrics` twice a second.
    pub(crate) fn scraping(address: &str) -> Self {
        let program = url("TASKER_SPAN_PROMETHEUS");
        let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("prometheus-{}", std::process::id()));
        let config = Self::write_config(&directory, address);
        // Nothing tells the port that it would choose itself.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new(program);
        command
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", directory.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"));
        let prometheus = Self {
            _program: Program::start("prometheus", &mut command),
            url: format!("http://127.0.0.1:{port}"),
            http: http(),
        };
        wait_for("Prometheus", || prometheus.get("/-/ready", &[]));
        prometheus
    }

    fn write_config(directory: &Path, address: &str) -> PathBuf {
        fs::create_dir_all(directory).unwrap();
        let config = directory.join("prometheus.yml");
        let text = format!(
            "global: {{ scrape_interval: 500ms }}\n\
             scrape_configs: [{{ job_name: shop, static_configs: [{{ targets: ['{address}'] }}] }}]\n"
        );
        fs::write(&config, text).unwrap();
        config
    }

    /// The series that a query answers with, or what it answers instead.
    pub(crate) fn query(&self, query: &str) -> Result<Vec<Sample>, String> {
        let answer = self.get("/api/v1/query", &[("query", query)])?;
        let answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
        let series = answer["data"]["result"].as_array().ok_or_else(|| answer.to_string())?;
        let sample = |series: &Value| {
            let value = series["value"][1].as_str()?.parse().ok()?;
            Some((series["metric"].to_string(), value))
        };
        let samples = series.iter().map(sample).collect::<Option<Vec<_>>>();
        samples.ok_or_else(|| answer.to_string())
    }

    /// The values of a label of a metric.
    pub(crate) fn label_values(&self, metric: &str, label: &str) -> Result<Vec<String>, String> {
        let answer = self.get(&format!("/api/v1/label/{label}/values"), &[("match[]", metric)])?;
        let answer: Value = serde_json::from_str(&answer).map_err(|error| format!("{error}: {answer}"))?;
        serde_json::from_value(answer["data"].clone()).map_err(|error| format!("{error}: {answer}"))
    }

    fn get(&self, path: &str, parameters: &[(&str, &str)]) -> Result<String, String> {
        let url = Url::parse_with_params(&format!("{}{path}", self.url), parameters).unwrap();
        let response = self.http.get(url).send().map_err(|error| error.to_string())?;
        let status = response.status();
        let text = response.text().map_err(|error| error.to_string())?;
        if status.is_success() {
            Ok(text)
        } else {
            Err(format!("{status}: {text}"))
        }
    }
}
