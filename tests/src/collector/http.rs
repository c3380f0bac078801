//! OTLP over HTTP/1.1: as much of it as a client of ours sends.

use std::collections::HashMap;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::answer::Desk;
use super::behaviour::Refusal;

/// One request of a connection; nothing where no other follows.
pub(super) async fn serve(stream: &mut TcpStream, desk: &Desk) -> Option<()> {
    let (reading, mut writing) = stream.split();
    let mut reader = BufReader::new(reading);
    let mut line = String::new();
    reader.read_line(&mut line).await.ok().filter(|read| *read > 0)?;
    let path = line.split(' ').nth(1)?.to_owned();
    let mut headers = HashMap::new();
    loop {
        line.clear();
        reader.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length: usize = headers.get("content-length")?.parse().ok()?;
    if let Err(refusal) = desk.admit(length) {
        // The body is still on its way, and the connection of no use without it.
        let head = refused(refusal, "connection: close\r\n");
        writing.write_all(head.as_bytes()).await.ok()?;
        return None;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).await.ok()?;
    let gone = async {
        // A client sends nothing until it is answered: what can be read is the end.
        let _ = reader.fill_buf().await;
    };
    let (head, body) = match desk.serve(&path, headers, &body, gone).await? {
        Ok(message) => {
            let length = message.len();
            let head =
                format!("HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: {length}\r\n\r\n");
            (head, message)
        }
        Err(refusal) => (refused(refusal, ""), Vec::new()),
    };
    writing.write_all(head.as_bytes()).await.ok()?;
    writing.write_all(&body).await.ok()
}

fn refused(refusal: Refusal, header: &str) -> String {
    let status = refusal.http;
    let retry = refusal
        .retry_after
        .map(|seconds| format!("retry-after: {seconds}\r\n"))
        .unwrap_or_default();
    format!("HTTP/1.1 {status} Refused\r\n{retry}{header}content-length: 0\r\n\r\n")
}
