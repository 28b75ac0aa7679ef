//! Listening: TCP or a socket of the file system, so many connections, slow ones let go.

use std::{
    convert::Infallible,
    future::Future,
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    http::{HeaderValue, Request, header::CONNECTION},
};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

use super::line::{Line, Patience};
use crate::config::Address;

/// Headers of a request may take so long, and a connection that is kept may idle so long.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// Memory that one connection may take for headers.
const HEADER_BYTES_MAX: usize = 32 << 10;

/// The first answer after so long is a connection's last.
const CONNECTION_MAX: Duration = Duration::from_secs(600);

/// How long an answer may take to be read once it stands.
const READ_WITHIN: Duration = Duration::from_secs(60);

/// See [`Patience`].
const PATIENCE: Patience =
    Patience { stall: Duration::from_secs(30), linger: Duration::from_secs(2) };

/// When the system has no file for a new connection, it is asked again after so long.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A listener that is open.
pub struct Door {
    listener: Listener,
    address: Address,
}

enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener),
}

/// Whom a door lets in, and for how long.
pub struct Pass {
    /// Connections at once; more wait outside.
    pub connections_max: usize,
    /// How long a request may take, from its headers to its answer.
    pub request: Duration,
    /// How long requests that have begun may go on after `stop`.
    pub drain: Duration,
    /// Turns true when no more connections are to be let in.
    pub stop: watch::Receiver<bool>,
}

/// Why a listener cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DoorError {
    /// The system refused.
    #[error("cannot listen on {address}: {source}; another service may have it")]
    Listen {
        /// Where.
        address: String,
        /// Why.
        source: io::Error,
    },
    /// Something that is no socket of ours stands there.
    #[error("{} is in use by another process, or is no socket; name another path", .0.display())]
    Taken(PathBuf),
}

impl Door {
    /// Opens the listener.
    ///
    /// # Errors
    /// When the system refuses, or another process listens there.
    pub async fn open(address: &Address) -> Result<Self, DoorError> {
        let refused = |source| DoorError::Listen { address: address.to_string(), source };
        let (listener, address) = match address {
            Address::Tcp(at) => {
                let listener = TcpListener::bind(at).await.map_err(refused)?;
                let at = listener.local_addr().map_err(refused)?;
                (Listener::Tcp(listener), Address::Tcp(at))
            }
            Address::Unix(path) => {
                clear(path).await?;
                if let Some(folder) = path.parent() {
                    std::fs::create_dir_all(folder).map_err(refused)?;
                }
                let listener = UnixListener::bind(path).map_err(refused)?;
                let owner_and_group = std::fs::Permissions::from_mode(0o660);
                std::fs::set_permissions(path, owner_and_group).map_err(refused)?;
                (Listener::Unix(listener), address.clone())
            }
        };
        Ok(Self { listener, address })
    }

    /// Where it listens; a port that was left to the system is known by now.
    pub fn address(&self) -> &Address {
        &self.address
    }

    /// Serves `app` until told to stop, and then the requests that have begun.
    pub async fn serve(self, app: Router, mut pass: Pass) {
        let connections = Arc::new(Semaphore::new(pass.connections_max));
        loop {
            let stopped = pass.stop.wait_for(|stop| *stop);
            let accepted = tokio::select! {
                biased;
                _ = stopped => break,
                accepted = self.accept(&connections) => accepted,
            };
            match accepted {
                Some((Stream::Tcp(stream), permit)) => admit(stream, permit, &app, &pass),
                Some((Stream::Unix(stream), permit)) => admit(stream, permit, &app, &pass),
                None => tokio::time::sleep(ACCEPT_AGAIN).await,
            }
        }
        let address = self.address.clone();
        drop(self);
        // All have ended once every place is free; whoever has not by then is cut off with the process.
        let places = u32::try_from(pass.connections_max).unwrap_or(u32::MAX);
        let ended = connections.acquire_many(places);
        let _ = tokio::time::timeout(pass.drain, ended).await;
        if let Address::Unix(path) = address {
            let _ = std::fs::remove_file(path); // the next start clears it too
        }
    }

