//! `Server` and `Port`: the thread that a collector listens on. What a request is answered is in
//! `service`.

use std::convert::Infallible;
use std::future::pending;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tasker_span_runtime::Protocol;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::oneshot;

use super::service::Service;

/// A reserved port, held by a socket that never listens. Connections are refused until a [`Server`]
/// shares it.
#[derive(Debug)]
pub(super) struct Port {
    _reservation: TcpSocket,
    address: SocketAddr,
}

impl Port {
    pub(super) fn reserve(port: u16) -> Self {
        let socket = bound(([127, 0, 0, 1], port).into());
        Self {
            address: socket.local_addr().expect("a bound socket"),
            _reservation: socket,
        }
    }

    pub(super) fn number(&self) -> u16 {
        self.address.port()
    }
}

fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().expect("a socket");
    // Sockets that do not listen may share an address, and connections of a killed predecessor
    // linger.
    socket.set_reuseaddr(true).expect("an option of every system");
    socket.bind(address).expect("a free port");
    socket
}

/// Listens and answers until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(protocol: Protocol, port: &Port, service: Arc<Service>) -> Self {
        let socket = bound(port.address);
        let (stop, stopped) = oneshot::channel();
        let (listens, listening) = mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let listener = socket.listen(1024).expect("a port of ours");
                listens.send(()).expect("the collector waits");
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(serve(protocol, stream, Arc::clone(&service)));
                    }
                };
                tokio::select! {
                    () = accept => {}
                    _ = stopped => {}
                }
            });
            // The runtime's end closes the connections, wherever they are.
        });
        listening.recv().expect("the thread listens");
        Self {
            stop: Some(stop),
            thread: Some(thread),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // Its panic has been printed, and the spans are missing.
            let _ = thread.join();
        }
    }
}

/// A connection, to its end or until it goes silent. When the client gives a request up, hyper drops the future that
/// answers it.
async fn serve(protocol: Protocol, stream: TcpStream, service: Arc<Service>) {
    let stream = TokioIo::new(stream);
    let shared = Arc::clone(&service);
    let answer = service_fn(move |request| {
        let service = Arc::clone(&shared);
        async move { Ok::<_, Infallible>(service.answer(protocol, request).await) }
    });
    let connection = async {
        if protocol == Protocol::Grpc {
            let connection = http2::Builder::new(TokioExecutor::new()).serve_connection(stream, answer);
            to_its_end(connection, &service, http2::Connection::graceful_shutdown).await;
        } else {
            let connection = http1::Builder::new().serve_connection(stream, answer);
            to_its_end(connection, &service, http1::Connection::graceful_shutdown).await;
        }
    };
    let mut connection = pin!(connection);
    tokio::select! {
        () = &mut connection => {}
        // It is held open, and nothing is read or written any more.
        () = service.silence() => pending().await,
    }
}

async fn to_its_end<C: Future>(connection: C, service: &Service, close: impl Fn(Pin<&mut C>)) {
    let mut connection = pin!(connection);
    loop {
        tokio::select! {
            // A connection that breaks is its client's to notice.
            _ = connection.as_mut() => return,
            () = service.close() => close(connection.as_mut()),
        }
    }
}
