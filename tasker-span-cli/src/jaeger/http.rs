//! `Http`: requests to Jaeger's query API, with errors that say what to do.

use std::time::Duration;

use serde::de::DeserializeOwned;
use tasker_span_runtime::testing::printable;
use ureq::Agent;
use ureq::http::{StatusCode, Uri};

use super::Error;
use super::answer::Answer;
use crate::json;

/// A larger answer is not read.
const MAX_ANSWER: u64 = 1 << 30;
const HINT: &str = "give the address of Jaeger's pages by --jaeger or TASKER_SPAN_JAEGER_URL";

/// A client of one server.
#[derive(Debug)]
pub(super) struct Http {
    url: String,
    /// The address without credentials.
    shown: String,
    agent: Agent,
}

impl Http {
    pub(super) fn new(url: &str) -> Result<Self, Error> {
        let url = url.trim_end_matches('/');
        let shown = without_credentials(url);
        let uri = url.parse::<Uri>().ok();
        let scheme = uri.as_ref().and_then(|uri| uri.scheme_str());
        let host = uri.as_ref().and_then(Uri::host);
        // A password with a `/` makes another host of the user.
        let shown_uri = shown.parse::<Uri>().ok();
        let host = host.filter(|host| shown_uri.as_ref().and_then(Uri::host) == Some(host));
        let (Some("http" | "https"), Some(host)) = (scheme, host) else {
            return Err(Error(format!(
                "`{}` is not the address of a Jaeger: expected `http://HOST:PORT`",
                printable(&shown)
            )));
        };
        if scheme == Some("https") && !cfg!(feature = "tls") {
            return Err(Error(format!(
                "{shown}: `https` needs the feature `tls` of `tasker-span-cli`"
            )));
        }
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_global(Some(Duration::from_mins(2)));
        // This machine is behind no proxy.
        let is_local = matches!(host, "localhost" | "[::1]") || host.starts_with("127.");
        let config = if is_local { config.proxy(None) } else { config };
        Ok(Self {
            url: url.to_owned(),
            agent: config.build().into(),
            shown,
        })
    }

    /// The address without credentials.
    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// The data of an answer. `None` if Jaeger does not have the trace.
    pub(super) fn ask<T: DeserializeOwned>(&self, path: &str, parameters: &[(&str, &str)]) -> Result<Option<T>, Error> {
        let request = self.agent.get(format!("{}/api/{path}", self.url));
        let request = parameters
            .iter()
            .fold(request, |request, (name, value)| request.query(*name, *value));
        let mut response = request
            .call()
            .map_err(|error| Error(format!("no Jaeger at {}: {error}; {HINT}", self.shown)))?;
        let status = response.status();
        let body = response.body_mut().with_config().limit(MAX_ANSWER).read_to_string();
        let body = body.map_err(|error| Error(format!("the answer of {} cannot be read: {error}", self.shown)))?;
        self.read(path, status, &body)
    }

    pub(super) fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        status: StatusCode,
        body: &str,
    ) -> Result<Option<T>, Error> {
        let url = format!("{}/api/{path}", self.shown);
        let answer: Answer<T> = serde_json::from_str(body).map_err(|error| {
            if body.trim_start().starts_with('<') {
                return Error(format!(
                    "{url} answers {status} and a web page in place of JSON; {HINT}"
                ));
            }
            let problem = if status.is_success() {
                format!("which is not an answer of Jaeger: {}", json::problem(&error))
            } else {
                format!("`{}`", printable(&start(body)))
            };
            Error(format!("{url} answers {status}, {problem}; {HINT}"))
        })?;
        let errors = answer.errors.unwrap_or_default();
        if let Some(error) = errors.iter().find(|error| error.code != 404) {
            let message: String = error.msg.chars().take(500).collect();
            return Err(Error(format!("{url} answers {status}: {}", printable(&message))));
        }
        // A gateway answers JSON as well. Jaeger says which trace is missing.
        if errors.is_empty() && !(status.is_success() && answer.data.is_some()) {
            return Err(Error(format!(
                "{url} answers {status}, `{}`; {HINT}",
                printable(&start(body))
            )));
        }
        Ok(answer.data.and_then(|data| data.0))
    }
}

