//! The collector's address, checked before anything is built from it.

use std::net::Ipv6Addr;

use crate::error::{Error, Kind};
use crate::setup::env::Setting;

/// A checked URL: `http` or `https`, a host, perhaps a port and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Endpoint {
    url: String,
    secure: bool,
    /// Where the path begins, or the end of the URL.
    path: usize,
}

const EXPECTED: &str = "expected a URL such as `http://localhost:4317` or `https://collector.example:4318`";

impl Endpoint {
    pub(super) fn parse(setting: &Setting<String>) -> Result<Self, Error> {
        let url = setting.value.trim();
        Self::split(url).map_err(|problem| {
            // Somebody's password may stand between the scheme and the host.
            let shown = match (url.find("://"), url.rfind('@')) {
                (Some(scheme), Some(at)) if scheme < at => format!("{}://…{}", &url[..scheme], &url[at..]),
                _ => url.to_owned(),
            };
            Error::invalid(
                Kind::Endpoint,
                setting.origin.clone(),
                &shown,
                format_args!("{problem}; {EXPECTED}"),
            )
        })
    }

    fn split(url: &str) -> Result<Self, &'static str> {
        if !url.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("it has characters that no URL has");
        }
        let (scheme, rest) = url.split_once("://").ok_or("it has no scheme")?;
        let secure = match scheme {
            scheme if scheme.eq_ignore_ascii_case("http") => false,
            scheme if scheme.eq_ignore_ascii_case("https") => true,
            _ => return Err("its scheme is neither `http` nor `https`"),
        };
        if rest.contains(['?', '#']) {
            return Err("it has a query or a fragment");
        }
        let authority = rest.split('/').next().unwrap_or_default();
        if authority.contains('@') {
            return Err("it has credentials, which belong into a header");
        }
        check_authority(authority)?;
        Ok(Self {
            url: url.to_owned(),
            secure,
            path: url.len() - rest.len() + authority.len(),
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.url
    }

    pub(super) fn is_secure(&self) -> bool {
        self.secure
    }

    pub(super) fn has_path(&self) -> bool {
        !matches!(&self.url[self.path..], "" | "/")
    }

    /// The address for spans under a base address; one that already is it stays.
    pub(super) fn with_signal_path(mut self) -> Self {
        const SIGNAL: &str = "/v1/traces";
        let base = self.url.trim_end_matches('/');
        if !base.ends_with(SIGNAL) {
            self.url = format!("{base}{SIGNAL}");
        }
        self
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
fn check_authority(authority: &str) -> Result<(), &'static str> {
    let port = if let Some(rest) = authority.strip_prefix('[') {
        let (address, port) = rest.split_once(']').ok_or("its IPv6 address has no end")?;
        address.parse::<Ipv6Addr>().map_err(|_| "its host is no IPv6 address")?;
        port
    } else {
        let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
        if host.is_empty() {
            return Err("it has no host");
        }
        if !host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'))
        {
            return Err("its host is not a host's name");
        }
        port
    };
    let Some(digits) = port.strip_prefix(':') else {
        return if port.is_empty() {
            Ok(())
        } else {
            Err("its host is followed by something that is no port")
        };
    };
    match digits.parse::<u16>() {
        Ok(1..) if digits.bytes().all(|byte| byte.is_ascii_digit()) => Ok(()),
        _ => Err("its port is not a number from 1 to 65535"),
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
            ("grpc://localhost:4317", "neither `http` nor `https`"),
            ("http://", "no host"),
            ("http://:4317", "no host"),
            ("http:///v1/traces", "no host"),
            ("http://local host:4317", "characters that no URL has"),
            ("http://lücal", "characters that no URL has"),
            ("http://localhost:port", "port is not a number"),
            ("http://localhost:", "port is not a number"),
            ("http://localhost:+80", "port is not a number"),
            ("http://localhost:0", "port is not a number"),
            ("http://localhost:70000", "port is not a number"),
            ("http://[::1", "has no end"),
            ("http://[::1]4317", "no port"),
            ("http://[localhost]:4317", "no IPv6 address"),
            ("http://a,b:4317", "not a host's name"),
            ("http://localhost:4317/?a=b", "query"),
        ] {
            let error = parse(url).unwrap_err();
            assert!(error.is_invalid_endpoint());
            assert!(error.to_string().contains(problem), "{url}: {error}");
        }
    }

    #[test]
    fn hides_credentials() {
        let message = parse("http://user:secret@collector:4318").unwrap_err().to_string();
        assert!(
            message.contains("http://…@collector:4318") && !message.contains("secret"),
            "{message}"
        );
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
