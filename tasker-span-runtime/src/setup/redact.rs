//! What our messages show of an endpoint, valid or not: neither credentials nor a query. They may be tokens.

use std::net::Ipv6Addr;

const HIDDEN: &str = "…";

/// The URL, with `…` for each part that may be secret: only what is certainly a scheme, a host, a port or a path is shown.
pub(super) fn url(text: &str) -> String {
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if is_plain(scheme, "+.-") => (format!("{scheme}://"), rest),
        _ => (String::new(), text),
    };
    let has_query = rest.contains(['?', '#']);
    match rest.rsplit_once('@') {
        // The one may be part of the other.
        Some(_) if has_query => format!("{scheme}{HIDDEN}"),
        Some((_, rest)) => format!("{scheme}{HIDDEN}@{}", host_and_path(rest)),
        None if has_query => {
            let end = rest.find(['?', '#']).unwrap_or(rest.len());
            let mark = &rest[end..=end];
            format!("{scheme}{}{mark}{HIDDEN}", host_and_path(&rest[..end]))
        }
        None => format!("{scheme}{}", host_and_path(rest)),
    }
}

fn host_and_path(text: &str) -> String {
    let (authority, path) = text.split_at(text.find('/').unwrap_or(text.len()));
    let path = if is_plain(path, "/._-") { path } else { "/…" };
    // Behind the colon of `user:password`, too.
    let (host, port) = match authority.rfind(']') {
        Some(end) => authority.split_at(end + 1),
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_address = |host: &str| {
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
    };
    let host = if is_plain(host, "._- ") || is_address(host) {
        host
    } else {
        HIDDEN
    };
    let is_port = |port: &str| port.len() <= 5 && port.bytes().all(|byte| byte.is_ascii_digit());
    match port.strip_prefix(':') {
        None if port.is_empty() => format!("{host}{path}"),
        Some(number) if is_port(number) => format!("{host}:{number}{path}"),
        Some(_) => format!("{host}:{HIDDEN}{path}"),
        None => format!("{host}{HIDDEN}{path}"),
    }
}

/// Whether the text has only letters, digits and these characters.
fn is_plain(text: &str, others: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || others.contains(c))
}

#[cfg(test)]
mod tests {
    use super::url;

    #[test]
    fn plain_addresses_are_shown() {
        for text in [
            "",
            "nowhere",
            "not a url",
            "collector:4317",
            "http://",
            "http://:4317",
            "http://localhost:4317/v1/traces",
            "https://lücal.example/tenant-1/",
            "http://[::1]:4317",
            "http://localhost:70000",
            "http://localhost:",
        ] {
            assert_eq!(url(text), text);
        }
    }

    #[test]
    fn the_rest_is_hidden() {
        for (text, shown) in [
            ("http://user:CANARY@host:4317/a", "http://…@host:4317/a"),
            ("user:CANARY@host", "…@host"),
            ("http://CANARY@", "http://…@"),
            ("http://user:CAN@ARY@host", "http://…@host"),
            ("http://user:CAN/ARY@host", "http://…@host"),
            ("http://user:CAN?ARY@host", "http://…"),
            ("http://user:CAN#ARY@host", "http://…"),
            ("http://host/?token=x@CANARY", "http://…"),
            ("http://host/a?token=CANARY", "http://host/a?…"),
            ("http://host#CANARY", "http://host#…"),
            ("host?CANARY", "host?…"),
            ("http://host/;token=CANARY", "http://host/…"),
            ("http://host/%3Ftoken=CANARY", "http://host/…"),
            ("http://user:CANARY", "http://user:…"),
            ("http://user:1:CANARY", "http://user:…"),
            ("http://user:CANARY%40host", "http://user:…"),
            ("http://[::1]CANARY", "http://[::1]…"),
            ("http://[CANARY", "http://…"),
            ("http://[CANARY]:4317", "http://…:4317"),
            ("authorization=Bearer CANARY", "…"),
            ("authorization=Bearer CANARY://x", "…://x"),
            ("mailto:CANARY", "mailto:…"),
            ("http:\\\\user:CANARY@host", "…@host"),
        ] {
            assert_eq!(url(text), shown, "{text}");
        }
    }
}
