//! A server of this very process: answers what a closure says, also what no good server would.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
        mpsc::Receiver,
    },
    thread,
};

use tungstenite::{
    Message,
    handshake::server::{ErrorResponse, Request, Response},
    protocol::{CloseFrame, frame::coding::CloseCode},
};

/// What was asked.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub path: String,
    pub query: Vec<(String, String)>,
    /// In lower case.
    pub head: String,
    pub body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub enum Answer {
    /// A whole answer.
    Page { code: u16, head: String, body: Vec<u8> },
    /// Half of a page, and then nothing: the server is gone.
    Half(Box<Answer>),
    /// A stream of server-sent events or lines, ended without a word.
    Stream(String),
    /// A stream of server-sent events that says what it is told to, until nobody tells it more.
    Told(Arc<Mutex<Receiver<String>>>),
    /// Messages of a websocket; then it is closed properly, or the server is gone.
    Socket { messages: Vec<String>, closes: bool },
}

impl Answer {
    pub fn json(value: &serde_json::Value) -> Self {
        Self::text(&value.to_string())
    }

    pub fn text(body: &str) -> Self {
        Self::Page { code: 200, head: String::new(), body: body.as_bytes().to_vec() }
    }

    pub fn status(code: u16, head: &str) -> Self {
        Self::Page { code, head: head.to_owned(), body: b"no".to_vec() }
    }
}

impl Asked {
    pub fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    pub fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.parse().ok()
    }

    fn at(target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        Self { path: path.to_owned(), query: pairs.collect(), ..Self::default() }
    }
}

/// Serves until it is dropped.
pub struct Server {
    pub port: u16,
    gone: Arc<AtomicBool>,
}

impl Server {
    pub fn start(answer: impl Fn(&Asked) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let gone = Arc::new(AtomicBool::new(false));
        let (stop, answer) = (Arc::clone(&gone), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let answer = Arc::clone(&answer);
                thread::spawn(move || serve(stream, &*answer));
            }
        });
        Self { port, gone }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(mut stream: TcpStream, answer: &dyn Fn(&Asked) -> Answer) -> Option<()> {
    let mut peeked = [0; 8_192];
    let head = loop {
        let bytes = stream.peek(&mut peeked).ok().filter(|bytes| *bytes > 0)?;
        let head = String::from_utf8_lossy(&peeked[..bytes]).to_lowercase();
        if head.contains("\r\n\r\n") {
            break head;
        }
        thread::yield_now();
    };
    if head.contains("upgrade: websocket") {
        return serve_socket(stream, answer);
    }
    let asked = read(&mut stream)?;
    send(&mut stream, answer(&asked));
    Some(())
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).ok()?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).ok()?;
    let target = head.split(' ').nth(1)?;
    let head = head.to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next());
    let mut body = vec![0; length.and_then(|length| length.parse().ok()).unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    let body = String::from_utf8(body).ok()?;
    Some(Asked { head: head.clone(), body, ..Asked::at(target) })
}

fn send(stream: &mut TcpStream, answer: Answer) {
    let mut write = |bytes: &[u8]| drop(stream.write_all(bytes));
    match answer {
        Answer::Page { code, head, body } => {
            let length = body.len();
            write(
                format!("HTTP/1.1 {code} x\r\n{head}connection: close\r\ncontent-length: {length}\r\n\r\n")
                    .as_bytes(),
            );
            write(&body);
        }
        Answer::Half(answer) => {
            let Answer::Page { code, body, .. } = *answer else { return };
            let (length, half) = (body.len(), &body[..body.len() / 2]);
            write(format!("HTTP/1.1 {code} x\r\ncontent-length: {length}\r\n\r\n").as_bytes());
            write(half);
        }
        Answer::Stream(lines) => {
            write(STREAM_HEAD);
            said(&mut write, &lines);
        }
        Answer::Told(told) => {
            write(STREAM_HEAD);
            let told = told.lock().unwrap();
            while let Ok(lines) = told.recv() {
                said(&mut write, &lines);
            }
        }
        Answer::Socket { .. } => {}
    }
}

const STREAM_HEAD: &[u8] =
    b"HTTP/1.1 200 x\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

fn said(write: &mut impl FnMut(&[u8]), lines: &str) {
    for line in lines.split_inclusive('\n') {
        write(format!("{:x}\r\n{line}\r\n", line.len()).as_bytes());
    }
}

#[allow(clippy::result_large_err)] // the callback's type is the library's
fn serve_socket(stream: TcpStream, answer: &dyn Fn(&Asked) -> Answer) -> Option<()> {
    let mut said = None;
    let shake = |request: &Request, response: Response| -> Result<Response, ErrorResponse> {
        let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
        match answer(&Asked::at(target)) {
            Answer::Page { code, head, .. } => {
                let mut refused = ErrorResponse::new(None);
                *refused.status_mut() = code.try_into().unwrap();
                if let Some(seconds) = head.trim().strip_prefix("retry-after: ") {
                    refused.headers_mut().insert("retry-after", seconds.parse().unwrap());
                }
                Err(refused)
            }
            answer => {
                said = Some(answer);
                Ok(response)
            }
        }
    };
    let mut socket = tungstenite::accept_hdr(stream, shake).ok()?;
    let Some(Answer::Socket { messages, closes }) = said else { return None };
    for message in messages {
        socket.send(Message::text(message)).ok()?;
    }
    if closes {
        socket.close(Some(CloseFrame { code: CloseCode::Normal, reason: "".into() })).ok()?;
        while socket.read().is_ok() {}
    }
    Some(())
}
