//! Websockets over a connection that the policy opened.

use std::{
    io::{self, Read, Write},
    net::TcpStream,
    sync::{Arc, LazyLock},
    time::Duration,
};

use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, pki_types::ServerName};
use tungstenite::{Message, WebSocket, client::client_with_config, protocol::WebSocketConfig};
use url::Url;
use zeroize::Zeroizing;

use super::{Fault, Outbound, client::SILENCE_MAX};

const CONNECT_MAX: Duration = Duration::from_secs(15);
/// A message holds at most so many bytes.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

trait Connection: Read + Write + Send {}
impl<T: Read + Write + Send> Connection for T {}

/// A websocket that is read.
pub(in crate::connectors) struct Socket(WebSocket<Box<dyn Connection>>);

impl Outbound {
    /// Opens the websocket at `url`.
    pub fn socket(&self, url: &Url) -> Result<Socket, Fault> {
        self.policy.admit(url)?;
        let tcp = self.connect(url)?;
        let broken = |error: io::Error| Fault::Broken(error.kind());
        tcp.set_read_timeout(Some(SILENCE_MAX)).map_err(broken)?;
        tcp.set_write_timeout(Some(SILENCE_MAX)).map_err(broken)?;
        let stream: Box<dyn Connection> = match url.scheme() {
            "wss" => Box::new(secured(url, tcp)?),
            _ => Box::new(tcp),
        };
        let config = WebSocketConfig::default()
            .max_message_size(Some(MESSAGE_BYTES_MAX))
            .max_frame_size(Some(MESSAGE_BYTES_MAX));
        match client_with_config(url.as_str(), stream, Some(config)) {
            Ok((socket, _)) => Ok(Socket(socket)),
            Err(tungstenite::HandshakeError::Failure(error)) => Err(error.into()),
            Err(tungstenite::HandshakeError::Interrupted(_)) => {
                Err(Fault::Broken(io::ErrorKind::TimedOut))
            }
        }
    }

    fn connect(&self, url: &Url) -> Result<TcpStream, Fault> {
        let mut last = Fault::NameNotFound;
        for address in self.policy.pin(url, &self.surroundings.look_up)? {
            match TcpStream::connect_timeout(&address, CONNECT_MAX) {
                Ok(stream) => return Ok(stream),
                Err(error) => last = Fault::Broken(error.kind()),
            }
        }
        Err(last)
    }
}

impl Socket {
    /// The next message of text; control messages and bytes are passed over. `None` when the
    /// server says goodbye.
    pub fn next(&mut self) -> Result<Option<Zeroizing<String>>, Fault> {
        loop {
            match self.0.read()? {
                Message::Text(text) => return Ok(Some(Zeroizing::new(text.to_string()))),
                Message::Close(_) => return Ok(None),
                _ => {}
            }
        }
    }
}

fn secured(url: &Url, tcp: TcpStream) -> Result<StreamOwned<ClientConnection, TcpStream>, Fault> {
    static CONFIG: LazyLock<Option<Arc<ClientConfig>>> = LazyLock::new(|| {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let ring = Arc::new(rustls::crypto::ring::default_provider());
        let builder =
            ClientConfig::builder_with_provider(ring).with_safe_default_protocol_versions();
        Some(Arc::new(builder.ok()?.with_root_certificates(roots).with_no_client_auth()))
    });
    let config = CONFIG.clone().ok_or(Fault::Tls)?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let name = ServerName::try_from(host).map_err(|_| Fault::Tls)?;
    let connection = ClientConnection::new(config, name).map_err(|_| Fault::Tls)?;
    Ok(StreamOwned::new(connection, tcp))
}
