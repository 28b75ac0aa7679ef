//! What can go wrong outside, told without a word of what was answered.

use std::{io, time::Duration};

/// Why a request has no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::connectors) enum Fault {
    /// The pipeline file's rules forbid it.
    #[error("was not asked: {0}")]
    Refused(&'static str),
    /// No address.
    #[error("has no address that can be found; check source.service.url")]
    NameNotFound,
    /// An answer that is no success.
    #[error("answered with status {code}{}", told(*code))]
    Status {
        /// The HTTP status.
        code: u16,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// It asks for more patience than a run has.
    #[error("asks to be left alone for {} seconds; run again after that", .0.as_secs())]
    LaterThanARunWaits(Duration),
    /// More than a page may hold.
    #[error("answered with more than {0} bytes; ask for smaller pages (source.service.page_rows)")]
    TooLarge(u64),
    /// The connection failed, ended early or took too long.
    #[error("cannot be reached, or broke off ({0}); run again to go on")]
    Broken(io::ErrorKind),
    /// TLS with it is not possible.
    #[error("cannot be trusted: its certificate or its TLS was refused")]
    Tls,
    /// Not HTTP, or not the expected kind of stream.
    #[error("does not speak the expected protocol")]
    Protocol,
    /// Too many redirects, or one without a target.
    #[error("leads from one address to the next without an answer")]
    Redirects,
    /// The answer is whole and not what the connector reads.
    #[error("answered with something that is not {0}; compare source.kind and source.service.url")]
    Unreadable(&'static str),
}

fn told(code: u16) -> &'static str {
    match code {
        401 | 403 => "; it wants a token, or another one (source.service.token_file or token_env)",
        404 => "; check source.service.url",
        429 => " (too many requests); run again later",
        _ => "",
    }
}

impl Fault {
    /// How long the service asks to be left alone, where it does.
    pub fn again_after(&self) -> Option<Duration> {
        match self {
            Self::LaterThanARunWaits(asked) => Some(*asked),
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether asking again may help.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::Status { code, .. } => matches!(code, 408 | 425 | 429 | 500..=599),
            Self::Broken(_) | Self::NameNotFound | Self::Protocol => true,
            _ => false,
        }
    }
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::Io(error) => Self::Broken(error.kind()),
            ureq::Error::Timeout(_) => Self::Broken(io::ErrorKind::TimedOut),
            ureq::Error::ConnectionFailed => Self::Broken(io::ErrorKind::ConnectionRefused),
            ureq::Error::BodyExceedsLimit(bytes) => Self::TooLarge(bytes),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) | ureq::Error::Pem(_) => Self::Tls,
            ureq::Error::HostNotFound => Self::NameNotFound,
            _ => Self::Protocol,
        }
    }
}

impl From<tungstenite::Error> for Fault {
    fn from(error: tungstenite::Error) -> Self {
        use tungstenite::Error;
        match error {
            Error::Io(error) => Self::Broken(error.kind()),
            Error::ConnectionClosed | Error::AlreadyClosed => {
                Self::Broken(io::ErrorKind::ConnectionAborted)
            }
            Error::Http(answer) => {
                let asked = answer.headers().get("retry-after").and_then(|v| v.to_str().ok());
                let retry_after = asked.and_then(|seconds| seconds.trim().parse().ok());
                let retry_after = retry_after.map(Duration::from_secs);
                Self::Status { code: answer.status().as_u16(), retry_after }
            }
            _ => Self::Protocol,
        }
    }
}
