//! What the outside answers to one request: a file, or a page of the dashboard, with its headers and
//! its bytes as they are and packed.

use std::io::Write as _;

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
};
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};

use crate::dashboard;

/// Neither scripts nor anything from elsewhere.
const POLICY: &str =
    "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Whoever keeps a copy of a file may show it so long: a fixed number, whatever is shown.
const CACHE: &str = "public, max-age=60";

/// A fault of ours may be over at the next request.
const FAULT: &str = "no-store";

/// Less than a packet is not packed.
const PACKED_BYTES_MIN: usize = 1_024;

/// What headers and the rest of an answer take beside its bytes, about.
const HEAD_BYTES: usize = 2_048;

/// An answer, ready to be sent as often as it is asked for.
#[derive(Clone, Debug)]
pub(super) struct Page {
    pub status: StatusCode,
    head: HeaderMap,
    plain: Form,
    packed: Option<Form>,
}

/// One form of the same answer.
#[derive(Clone, Debug)]
pub(super) struct Form {
    pub bytes: Bytes,
    /// Differs from that of the other form, as strong tags must.
    pub etag: HeaderValue,
}

impl Page {
    /// A file for machines, which any page elsewhere may read.
    pub fn new(status: StatusCode, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let cache = if status.is_server_error() { FAULT } else { CACHE };
        let headers = [
            (header::CONTENT_SECURITY_POLICY, POLICY),
            (header::CACHE_CONTROL, cache),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        ];
        let headers = headers.map(|(name, value)| (name, HeaderValue::from_static(value)));
        Self::made(status, content_type, headers.into_iter().collect(), bytes.into())
    }

    /// Packs what was found, and says that readers may get either form of it.
    fn made(
        status: StatusCode,
        content_type: &'static str,
        mut head: HeaderMap,
        bytes: Bytes,
    ) -> Self {
        head.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let tag = hex::encode(&Sha256::digest(&bytes)[..16]);
        let packed = if status == StatusCode::OK { packed(&bytes) } else { None };
        if packed.is_some() {
            head.append(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        let packed = packed.map(|bytes| Form::new(bytes, &format!("{tag}-gzip")));
        Self { status, head, plain: Form::new(bytes, &tag), packed }
    }

    /// The form for this reader, and every header of it but its length.
    pub fn form(&self, asked: &HeaderMap) -> (HeaderMap, &Form) {
        let mut head = self.head.clone();
        let form = match &self.packed {
            Some(form) if takes_gzip(asked) => {
                head.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                form
            }
            _ => &self.plain,
        };
        head.insert(header::ETAG, form.etag.clone());
        (head, form)
    }

    /// What it takes to keep it.
    pub fn weight(&self) -> usize {
        let packed = self.packed.as_ref().map_or(0, |form| form.bytes.len());
        self.plain.bytes.len() + packed + HEAD_BYTES
    }
}

impl Form {
    fn new(bytes: Bytes, tag: &str) -> Self {
        let etag = HeaderValue::from_str(&format!("\"{tag}\""));
        Self { bytes, etag: etag.unwrap_or(HeaderValue::from_static("\"\"")) }
    }
}

impl From<dashboard::Page> for Page {
    fn from(page: dashboard::Page) -> Self {
        let dashboard::Page { status, content_type, headers, body } = page;
        let named = headers.into_iter().filter_map(|(name, value)| {
            Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?))
        });
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self::made(status, content_type, named.collect(), body.into())
    }
}

/// The bytes under gzip; none where that saves nothing.
fn packed(bytes: &Bytes) -> Option<Bytes> {
    if bytes.len() < PACKED_BYTES_MIN {
        return None;
    }
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
    encoder.write_all(bytes).ok()?;
    let packed = encoder.finish().ok()?;
    (packed.len() < bytes.len()).then(|| packed.into())
}

/// Whether a reader takes gzip: it names it, and not with a quality of none (RFC 9110, 12.5.3).
fn takes_gzip(asked: &HeaderMap) -> bool {
    let values = asked.get_all(header::ACCEPT_ENCODING).into_iter();
    let codings = values.filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    codings.take(CODINGS_MAX).any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        let is_gzip = parts.next().is_some_and(|name| name.eq_ignore_ascii_case("gzip"));
        let quality = parts.find_map(|part| part.strip_prefix("q=").or(part.strip_prefix("Q=")));
        is_gzip && quality.is_none_or(|q| q.trim().parse().is_ok_and(|q: f32| q > 0.0))
    })
}

const CODINGS_MAX: usize = 20;

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn asked(coding: &str) -> HeaderMap {
        [(header::ACCEPT_ENCODING, HeaderValue::from_str(coding).unwrap())].into_iter().collect()
    }

    #[test]
    fn gzip_is_given_to_whom_it_is_good_for() {
        for (coding, takes) in [
            ("gzip", true),
            ("br, GZIP;q=0.5, *;q=0", true),
            ("deflate, gzip;q=1.0", true),
            ("gzip;q=0", false),
            ("gzip; q=0.0", false),
            ("gzip;q=x", false),
            ("br, zstd", false),
            ("identity", false),
            ("", false),
            ("*", false),
        ] {
            assert_eq!(takes_gzip(&asked(coding)), takes, "{coding}");
        }
        assert!(!takes_gzip(&HeaderMap::new()));
    }

    #[test]
    fn nobody_keeps_a_fault() {
        let caching = |status| {
            let page = Page::new(status, "text/plain", "x");
            page.form(&HeaderMap::new()).0[header::CACHE_CONTROL].clone()
        };
        assert_eq!(caching(StatusCode::INTERNAL_SERVER_ERROR), "no-store");
        assert_eq!(caching(StatusCode::NOT_FOUND), CACHE);
    }

    #[test]
    fn both_forms_hold_the_same_under_tags_that_differ() {
        let text = "a line that comes again\n".repeat(100);
        let page = Page::new(StatusCode::OK, "text/plain", text.clone());
        let (plain_head, plain) = page.form(&HeaderMap::new());
        let (packed_head, packed) = page.form(&asked("gzip"));
        assert_eq!(plain.bytes, text);
        let mut unpacked = String::new();
        flate2::read::GzDecoder::new(&packed.bytes[..]).read_to_string(&mut unpacked).unwrap();
        assert_eq!(unpacked, text);
        assert_ne!(plain_head[header::ETAG], packed_head[header::ETAG]);
        assert!(plain_head.get(header::CONTENT_ENCODING).is_none());
        assert_eq!(packed_head[header::CONTENT_ENCODING], "gzip");
        for head in [plain_head, packed_head] {
            assert_eq!(head[header::VARY], "accept-encoding");
        }
    }

    #[test]
    fn little_noise_and_refusals_go_as_they_are() {
        let noise: Vec<u8> = (0..64_u8).flat_map(|seed| Sha256::digest([seed]).to_vec()).collect();
        for (status, bytes) in [
            (StatusCode::OK, b"short".to_vec()),
            (StatusCode::OK, noise),
            (StatusCode::NOT_FOUND, b"nothing ".repeat(500)),
        ] {
            let page = Page::new(status, "text/plain", bytes);
            let (head, _) = page.form(&asked("gzip"));
            assert!(head.get(header::CONTENT_ENCODING).is_none(), "{status}");
            assert!(head.get(header::VARY).is_none());
        }
    }
}
