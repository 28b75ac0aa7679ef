//! CloudEvents 1.0: the envelope around a comment, structured, in a batch, or as headers.
//!
//! The comment is `data`; the envelope says only that it is one.

use axum::http::HeaderMap;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::outcome::Refusal;
use crate::pipeline::BadRow;

/// The type of an event that carries a comment, an edit, a deletion or a reaction.
pub(super) const EVENT_TYPE: &str = "undertone.comment";

const SPECVERSION: &str = "1.0";

#[derive(Deserialize)]
struct Event<'a> {
    specversion: Option<&'a str>,
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    data_base64: Option<&'a str>,
}

/// The comment inside one structured event.
pub(super) fn opened(event: &str) -> Result<Vec<u8>, Refusal> {
    let event: Event = serde_json::from_str(event).map_err(|_| Refusal::EventType)?;
    if event.specversion != Some(SPECVERSION) || event.kind != Some(EVENT_TYPE) {
        return Err(Refusal::EventType);
    }
    match (event.data, event.data_base64) {
        (Some(data), None) => Ok(data.get().as_bytes().to_vec()),
        (None, Some(data)) => STANDARD.decode(data).map_err(|_| Refusal::Bad(BadRow::BadField)),
        _ => Err(Refusal::Bad(BadRow::NotAComment)),
    }
}

/// Whether the headers are those of an event in binary mode, and if so whether it carries comments.
pub(super) fn in_headers(headers: &HeaderMap) -> Option<Result<(), Refusal>> {
    let version = headers.get("ce-specversion")?;
    let kind = headers.get("ce-type");
    let known = version.as_bytes() == SPECVERSION.as_bytes()
        && kind.is_some_and(|kind| kind.as_bytes() == EVENT_TYPE.as_bytes());
    Some(if known { Ok(()) } else { Err(Refusal::EventType) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn event_gives_up_its_data_and_another_type_is_refused() {
        let event = r#"{"specversion":"1.0","id":"1","source":"/app","type":"undertone.comment","data":{"id": 7}}"#;
        assert_eq!(opened(event).unwrap(), br#"{"id": 7}"#);
        let encoded = event.replace("\"data\":{\"id\": 7}", "\"data_base64\":\"eyJpZCI6IDd9\"");
        assert_eq!(opened(&encoded).unwrap(), br#"{"id": 7}"#);
        for (from, to) in [("undertone.comment", "push"), ("1.0", "0.3"), ("\"type\"", "\"kind\"")]
        {
            assert_eq!(opened(&event.replace(from, to)), Err(Refusal::EventType), "{to}");
        }
        let empty = event.replace(",\"data\":{\"id\": 7}", "");
        assert_eq!(opened(&empty), Err(Refusal::Bad(BadRow::NotAComment)));
    }
}