    async fn accept(&self, connections: &Arc<Semaphore>) -> Option<(Stream, OwnedSemaphorePermit)> {
        let permit = Arc::clone(connections).acquire_owned().await.ok()?;
        let stream = match &self.listener {
            Listener::Tcp(listener) => {
                let (stream, _) = listener.accept().await.ok()?;
                let _ = stream.set_nodelay(true); // slower without, and no less right
                Stream::Tcp(stream)
            }
            Listener::Unix(listener) => Stream::Unix(listener.accept().await.ok()?.0),
        };
        Some((stream, permit))
    }
}

enum Stream {
    Tcp(tokio::net::TcpStream),
    Unix(UnixStream),
}

fn admit<S>(stream: S, permit: OwnedSemaphorePermit, app: &Router, pass: &Pass)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (app, mut stop, drain) = (app.clone(), pass.stop.clone(), pass.drain);
    let last = HEADERS_WITHIN + pass.request + READ_WITHIN;
    tokio::spawn(async move {
        let _permit = permit;
        let aged = tokio::time::sleep(CONNECTION_MAX);
        let stopped = async {
            let _ = stop.wait_for(|stop| *stop).await; // a service that is gone has stopped too
        };
        attend(Line::new(stream, PATIENCE), app, (aged, last), (stopped, drain)).await;
    });
}

/// Answers one connection.
///
/// Once `aged`, its next answer says `connection: close`, so that whoever asks knows to come again on
/// another one; it is cut off when even that has not come. Once `stopped`, it takes no request more
/// and what has begun is answered.
async fn attend<S>(
    line: Line<S>,
    app: Router,
    (aged, last): (impl Future<Output = ()>, Duration),
    (stopped, drain): (impl Future<Output = ()>, Duration),
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    // Whoever has said all and closes that half still hears the answer.
    protocol.max_buf_size(HEADER_BYTES_MAX).half_close(true);
    let is_old = Arc::new(AtomicBool::new(false));
    let (old, app) = (Arc::clone(&is_old), TowerToHyperService::new(app));
    let unread = line.unread();
    let service = service_fn(move |request: Request<Incoming>| {
        let request = request.map(|body| unread.watch(body));
        let (answer, old) = (app.call(request), Arc::clone(&old));
        async move {
            let mut answer = answer.await?;
            if old.load(Ordering::Relaxed) {
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(answer)
        }
    });
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(line), service));
    // A connection that breaks off is the other side's business and is not told.
    let cut_off = async {
        aged.await;
        is_old.store(true, Ordering::Relaxed);
        tokio::time::sleep(last).await;
    };
    tokio::select! {
        _ = connection.as_mut() => return,
        () = cut_off => return,
        () = stopped => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(drain, connection).await;
}

