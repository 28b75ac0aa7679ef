//! Listening: TCP or a socket of the file system, so many connections, slow ones let go.

use std::{
    future::Future,
    io,
    os::unix::fs::{FileTypeExt, PermissionsExt},
    path::{Path, PathBuf},
    pin::pin,
    sync::Arc,
    time::Duration,
};

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, UnixListener, UnixStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

use crate::config::Address;

/// Headers of a request may take so long, and a connection that is kept may idle so long.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// Memory that one connection may take for headers.
const HEADER_BYTES_MAX: usize = 32 << 10;

/// After so long a connection takes no further request.
const CONNECTION_MAX: Duration = Duration::from_secs(600);

/// What a connection has begun by then may go on for so long, however slowly its answer is read.
const LAST_ANSWER_MAX: Duration = Duration::from_secs(60);

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
                Some((Stream::Tcp(stream), permit)) => admit(stream, permit, &app, &pass.stop),
                Some((Stream::Unix(stream), permit)) => admit(stream, permit, &app, &pass.stop),
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

fn admit<S>(stream: S, permit: OwnedSemaphorePermit, app: &Router, stop: &watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (app, mut stop) = (app.clone(), stop.clone());
    tokio::spawn(async move {
        let _permit = permit;
        let let_go = async {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => {}
                () = tokio::time::sleep(CONNECTION_MAX) => {}
            }
        };
        attend(stream, app, let_go, LAST_ANSWER_MAX).await;
    });
}

/// Answers one connection. From `let_go` on it takes no further request: what has begun is answered
/// with `connection: close`, so that whoever asks knows to come again on another one.
async fn attend<S>(stream: S, app: Router, let_go: impl Future<Output = ()>, last_answer: Duration)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut protocol = http1::Builder::new();
    protocol.timer(TokioTimer::new()).header_read_timeout(HEADERS_WITHIN);
    // Whoever has said all and closes that half still hears the answer.
    protocol.max_buf_size(HEADER_BYTES_MAX).half_close(true);
    let service = TowerToHyperService::new(app);
    let mut connection = pin!(protocol.serve_connection(TokioIo::new(stream), service));
    // A connection that breaks off is the other side's business and is not told.
    tokio::select! {
        _ = connection.as_mut() => return,
        () = let_go => {}
    }
    connection.as_mut().graceful_shutdown();
    let _ = tokio::time::timeout(last_answer, connection).await;
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

    #[tokio::test]
    async fn request_that_has_begun_when_its_connection_ends_is_answered() {
        let (begun, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let waits = (Arc::clone(&begun), Arc::clone(&go_on));
        let app = Router::new().route(
            "/",
            get(|| async move {
                waits.0.notify_one();
                waits.1.notified().await;
                "kept"
            }),
        );
        let (mut asks, answers) = asked();
        let let_go = async move {
            begun.notified().await;
            go_on.notify_one();
        };
        attend(answers, app, let_go, LAST_ANSWER_MAX).await;
        let mut answer = String::new();
        asks.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{answer}");
        assert!(answer.ends_with("kept"), "{answer}");
    }

    #[tokio::test]
    async fn answer_that_nobody_reads_does_not_hold_its_connection() {
        let begun = Arc::new(Notify::new());
        let told = Arc::clone(&begun);
        let app = Router::new().route(
            "/",
            get(|| async move {
                told.notify_one();
                "longer than the system keeps unread".repeat(1 << 16)
            }),
        );
        let (_asks, answers) = asked();
        attend(answers, app, async move { begun.notified().await }, Duration::ZERO).await;
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
