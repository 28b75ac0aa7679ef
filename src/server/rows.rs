//! From the bytes of a body to rows, each good or refused by itself.

use axum::http::{HeaderMap, header};
use serde_json::value::RawValue;

use super::{
    clouds,
    outcome::Refusal,
    problem::Problem,
    reaction::{is_vote, vote},
};
use crate::{
    connectors::{comment, nests_deeper},
    domain::{NamedKey, RawComment, SourceId},
    pipeline::{BadRow, Given},
};

/// Deeper nesting is refused before it is parsed.
const DEPTH_MAX: usize = 64;

/// How the rows of a body are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// One object, or an array of them.
    Json,
    /// One object a line.
    Lines,
    /// One CloudEvent.
    Event,
    /// An array of CloudEvents.
    Events,
}

/// A row of a request, with its number, counted from 1.
pub(super) type Row = (usize, Result<Given, Refusal>);

/// What rows are judged by before admission.
pub(super) struct Reader<'a> {
    /// The source of rows that name none.
    pub source: &'a SourceId,
    /// Sources that the sender may speak for.
    pub allowed: &'a [SourceId],
    /// Topics of the plan, for votes.
    pub topics: &'a [NamedKey],
    /// Most rows of one request.
    pub rows_max: usize,
}

impl Shape {
    /// The shape that the headers name.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = value.unwrap_or_default().split(';').next().unwrap_or_default();
        let charset = value.and_then(|value| {
            value
                .to_ascii_lowercase()
                .split_once("charset=")
                .map(|(_, charset)| charset.trim_matches(['"', ' ']).to_owned())
        });
        if charset.is_some_and(|charset| charset != "utf-8") {
            return Err(Problem::not_spoken("Bodies are UTF-8."));
        }
        match essence.trim().to_ascii_lowercase().as_str() {
            "application/json" => Ok(Self::Json),
            "application/x-ndjson" | "application/jsonl" | "application/ndjson" => Ok(Self::Lines),
            "application/cloudevents+json" => Ok(Self::Event),
            "application/cloudevents-batch+json" => Ok(Self::Events),
            _ => Err(Problem::not_spoken(
                "Content-Type may be application/json, application/x-ndjson, \
                 application/cloudevents+json or application/cloudevents-batch+json.",
            )),
        }
    }
}

