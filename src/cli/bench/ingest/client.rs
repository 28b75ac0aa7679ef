//! The least of an HTTP/1.1 client: one connection, one request after another.

use std::{
    io::{self, Read, Write},
    net::{SocketAddr, TcpStream},
};

/// An answer's head is no longer.
const HEAD_BYTES_MAX: usize = 16 << 10;

/// A connection that is kept.
pub(super) struct Client {
    address: SocketAddr,
    token: String,
    stream: Option<TcpStream>,
    /// Requests that were sent once more.
    pub resent: u64,
}

/// Status and body.
pub(super) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(address: SocketAddr, token: String) -> Self {
        Self { address, token, stream: None, resent: 0 }
    }

    /// Posts rows of JSON and reads the answer. Where a connection that was kept ends before its
    /// answer begins, the rows are sent once more on another one, which is counted: rows count once
    /// however often they come.
    pub fn post(&mut self, rows: &str) -> io::Result<Answer> {
        if let Some(kept) = self.stream.take() {
            match self.ask(kept, rows) {
                Err(error) if ended_unanswered(&error) => self.resent += 1,
                answered => return answered,
            }
        }
        let stream = TcpStream::connect(self.address)?;
        stream.set_nodelay(true)?;
        self.ask(stream, rows)
    }

    fn ask(&mut self, mut stream: TcpStream, rows: &str) -> io::Result<Answer> {
        let request = format!(
            "POST /v1/comments HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {}\r\n\
             content-type: application/x-ndjson\r\ncontent-length: {}\r\n\r\n{rows}",
            self.token,
            rows.len()
        );
        stream.write_all(request.as_bytes())?;
        let (answer, keeps) = read(&mut stream)?;
        self.stream = keeps.then_some(stream);
        Ok(answer)
    }
}

/// The other side closed before it said anything.
fn ended_unanswered(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}

fn read(stream: &mut TcpStream) -> io::Result<(Answer, bool)> {
    let broken = || io::Error::from(io::ErrorKind::UnexpectedEof);
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        match more(stream, &mut bytes)? {
            0 if bytes.is_empty() => return Err(io::ErrorKind::ConnectionAborted.into()),
            0 => return Err(broken()),
            _ if bytes.len() > HEAD_BYTES_MAX => return Err(broken()),
            _ => {}
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).to_ascii_lowercase();
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let field = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
    let length: usize =
        field("content-length:").and_then(|length| length.parse().ok()).ok_or_else(broken)?;
    let keeps = field("connection:") != Some("close");
    let mut body = bytes.split_off(head_end);
    while body.len() < length {
        if more(stream, &mut body)? == 0 {
            return Err(broken());
        }
    }
    Ok((Answer { status, body }, keeps))
}

fn more(stream: &mut TcpStream, bytes: &mut Vec<u8>) -> io::Result<usize> {
    let mut piece = [0; 4_096];
    let read = stream.read(&mut piece)?;
    bytes.extend_from_slice(&piece[..read]);
    Ok(read)
}
