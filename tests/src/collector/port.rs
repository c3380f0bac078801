//! A port that nobody else is given, whether or not somebody listens on it.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

/// Held by a socket that is bound to it and never listens: connections are refused, and the collector may come back.
#[derive(Debug)]
pub(super) struct Port {
    _reservation: TcpSocket,
    address: SocketAddr,
}

impl Port {
    /// A free one.
    pub(super) fn reserve() -> Self {
        Self::shared(0)
    }

    /// One that another process may have reserved as well.
    pub(super) fn shared(port: u16) -> Self {
        let socket = bound(SocketAddr::from(([127, 0, 0, 1], port)));
        Self {
            address: socket.local_addr().unwrap(),
            _reservation: socket,
        }
    }

    pub(super) fn number(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A socket to be listened on, inside a runtime.
    pub(super) fn socket(&self) -> TcpSocket {
        bound(self.address)
    }
}

pub(super) fn listen(socket: TcpSocket) -> TcpListener {
    socket.listen(1024).unwrap()
}

fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    // Sockets that do not listen may share an address, and connections of a killed predecessor linger.
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}
