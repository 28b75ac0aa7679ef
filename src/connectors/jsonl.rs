//! JSON Lines in the project's own contract, one comment event a line.
//!
//! The contract is published as a JSON Schema. Fields it does not name are ignored; what a broken
//! line says is never repeated, since the reader's own message would quote it.

use serde::Deserialize;

use super::{
    dates::DateFormat,
    json,
    line_source::LineSource,
    lines::Lines,
    row::{Row, place},
    scalar::Scalar,
};
use crate::{
    domain::{Action, RawComment, SourceId},
    pipeline::BadRow,
};

/// A line of the contract. Ids come as texts or numbers.
#[derive(Deserialize)]
struct Contract {
    id: Option<Scalar>,
    source: Option<String>,
    account: Option<Scalar>,
    text: Option<String>,
    posted_at: Option<Scalar>,
    op: Option<Op>,
    revised_at: Option<Scalar>,
    lat: Option<Scalar>,
    lon: Option<Scalar>,
    neighborhood: Option<String>,
    kind: Option<Kind>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Op {
    Create,
    Edit,
    Delete,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Comment,
    Reply,
    Survey,
    Vote,
}

/// Reads comment events from lines of JSON; `id` is the source of rows that name none.
pub(super) fn source(lines: Lines, id: SourceId) -> LineSource {
    LineSource::new(lines, move |line| comment(line, &id))
}

/// Reads one row of the contract; `id` is the source of rows that name none.
///
/// # Errors
/// The reason why it is no comment; never a word of it.
pub fn comment(line: &[u8], id: &SourceId) -> Result<RawComment, BadRow> {
    let line = str::from_utf8(line).map_err(|_| BadRow::InvalidUtf8)?;
    json::of_text::<Contract>(line)?.into_row(id)?.into_comment()
}

impl Contract {
    fn into_row(self, id: &SourceId) -> Result<Row, BadRow> {
        let action = match (self.kind, self.op) {
            (Some(Kind::Vote), _) => return Err(BadRow::NotAComment),
            (_, None | Some(Op::Create)) => Action::Create,
            (_, Some(Op::Edit)) => Action::Edit,
            (_, Some(Op::Delete)) => Action::Delete,
        };
        let date = |date: Scalar| DateFormat::Auto.read(&date.into_text(), None);
        let named = self.source.map(SourceId::new).transpose().map_err(|_| BadRow::BadField)?;
        Ok(Row {
            source: named.unwrap_or_else(|| id.clone()),
            id: self.id.ok_or(BadRow::MissingId)?.into_name()?,
            account: self.account.map(Scalar::into_name).transpose()?,
            text: self.text.unwrap_or_default(),
            place: place(self.neighborhood, point(self.lat, self.lon)?)?,
            posted_at: self.posted_at.and_then(date).ok_or(BadRow::BadDate)?,
            revised_at: self.revised_at.map(|at| date(at).ok_or(BadRow::BadDate)).transpose()?,
            action,
        })
    }
}

fn point(lat: Option<Scalar>, lon: Option<Scalar>) -> Result<Option<(f64, f64)>, BadRow> {
    let degrees = |n: Scalar| n.into_text().trim().parse::<f64>().map_err(|_| BadRow::BadPlace);
    match (lat, lon) {
        (Some(lat), Some(lon)) => Ok(Some((degrees(lat)?, degrees(lon)?))),
        (None, None) => Ok(None),
        _ => Err(BadRow::BadPlace),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::Place,
        pipeline::{Fetched, Source},
    };

    fn read(bytes: impl Into<Vec<u8>>) -> Vec<Result<RawComment, (BadRow, u64)>> {
        let lines = Lines::of(bytes, 13);
        let mut source = source(lines, SourceId::new("feed").unwrap());
        let mut found = Vec::new();
        while let Some(fetched) = source.next().unwrap() {
            found.push(match fetched {
                Fetched::Comment { raw, .. } => Ok(raw),
                Fetched::Bad { reason, line, .. } => Err((reason, line)),
            });
        }
        found
    }

    fn reason(line: &str) -> Option<BadRow> {
        read(line).remove(0).err().map(|(reason, _)| reason)
    }

    const GOOD: &str =
        r#"{"id":7,"account":"a","text":"more trees","posted_at":"2026-01-05T08:00:00Z"}"#;

    #[test]
    fn line_of_the_contract_becomes_a_comment() {
        let line = GOOD.replace(
            "\"id\":7",
            r#""id":"7","source":"app","op":"edit","revised_at":"2026-01-06T08:00:00Z","lat":"41.5","lon":-72,"color":["x"]"#,
        );
        let comment = read(line).remove(0).unwrap();
        assert_eq!((comment.source.as_str(), comment.action), ("app", Action::Edit));
        assert!(comment.place == Place::Point { latitude: 41.5, longitude: -72.0 });
        assert!(comment.account.is_some() && comment.revised_at.is_some());
        let plain = read(GOOD).remove(0).unwrap();
        assert_eq!((plain.source.as_str(), plain.action), ("feed", Action::Create));
    }

    #[test]
    fn deletion_needs_no_text() {
        let line = GOOD.replace("\"text\":\"more trees\"", "\"op\":\"delete\"");
        assert_eq!(read(line).remove(0).unwrap().action, Action::Delete);
    }

    #[test]
    fn bad_line_has_a_reason_and_its_number_and_stops_nothing() {
        let deep =
            GOOD.replace("\"id\"", &format!("\"x\":{}{},\"id\"", "[".repeat(200), "]".repeat(200)));
        let long = GOOD.replace("more", &"x".repeat(10 << 20));
        let mut bytes = Vec::new();
        for line in [GOOD, "", "{\"id\":", &deep, &long, "[1]"] {
            bytes.extend_from_slice(line.as_bytes());
            bytes.push(b'\n');
        }
        bytes.extend_from_slice(b"{\"id\":\"\xff\xfe\"}\n");
        bytes.extend_from_slice(GOOD.as_bytes());
        let found = read(bytes);
        let bad: Vec<_> = found.iter().filter_map(|row| row.as_ref().err().copied()).collect();
        let expected = [
            (BadRow::NotJson, 3),
            (BadRow::TooDeep, 4),
            (BadRow::RowTooLong, 5),
            (BadRow::NotJson, 6),
            (BadRow::InvalidUtf8, 7),
        ];
        assert_eq!(bad, expected);
        assert_eq!(found.iter().filter(|row| row.is_ok()).count(), 2);
    }

    #[test]
    fn line_that_breaks_the_contract_says_which_part() {
        let with = |from: &str, to: &str| reason(&GOOD.replace(from, to));
        assert_eq!(with("\"id\":7,", ""), Some(BadRow::MissingId));
        assert_eq!(with("\"id\":7", "\"id\":[7]"), Some(BadRow::BadField));
        assert_eq!(with("more trees", " "), Some(BadRow::MissingText));
        assert_eq!(with("2026-01-05T08:00:00Z", "soon"), Some(BadRow::BadDate));
        assert_eq!(with("2026-01-05T08:00:00Z", "2026-01-05T08:00:00"), Some(BadRow::BadDate));
        assert_eq!(with("\"id\"", "\"lat\":41,\"id\""), Some(BadRow::BadPlace));
        assert_eq!(with("\"id\"", "\"kind\":\"vote\",\"id\""), Some(BadRow::NotAComment));
        assert_eq!(with("\"id\"", "\"kind\":\"poem\",\"id\""), Some(BadRow::BadField));
        assert_eq!(with("\"id\"", "\"source\":\"Not An Id\",\"id\""), Some(BadRow::BadField));
        assert_eq!(with("\"account\":\"a\",", ""), None, "admission decides on accounts");
    }

    #[test]
    fn number_for_a_name_is_exact_or_refused_and_never_rounded() {
        use crate::domain::PseudonymKey;
        let key = PseudonymKey::new([7; 32]);
        let account = |number: &str| {
            let line = GOOD.replace("\"account\":\"a\"", &format!("\"account\":{number}"));
            read(line).remove(0).map(|raw| key.pseudonym(&raw)).map_err(|(reason, _)| reason)
        };
        let origin = |number: &str| {
            let line = GOOD.replace("\"id\":7", &format!("\"id\":{number}"));
            read(line).remove(0).map(|raw| key.origin(&raw)).map_err(|(reason, _)| reason)
        };
        // 2^53 and 2^53 + 1 are one number to a reader of floats; so are the ends of 64 bits.
        for (one, next) in [
            ("9007199254740992", "9007199254740993"),
            ("-9007199254740993", "-9007199254740992"),
            ("9223372036854775807", "9223372036854775808"),
            ("18446744073709551614", "18446744073709551615"),
        ] {
            assert!(account(one).is_ok() && account(one) != account(next), "{one}");
            assert!(origin(one).is_ok() && origin(one) != origin(next), "{one}");
            assert_eq!(account(one), account(&format!("\"{one}\"")), "the same name in quotes");
        }
        for rounded in
            ["18446744073709551616", "-9223372036854775809", "7.0", "1e3", "0.1", "-0", "1E400"]
        {
            assert!(account(rounded).is_err(), "{rounded}");
            assert!(origin(rounded).is_err(), "{rounded}");
        }
        assert_eq!(account("7.0"), Err(BadRow::BadField));
    }

    #[test]
    fn brackets_in_a_string_do_not_nest() {
        let brackets = "[{".repeat(100);
        let quoted = format!("\\\\\\\"{brackets}");
        assert_eq!(reason(&GOOD.replace("more trees", &quoted)), None);
        let nested = format!("\"more \\\" trees\",\"x\":{brackets}");
        assert_eq!(reason(&GOOD.replace("\"more trees\"", &nested)), Some(BadRow::TooDeep));
    }
}
