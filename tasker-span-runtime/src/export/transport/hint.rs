//! `Hint`: what may be wrong if a connection is made and then fails, and no server has ever answered.

use std::sync::atomic::{AtomicBool, Ordering};

use super::Connection;

pub(super) struct Hint {
    text: &'static str,
    has_answered: AtomicBool,
}

impl Hint {
    /// `port` asks for the protocol of an endpoint without TLS. With TLS, the servers tell their protocols; but the alert of a
    /// missing certificate comes when the client has sent its request, and is lost if the connection closes before.
    pub(super) fn new(connection: &Connection, port: &'static str) -> Self {
        let is_secure = connection.url.starts_with("https");
        Self {
            text: if is_secure { certificate(connection) } else { port },
            has_answered: AtomicBool::new(false),
        }
    }

    pub(super) fn set_answered(&self) {
        self.has_answered.store(true, Ordering::Relaxed);
    }

    /// Empty once a server has answered.
    pub(super) fn text(&self) -> &'static str {
        if self.has_answered.load(Ordering::Relaxed) {
            ""
        } else {
            self.text
        }
    }
}

#[cfg(feature = "tls")]
fn certificate(connection: &Connection) -> &'static str {
    if connection.tls.client_auth_cert_resolver.has_certs() {
        " (does the collector trust the client certificate?)"
    } else {
        " (does the collector ask for a client certificate?)"
    }
}

/// There is no such endpoint.
#[cfg(not(feature = "tls"))]
fn certificate(_: &Connection) -> &'static str {
    ""
}
