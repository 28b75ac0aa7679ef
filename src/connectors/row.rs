//! The fields of a row, checked, as a comment.

use jiff::Timestamp;

use crate::{
    domain::{Action, Place, RawComment, Sensitive, SourceId},
    pipeline::BadRow,
};

/// A longer text is no comment. Redaction withholds texts well below this length; the bound here
/// keeps what waits in memory small.
const TEXT_BYTES_MAX: usize = 1 << 16;

/// A longer account or place name is none. An id may be as long as a text, since it may be made of
/// several columns.
const FIELD_BYTES_MAX: usize = 1_024;

/// What a connector found in one row. Author names and profile fields have no place in it.
pub(super) struct Row {
    pub source: SourceId,
    pub id: String,
    pub account: Option<String>,
    pub text: String,
    pub place: Place,
    pub posted_at: Timestamp,
    pub revised_at: Option<Timestamp>,
    pub action: Action,
}

impl Row {
    /// Checks the fields and seals what is a resident's own.
    pub fn into_comment(self) -> Result<RawComment, BadRow> {
        let Self { source, id, account, text, place, posted_at, revised_at, action } = self;
        let account = account.map(|a| a.trim().to_owned()).filter(|account| !account.is_empty());
        let name = if let Place::Named(name) = &place { name.as_str() } else { "" };
        let text = if action == Action::Delete { String::new() } else { text };
        let too_long = |field: &str| field.len() > FIELD_BYTES_MAX;
        if id.len() > TEXT_BYTES_MAX || too_long(name) || account.as_deref().is_some_and(too_long) {
            return Err(BadRow::FieldTooLong);
        }
        if text.len() > TEXT_BYTES_MAX {
            return Err(BadRow::TextTooLong);
        }
        if id.trim().is_empty() {
            return Err(BadRow::MissingId);
        }
        if text.trim().is_empty() && action != Action::Delete {
            return Err(BadRow::MissingText);
        }
        Ok(RawComment {
            source,
            origin: Sensitive::new(id),
            account: account.map(Sensitive::new),
            text: Sensitive::new(text),
            place,
            posted_at,
            revised_at: revised_at.filter(|_| action != Action::Create),
            action,
        })
    }
}

/// The place of a row: its name, else its point, else none.
pub(super) fn place(name: Option<String>, point: Option<(f64, f64)>) -> Result<Place, BadRow> {
    match (name.filter(|name| !name.trim().is_empty()), point) {
        (Some(name), _) => Ok(Place::Named(name)),
        (None, Some((latitude, longitude))) => {
            // A comparison with NaN is false.
            let on_earth = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
            on_earth.then_some(Place::Point { latitude, longitude }).ok_or(BadRow::BadPlace)
        }
        (None, None) => Ok(Place::Missing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Row {
        Row {
            source: SourceId::new("s").unwrap(),
            id: "1".into(),
            account: Some(" ".into()),
            text: "a bench".into(),
            place: Place::Missing,
            posted_at: Timestamp::UNIX_EPOCH,
            revised_at: Some(Timestamp::UNIX_EPOCH),
            action: Action::Create,
        }
    }

    #[test]
    fn row_with_a_blank_account_has_none_and_a_creation_no_revision() {
        let comment = row().into_comment().unwrap();
        assert!(comment.account.is_none() && comment.revised_at.is_none());
    }

    #[test]
    fn row_that_lacks_or_overfills_a_field_is_bad() {
        let bad = |change: fn(&mut Row)| {
            let mut row = row();
            change(&mut row);
            row.into_comment().unwrap_err()
        };
        assert_eq!(bad(|row| row.id = " ".into()), BadRow::MissingId);
        assert_eq!(bad(|row| row.text = "\n".into()), BadRow::MissingText);
        assert_eq!(bad(|row| row.text = "x".repeat(TEXT_BYTES_MAX + 1)), BadRow::TextTooLong);
        assert_eq!(bad(|row| row.id = "x".repeat(TEXT_BYTES_MAX + 1)), BadRow::FieldTooLong);
        assert_eq!(bad(|row| row.account = Some("x".repeat(2_000))), BadRow::FieldTooLong);
    }

    #[test]
    fn point_off_the_earth_is_bad_and_a_name_goes_first() {
        for point in [(91.0, 0.0), (0.0, -180.5), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(matches!(place(None, Some(point)), Err(BadRow::BadPlace)), "{point:?}");
        }
        let named = place(Some("East".into()), Some((91.0, 0.0)));
        assert!(matches!(named, Ok(Place::Named(_))));
        assert!(matches!(place(Some(" ".into()), None), Ok(Place::Missing)));
    }
}
