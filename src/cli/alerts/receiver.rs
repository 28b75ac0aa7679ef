//! A receiver of webhooks within this process: answers what a test says, and keeps what it was told.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

/// The bytes of the specification's example.
pub(in crate::cli) const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A message as it came in.
#[derive(Clone, Debug, Default)]
pub(in crate::cli) struct Message {
    pub id: String,
    pub at: String,
    pub signature: String,
    pub body: String,
    pub status: u16,
}

/// Takes messages until it is dropped.
pub(in crate::cli) struct Receiver {
    port: u16,
    came: Arc<Mutex<Vec<Message>>>,
    gone: Arc<AtomicBool>,
}

impl Receiver {
    /// Answers the status that `answer` gives for how many messages came before.
    pub fn start(answer: impl Fn(usize) -> u16 + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (came, gone) =
            (Arc::<Mutex<Vec<Message>>>::default(), Arc::new(AtomicBool::new(false)));
        let (theirs, stop) = (Arc::clone(&came), Arc::clone(&gone));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let mut came = theirs.lock().unwrap();
                let status = answer(came.len());
                came.extend(take(stream, status));
            }
        });
        Self { port, came, gone }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hook", self.port)
    }

    /// Every message that came.
    pub fn came(&self) -> Vec<Message> {
        self.came.lock().unwrap().clone()
    }

    /// Those that it took.
    pub fn taken(&self) -> Vec<Message> {
        self.came().into_iter().filter(|message| message.status < 300).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.gone.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn take(mut stream: TcpStream, status: u16) -> Option<Message> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let (mut message, mut length) = (Message { status, ..Message::default() }, 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|bytes| *bytes > 0)?;
        let Some((name, value)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "webhook-id" => message.id = value.into(),
            "webhook-timestamp" => message.at = value.into(),
            "webhook-signature" => message.signature = value.into(),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    message.body = String::from_utf8(body).ok()?;
    let answer = format!("HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(answer.as_bytes()).ok()?;
    Some(message)
}

/// Writes the secret of the receiver.
pub(in crate::cli) fn write_secret(path: &Path, mode: u32) {
    fs::write(path, format!("whsec_{SECRET}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
