//! `Server`: a server of HTTP that answers each path with a status and a body.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// It answers until the test ends.
pub(super) struct Server {
    pub(super) url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) fn start(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A client that has gone needs no answer.
                let _ = serve(&stream, &seen, &answer);
            }
        });
        Self { url, requests }
    }

    /// The paths so far, with their queries.
    pub(super) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(
    mut stream: &TcpStream,
    seen: &Mutex<Vec<String>>,
    answer: &impl Fn(&str) -> (u16, String),
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    for line in lines {
        if line?.is_empty() {
            break;
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    seen.lock().unwrap().push(path.to_owned());
    let (status, body) = answer(path);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} Some\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
    )
}