impl Reader<'_> {
    /// Parts a body into rows and reads each.
    pub fn read(
        &self,
        body: &[u8],
        headers: &HeaderMap,
        shape: Shape,
    ) -> Result<Vec<Row>, Problem> {
        let rows = match shape {
            Shape::Lines => self.lines(body)?,
            Shape::Json => {
                let event = clouds::in_headers(headers);
                let judged = event.unwrap_or(Ok(()));
                let each = |row: &str| {
                    judged?;
                    self.row(row.as_bytes())
                };
                self.values(body, each)?
            }
            Shape::Event | Shape::Events => {
                let each = |row: &str| self.row(&clouds::opened(row)?);
                self.values(body, each)?
            }
        };
        match rows.is_empty() {
            true => Err(Problem::malformed("no_rows", "The body holds no row.")),
            false => Ok(rows),
        }
    }

    fn lines(&self, body: &[u8]) -> Result<Vec<Row>, Problem> {
        let mut rows = Vec::new();
        for (number, line) in (1..).zip(body.split(|byte| *byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            self.room_for_one_more(rows.len())?;
            rows.push((number, self.row(line)));
        }
        Ok(rows)
    }

    /// The one value of a body, or each of an array.
    fn values(
        &self,
        body: &[u8],
        each: impl Fn(&str) -> Result<Given, Refusal>,
    ) -> Result<Vec<Row>, Problem> {
        let malformed = |what: &str| Problem::malformed("not_json", what);
        let text = str::from_utf8(body).map_err(|_| malformed("The body is not UTF-8."))?;
        if nests_deeper(body, DEPTH_MAX) {
            return Err(Problem::malformed("too_deep", "The body nests deeper than a row may."));
        }
        // The parser's own message would quote the body.
        let broken = |_| malformed("The body is not JSON.");
        if !text.trim_start().starts_with('[') {
            let value: &RawValue = serde_json::from_str(text).map_err(broken)?;
            return Ok(vec![(1, each(value.get()))]);
        }
        let values: Vec<&RawValue> = serde_json::from_str(text).map_err(broken)?;
        self.room_for_one_more(values.len().saturating_sub(1))?;
        Ok((1..).zip(values).map(|(number, value)| (number, each(value.get()))).collect())
    }

    fn room_for_one_more(&self, rows: usize) -> Result<(), Problem> {
        match rows < self.rows_max {
            true => Ok(()),
            false => Err(Problem::too_large(
                "too_many_rows",
                format!("A request may hold {} rows; send more requests.", self.rows_max),
            )),
        }
    }

    fn row(&self, row: &[u8]) -> Result<Given, Refusal> {
        if nests_deeper(row, DEPTH_MAX) {
            return Err(Refusal::Bad(BadRow::TooDeep));
        }
        let given = match is_vote(row) {
            true => vote(row, self.source, self.topics)?,
            false => Given::Comment(comment(row, self.source).map_err(Refusal::Bad)?),
        };
        let (Given::Comment(raw) | Given::Reaction(raw, _)) = &given;
        self.check(raw)?;
        Ok(given)
    }

    /// Whether the sender may bring this row, and a reader would see what is read.
    pub fn check(&self, raw: &RawComment) -> Result<(), Refusal> {
        if !self.allowed.contains(&raw.source) {
            return Err(Refusal::Source);
        }
        if raw.is_plain() { Ok(()) } else { Err(Refusal::NotPlain) }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue, StatusCode};

    use super::*;

    const ROW: &str = r#"{"id":7,"account":"a","text":"more trees","posted_at":"2026-01-05T08:00:00Z","neighborhood":"East"}"#;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        pairs.iter().map(pair).collect()
    }

    fn read(body: &[u8], kind: &'static str) -> Result<Vec<(usize, Option<String>)>, StatusCode> {
        read_with(body, &headers(&[("content-type", kind)]))
    }

    fn read_with(
        body: &[u8],
        headers: &HeaderMap,
    ) -> Result<Vec<(usize, Option<String>)>, StatusCode> {
        let source = SourceId::new("forum").unwrap();
        let topics = [NamedKey { id: "other".into(), name: "Other".into() }];
        let allowed = [source.clone()];
        let reader = Reader { source: &source, allowed: &allowed, topics: &topics, rows_max: 3 };
        let shape = Shape::of(headers).map_err(|problem| problem.status())?;
        let rows = reader.read(body, headers, shape).map_err(|problem| problem.status())?;
        let code = |row: Result<Given, Refusal>| row.err().map(Refusal::code);
        Ok(rows.into_iter().map(|(number, row)| (number, code(row))).collect())
    }

    #[test]
    fn every_shape_gives_its_rows_with_their_numbers() {
        let event = format!(
            r#"{{"specversion":"1.0","id":"1","source":"/a","type":"undertone.comment","data":{ROW}}}"#
        );
        let one = Ok(vec![(1, None)]);
        assert_eq!(read(ROW.as_bytes(), "application/json"), one);
        assert_eq!(read(ROW.as_bytes(), "application/json; charset=UTF-8"), one);
        assert_eq!(read(event.as_bytes(), "application/cloudevents+json"), one);
        let two = Ok(vec![(1, None), (2, None)]);
        let array = |row: &str| format!("[{row},{row}]");
        assert_eq!(read(array(ROW).as_bytes(), "application/json"), two);
        assert_eq!(read(array(&event).as_bytes(), "application/cloudevents-batch+json"), two);
        let lines = format!("{ROW}\n\r\n{ROW}\n");
        assert_eq!(read(lines.as_bytes(), "application/x-ndjson"), Ok(vec![(1, None), (3, None)]));
    }

    #[test]
    fn event_in_headers_is_read_by_its_type() {
        let binary = |kind| {
            let pairs = [
                ("content-type", "application/json"),
                ("ce-specversion", "1.0"),
                ("ce-type", kind),
            ];
            read_with(ROW.as_bytes(), &headers(&pairs))
        };
        assert_eq!(binary("undertone.comment"), Ok(vec![(1, None)]));
        assert_eq!(binary("push"), Ok(vec![(1, Some("unknown_event_type".into()))]));
    }

    #[test]
    fn body_that_is_broken_as_a_whole_is_refused_as_a_whole() {
        let json = |body: &[u8]| read(body, "application/json").unwrap_err();
        for body in [
            &b"{"[..],
            b"[{}",
            b"",
            b"\xff\xfe",
            b"{} {}",
            b"nonsense",
            b"[]",
            b"{\"a\":\"\x01\"}x",
        ] {
            assert_eq!(json(body), StatusCode::BAD_REQUEST, "{}", body.escape_ascii());
        }
        let deep = "[".repeat(100_000);
        assert_eq!(json(deep.as_bytes()), StatusCode::BAD_REQUEST);
        let many = format!("[{ROW},{ROW},{ROW},{ROW}]");
        assert_eq!(json(many.as_bytes()), StatusCode::PAYLOAD_TOO_LARGE);
        let many = format!("{ROW}\n").repeat(4);
        assert_eq!(
            read(many.as_bytes(), "application/jsonl").unwrap_err(),
            StatusCode::PAYLOAD_TOO_LARGE
        );
        for kind in ["", "text/plain", "application/xml", "application/json; charset=latin1"] {
            assert_eq!(
                read(ROW.as_bytes(), kind).unwrap_err(),
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "{kind}"
            );
        }
    }

    #[test]
    fn bad_row_is_refused_alone() {
        let bad = |row: &str, code: &str| {
            let lines = format!("{row}\n{ROW}");
            let found = read(lines.as_bytes(), "application/x-ndjson").unwrap();
            assert_eq!(found, [(1, Some(code.to_owned())), (2, None)], "{row}");
        };
        bad("{\"id\":", "not_json");
        bad("[1]", "not_json");
        bad(&ROW.replace("more trees", " "), "missing_text");
        bad(&ROW.replace("more trees", "more \\u0000"), "control_characters");
        bad(&ROW.replace("more trees", "\\u202etrees"), "control_characters");
        bad(&ROW.replace("more trees", "more \u{1}"), "not_json");
        bad(&ROW.replace("\"a\"", "\"a\\u2067\""), "control_characters");
        bad(&ROW.replace("{\"id\"", "{\"source\":\"sms\",\"id\""), "source_not_allowed");
        bad(
            &ROW.replace("{\"id\"", "{\"kind\":\"vote\",\"stance\":1,\"id\""),
            "vote_without_topic",
        );
        let deep = format!("{{\"x\":{}{},\"id\"", "[".repeat(200), "]".repeat(200));
        bad(&ROW.replace("{\"id\"", &deep), "too_deep");
        let lines = [b"{\"id\":\"\xff\"}\n", ROW.as_bytes()].concat();
        let found = read(&lines, "application/x-ndjson").unwrap();
        assert_eq!(found, [(1, Some("invalid_utf8".into())), (2, None)]);
    }
}
