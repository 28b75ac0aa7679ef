//! What the outside answers to one path: a file, or a page of the dashboard, with its own headers.

use axum::body::Bytes;
use sha2::{Digest as _, Sha256};

use crate::dashboard;

/// Neither scripts nor anything from elsewhere.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whoever keeps a copy of a file may show it so long: a fixed number, whatever is shown.
const CACHE: &str = "public, max-age=60";

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub content_type: &'static str,
    /// Further headers.
    pub headers: Vec<(&'static str, String)>,
    /// The bytes.
    pub bytes: Bytes,
    /// Their entity tag, in quotes.
    pub etag: String,
}

impl Page {
    /// A file for machines, which any page elsewhere may read.
    pub fn new(status: u16, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let headers = [
            ("content-security-policy", POLICY),
            ("cache-control", CACHE),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("access-control-allow-origin", "*"),
        ];
        let headers = headers.map(|(name, value)| (name, value.to_owned())).to_vec();
        let bytes = bytes.into();
        Self { status, content_type, headers, etag: etag(&bytes), bytes }
    }
}

impl From<dashboard::Page> for Page {
    fn from(page: dashboard::Page) -> Self {
        let dashboard::Page { status, content_type, headers, body } = page;
        Self { status, content_type, headers, etag: etag(&body), bytes: body.into() }
    }
}

fn etag(bytes: &[u8]) -> String {
    format!("\"{}\"", hex::encode(&Sha256::digest(bytes)[..16]))
}
