//! `Endpoint`: the checked URL of a collector. `destination` chooses which one applies.

use std::net::Ipv6Addr;

use http::Uri;
use http::uri::InvalidUri;

use crate::error::{Error, Kind};
use crate::setup::env::Setting;
use crate::setup::redact;

/// A URL with the scheme `http` or `https` and a host, optionally with a port and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// As its author wrote it: a [`Uri`] would add a slash.
    url: String,
    is_secure: bool,
    has_path: bool,
}

const EXPECTED: &str = "expected a URL such as `http://localhost:4317` or `https://collector.example:4318`";

impl Endpoint {
    pub(super) fn parse(setting: &Setting<String>) -> Result<Self, Error> {
        Self::parse_shown_as(setting, &redact::url(setting.value.trim()))
    }

    /// Parses a URL that its error shows as this text.
    pub(super) fn parse_shown_as(setting: &Setting<String>, shown: &str) -> Result<Self, Error> {
        let url = setting.value.trim();
        let parsed = url
            .parse()
            .map_err(|error: InvalidUri| format!("it is not a URL: {error}"));
        parsed.and_then(|uri| Self::check(url, &uri)).map_err(|problem| {
            let problem = format_args!("{problem}; {EXPECTED}");
            Error::invalid(Kind::Endpoint, setting.origin.clone(), shown, problem)
        })
    }

    fn check(url: &str, uri: &Uri) -> Result<Self, String> {
        let is_secure = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            Some(_) => return Err("its scheme is neither `http` nor `https`".to_owned()),
            None => return Err("it has no scheme".to_owned()),
        };
        let (authority, host) = uri
            .authority()
            .map_or(("", ""), |authority| (authority.as_str(), authority.host()));
        let is_name = |host: &str| {
            let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
            !host.is_empty() && host.bytes().all(is_allowed)
        };
        let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => is_name(host),
        };
        let is_port =
            |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && matches!(port.parse(), Ok(1_u16..));
        let port = &authority[host.len()..];
        let problem = if uri.query().is_some() || url.contains('#') {
            "it has a query or a fragment"
        } else if authority.contains('@') {
            "it has credentials, which belong into a header"
        } else if !url.is_ascii() {
            "it has characters that no URL has"
        } else if !is_host {
            "its host is neither a name nor an IP address"
        } else if !port.is_empty() && !port.strip_prefix(':').is_some_and(is_port) {
            "its port is not a number from 1 to 65535"
        } else {
            return Ok(Self {
                url: url.to_owned(),
                is_secure,
                has_path: uri.path() != "/",
            });
        };
        Err(problem.to_owned())
    }

    pub(super) fn as_str(&self) -> &str {
        &self.url
    }

    pub(super) fn is_secure(&self) -> bool {
        self.is_secure
    }

    pub(super) fn has_path(&self) -> bool {
        self.has_path
    }

    /// The URL for spans below a base URL. A URL that already ends in it stays.
    pub(super) fn with_signal_path(mut self) -> Self {
        const SIGNAL: &str = "/v1/traces";
        let base = self.url.trim_end_matches('/');
        if !base.ends_with(SIGNAL) {
            self.url = format!("{base}{SIGNAL}");
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(url: &str) -> Result<Endpoint, Error> {
        Endpoint::parse(&Setting::method("endpoint", url.to_owned()))
    }

    #[test]
    fn accepts_urls_of_collectors() {
        for url in [
            "http://localhost:4317",
            "https://collector.example",
            "HTTP://10.0.0.1:4318/",
            "http://[::1]:4317",
            "http://otel_collector:4318/tenant/a",
        ] {
            assert_eq!(parse(url).unwrap().as_str(), url);
        }
        assert!(parse("https://collector").unwrap().is_secure());
        assert!(parse("http://collector/tenant").unwrap().has_path());
        assert!(!parse("http://collector/").unwrap().has_path());
    }

    #[test]
    fn rejects_everything_else_and_says_why() {
        for (url, problem) in [
            ("localhost:4317", "no scheme"),
            ("collector", "no scheme"),
            ("", "empty string"),
            ("grpc://localhost:4317", "neither `http` nor `https`"),
            ("http://", "not a URL: empty string"),
            ("http://:4317", "host is neither"),
            ("http:///v1/traces", "invalid format"),
            ("http://local host:4317", "invalid uri character"),
            ("http://lücal", "invalid uri character"),
            ("http://local/ü", "characters that no URL has"),
            ("http://localhost:port", "port is not a number"),
            ("http://localhost:", "port is not a number"),
            ("http://localhost:+80", "port is not a number"),
            ("http://localhost:0", "port is not a number"),
            ("http://localhost:70000", "port is not a number"),
            ("http://[::1", "invalid authority"),
            ("http://[::1]4317", "port is not a number"),
            ("http://[localhost]:4317", "host is neither"),
            ("http://a,b:4317", "host is neither"),
            ("http://localhost:4317/?a=b", "query"),
            ("http://localhost:4317/#a", "fragment"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(error.is_invalid_endpoint());
            assert!(error.to_string().contains(problem), "{url}: {error}");
        }
    }

    #[test]
    fn hides_credentials() {
        let message = parse("http://user:secret@collector:4318").unwrap_err().to_string();
        let is_hidden = message.contains("http://…@collector:4318") && !message.contains("secret");
        assert!(is_hidden, "{message}");
    }

    #[test]
    fn appends_the_path_of_spans_once() {
        for (base, expected) in [
            ("http://a:4318", "http://a:4318/v1/traces"),
            ("http://a:4318/", "http://a:4318/v1/traces"),
            ("http://a/tenant", "http://a/tenant/v1/traces"),
            ("http://a:4318/v1/traces", "http://a:4318/v1/traces"),
        ] {
            assert_eq!(parse(base).unwrap().with_signal_path().as_str(), expected);
        }
    }
}
