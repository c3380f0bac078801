//! The thread of a collector.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use tasker_span_runtime::Protocol;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use super::answer::Desk;
use super::port::{self, Port};
use super::{grpc, http};

/// Which language it speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speaks {
    Grpc,
    Http,
    Nothing,
}

impl From<Protocol> for Speaks {
    fn from(protocol: Protocol) -> Self {
        match protocol {
            Protocol::Grpc => Self::Grpc,
            Protocol::HttpProtobuf => Self::Http,
            other => panic!("no collector speaks {other}"),
        }
    }
}

/// Listens and answers, until it is dropped.
#[derive(Debug)]
pub(super) struct Server {
    /// Until this is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(super) fn start(speaks: Speaks, port: &Port, desk: Arc<Desk>) -> Self {
        let socket = port.socket();
        let (stop, stopped) = oneshot::channel();
        let (listens, listening) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = port::listen(socket);
                listens.send(()).unwrap();
                let accept = async {
                    while let Ok((stream, _)) = listener.accept().await {
                        tokio::spawn(serve(speaks, stream, Arc::clone(&desk)));
                    }
                };
                tokio::select! {
                    () = accept => {}
                    _ = stopped => {}
                }
            });
            // With the runtime go the connections, wherever they are.
        });
        listening.recv().unwrap();
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
            // What panicked there has been printed, and the spans are missing.
            let _ = thread.join();
        }
    }
}

async fn serve(speaks: Speaks, mut stream: TcpStream, desk: Arc<Desk>) {
    match speaks {
        Speaks::Grpc => grpc::serve(stream, desk).await,
        Speaks::Http => while http::serve(&mut stream, &desk).await.is_some() {},
        Speaks::Nothing => {
            // Until the client closes.
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
    }
}