/// Removes a socket that a process left behind; refuses one that somebody listens on.
async fn clear(path: &Path) -> Result<(), DoorError> {
    let Ok(found) = std::fs::symlink_metadata(path) else { return Ok(()) };
    let taken = || DoorError::Taken(path.to_owned());
    if !found.file_type().is_socket() || UnixStream::connect(path).await.is_ok() {
        return Err(taken());
    }
    std::fs::remove_file(path).map_err(|_| taken())
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use axum::routing::get;
    use tokio::sync::Notify;

    use super::*;

    /// Two ends of a connection, a request written on the first.
    fn asked() -> (std::os::unix::net::UnixStream, UnixStream) {
        let (mut asks, answers) = std::os::unix::net::UnixStream::pair().unwrap();
        asks.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        answers.set_nonblocking(true).unwrap();
        (asks, UnixStream::from_std(answers).unwrap())
    }

    const LONG: Duration = Duration::from_secs(600);

    /// An application that says when it was asked and answers when told to.
    fn held() -> (Router, Arc<Notify>, Arc<Notify>) {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let waits = (Arc::clone(&begun), Arc::clone(&go_on));
        let answer = || async move {
            waits.0.notify_one();
            waits.1.notified().await;
            "kept"
        };
        (Router::new().route("/", get(answer)), begun, go_on)
    }

    fn answer(mut asks: std::os::unix::net::UnixStream) -> String {
        let mut answer = String::new();
        asks.read_to_string(&mut answer).unwrap();
        answer.to_ascii_lowercase()
    }

    #[tokio::test]
    async fn connection_that_ages_or_is_stopped_under_a_request_answers_it_and_closes() {
        for is_stopped in [false, true] {
            let (app, begun, go_on) = held();
            let (asks, answers) = asked();
            let line = Line::new(answers, PATIENCE);
            let happens = async move {
                begun.notified().await;
                go_on.notify_one();
            };
            let never = std::future::pending;
            match is_stopped {
                true => attend(line, app, (never(), LONG), (happens, LONG)).await,
                false => attend(line, app, (happens, LONG), (never(), LONG)).await,
            }
            let answer = answer(asks);
            assert!(answer.starts_with("http/1.1 200 ok"), "{answer}");
            assert!(answer.contains("connection: close") && answer.ends_with("kept"), "{answer}");
        }
    }

    #[tokio::test]
    async fn answer_that_nobody_takes_ends_its_connection() {
        let answer = || async { "longer than the system keeps unread".repeat(1 << 16) };
        let app = Router::new().route("/", get(answer));
        let (_asks, answers) = asked();
        let line = Line::new(answers, Patience { stall: Duration::ZERO, linger: LONG });
        let never = std::future::pending;
        attend(line, app, (never(), LONG), (never(), LONG)).await;
    }

    #[tokio::test]
    async fn answer_before_the_body_is_read_reaches_who_still_sends_it() {
        let app = Router::new().route("/", axum::routing::post(|| async { "too much" }));
        let (mut asks, answers) = std::os::unix::net::UnixStream::pair().unwrap();
        answers.set_nonblocking(true).unwrap();
        let answers = UnixStream::from_std(answers).unwrap();
        let sends = std::thread::spawn(move || {
            let head = "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4194304\r\n\r\n";
            asks.write_all(head.as_bytes()).unwrap();
            asks.write_all(&vec![b'x'; 4 << 20]).unwrap();
            asks.shutdown(std::net::Shutdown::Write).unwrap();
            answer(asks)
        });
        let line = Line::new(answers, Patience { stall: LONG, linger: LONG });
        let never = std::future::pending;
        attend(line, app, (never(), LONG), (never(), LONG)).await;
        let answer = tokio::task::spawn_blocking(|| sends.join().unwrap()).await.unwrap();
        assert!(answer.ends_with("too much"), "{answer}");
    }

    #[tokio::test]
    async fn door_that_is_stopped_waits_for_what_has_begun() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("inside.sock");
        let door = Door::open(&Address::Unix(path.clone())).await.unwrap();
        let (app, begun, go_on) = held();
        let (stop, stops) = watch::channel(false);
        let pass = Pass { connections_max: 2, request: LONG, drain: LONG, stop: stops };
        let mut served = tokio::spawn(door.serve(app, pass));
        let mut asks = std::os::unix::net::UnixStream::connect(&path).unwrap();
        asks.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
        begun.notified().await;
        stop.send(true).unwrap();
        // The socket goes with its listener: the door is shut, and still it waits.
        while UnixStream::connect(&path).await.is_ok() {
            tokio::task::yield_now().await;
        }
        assert!(!served.is_finished());
        go_on.notify_one();
        (&mut served).await.unwrap();
        let answer = tokio::task::spawn_blocking(|| answer(asks)).await.unwrap();
        assert!(answer.ends_with("kept"), "{answer}");
    }

    #[tokio::test]
    async fn socket_left_behind_is_taken_over_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let address = Address::Unix(folder.path().join("run/inside.sock"));
        let Address::Unix(path) = &address else { unreachable!() };
        let door = Door::open(&address).await.unwrap();
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o660);
        assert!(matches!(Door::open(&address).await, Err(DoorError::Taken(_))));
        drop(door);
        assert!(path.exists());
        drop(Door::open(&address).await.unwrap());
        std::fs::remove_file(path).unwrap();
        std::fs::write(path, "not a socket").unwrap();
        assert!(matches!(Door::open(&address).await, Err(DoorError::Taken(_))));
    }
}
