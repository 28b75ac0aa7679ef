//! The rooms of one picture: pages made once, when the picture is taken.
//!
//! Today there is one room, a plain list of releases. Whatever else is shown to people comes here:
//! made from a [`Shown`], immutable, answering a path with a page.

use std::fmt::Write as _;

use axum::body::Bytes;
use sha2::{Digest as _, Sha256};

use super::Shown;

/// Neither scripts nor anything from elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;\
color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.3rem .6rem;\
border-bottom:1px solid #ccc}code{font-size:.85em;overflow-wrap:anywhere}a{color:#0b4f8a}\
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}a{color:#8cc4ff}th,td{border-color:#444}}";

/// What is answered to one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Media type.
    pub content_type: &'static str,
    /// Content security policy.
    pub policy: &'static str,
    /// The bytes.
    pub bytes: Bytes,
    /// Their entity tag, in quotes.
    pub etag: String,
}

/// The rooms of one picture.
pub struct Rooms {
    index: Page,
    nowhere: Page,
}

impl Page {
    /// A page of these bytes.
    pub fn new(status: u16, content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let etag = format!("\"{}\"", hex::encode(&Sha256::digest(&bytes)[..16]));
        Self { status, content_type, policy: POLICY, bytes, etag }
    }
}

impl Rooms {
    /// Makes the rooms of a picture.
    pub fn of(shown: &Shown, title: &str) -> Self {
        let html = "text/html; charset=utf-8";
        Self {
            index: Page::new(200, html, index(shown, title)),
            nowhere: Page::new(404, html, page("Not found", "<p><a href=\"/\">Releases</a></p>")),
        }
    }

    /// The page at a path.
    pub fn answer(&self, path: &str) -> Page {
        match path {
            "/" => self.index.clone(),
            _ => self.nowhere.clone(),
        }
    }
}

fn index(shown: &Shown, title: &str) -> String {
    let mut rows = String::new();
    for release in shown.releases.iter().rev() {
        let (from, until) = &release.span;
        let _ = writeln!(
            rows,
            "<tr><td>{}</td><td>{from} to {until}</td><td><a href=\"/v1/releases/{name}\">{name}</a></td>\
             <td><code>{}</code></td></tr>",
            escaped(&release.title),
            release.sha256,
            name = escaped(&release.name),
        ); // a String takes all
    }
    let table = match shown.releases.is_empty() {
        true => "<p>Nothing is released yet.</p>".to_owned(),
        false => format!(
            "<table><thead><tr><th>Question</th><th>Days</th><th>File</th><th>SHA-256</th></tr>\
             </thead><tbody>\n{rows}</tbody></table>"
        ),
    };
    let body = format!(
        "{table}\n<p>The ledger of what was spent: <a href=\"/v1/ledger/entries\">entries</a>, \
         <a href=\"/v1/ledger/checkpoint\">signed head</a>. For machines: \
         <a href=\"/v1/releases\">list</a>, <a href=\"/v1/openapi.json\">description</a>.</p>\n"
    );
    page(title, &body)
}

fn page(title: &str, body: &str) -> String {
    let title = escaped(title);
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head>\n<body><main><h1>{title}</h1>\n{body}</main></body></html>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::server::ShownRelease;

    #[test]
    fn index_lists_what_is_shown_and_escapes_it() {
        let mut shown = Shown::nothing(Timestamp::UNIX_EPOCH);
        let text = |rooms: &Rooms| String::from_utf8(rooms.answer("/").bytes.to_vec()).unwrap();
        assert!(text(&Rooms::of(&shown, "Town")).contains("Nothing is released yet"));
        shown.releases.push(ShownRelease {
            name: "pulse.00000.json".into(),
            title: "mood <by> place".into(),
            span: ("2026-03-02".into(), "2026-03-09".into()),
            bytes: b"{}".to_vec(),
            sha256: "ab".into(),
        });
        let rooms = Rooms::of(&shown, "A & B");
        assert!(
            text(&rooms).contains("mood &lt;by&gt; place") && text(&rooms).contains("A &amp; B")
        );
        assert!(text(&rooms).contains("href=\"/v1/releases/pulse.00000.json\""));
        assert_eq!(rooms.answer("/elsewhere").status, 404);
    }
}