/// The address without the user and the password.
pub(super) fn without_credentials(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        // Whatever it is, what is before an `@` may be a password.
        return url.rsplit('@').next().unwrap_or_default().to_owned();
    };
    let mut authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A password that is not percent-encoded may have any of these characters.
    let has_port = |(_, port): (_, &str)| port.parse::<u16>().is_ok();
    if !authority.contains('@') && !authority.ends_with(']') && !authority.rsplit_once(':').is_none_or(has_port) {
        let end = rest.rfind('@').map_or(authority.len(), |at| at + 1);
        authority = &rest[..end];
    }
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{}", &rest[authority.len()..])
}

/// The first line, cut.
fn start(body: &str) -> String {
    let line = body.trim().lines().next().unwrap_or_default();
    match line.char_indices().nth(120) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_not_shown() {
        for (url, shown) in [
            ("http://user:secret@jaeger:16686/base", "http://jaeger:16686/base"),
            ("http://user:se@cret@jaeger", "http://jaeger"),
            ("http://user:se/cr?e#t@jaeger/base", "http://jaeger/base"),
            ("http://jaeger:16686/a@b", "http://jaeger:16686/a@b"),
            ("http://[::1]/a@b", "http://[::1]/a@b"),
            ("http://jaeger/a@b", "http://jaeger/a@b"),
            ("user:secret@jaeger", "jaeger"),
        ] {
            assert_eq!(without_credentials(url), shown);
        }
    }

    #[test]
    fn an_address_has_a_scheme_and_a_host() {
        for url in [
            "",
            "jaeger:16686",
            "localhost",
            "ftp://jaeger",
            "http://",
            "http:///a",
            "not a url",
        ] {
            let message = Http::new(url).unwrap_err().to_string();
            assert!(message.ends_with("expected `http://HOST:PORT`"), "{message}");
        }
        assert_eq!(
            Http::new("http://jaeger:16686/").unwrap().shown(),
            "http://jaeger:16686"
        );
    }

    #[test]
    fn an_answer_that_is_not_jaeger_s_is_explained() {
        let http = Http::new("http://jaeger").unwrap();
        let read =
            |status: u16, body| http.read::<Vec<String>>("services", StatusCode::from_u16(status).unwrap(), body);
        for (status, body, part) in [
            (200, "<!doctype html>", "answers 200 OK and a web page in place of JSON"),
            (200, "[]", "which is not an answer of Jaeger"),
            (
                502,
                "bad gateway\u{1b}[31m",
                "answers 502 Bad Gateway, `bad gateway\\u{1b}[31m`",
            ),
            (
                400,
                r#"{"data":null,"errors":[{"code":400,"msg":"bad"}]}"#,
                "answers 400 Bad Request: bad",
            ),
            (
                401,
                r#"{"message":"Unauthorized"}"#,
                r#"answers 401 Unauthorized, `{"message":"Unauthorized"}`; give the address"#,
            ),
            (404, "{}", "answers 404 Not Found, `{}`; give the address"),
            (200, "{}", "answers 200 OK, `{}`; give the address"),
            (
                503,
                r#"{"data":[]}"#,
                r#"answers 503 Service Unavailable, `{"data":[]}`"#,
            ),
        ] {
            let message = read(status, body).unwrap_err().to_string();
            assert!(message.contains(part), "{message}");
        }
        let missing = r#"{"data":null,"errors":[{"code":404,"msg":"trace not found"}]}"#;
        assert_eq!(read(404, missing), Ok(None));
        assert_eq!(read(200, r#"{"data":null,"total":0,"errors":null}"#), Ok(None));
        assert_eq!(read(200, r#"{"data":["a"]}"#), Ok(Some(vec!["a".to_owned()])));
    }
}
