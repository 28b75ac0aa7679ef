//! CSV with a header, by a map from the fields of a comment to columns.

use std::sync::Arc;

use csv::StringRecord;

use super::{
    Rewind,
    dates::{DateColumns, DateFormat},
    lines::Lines,
    records::{Header, Records},
    row::{Row, place},
};
use crate::{
    domain::{Action, Place, RawComment, SourceId},
    pipeline::{BadRow, Fetched, Source, SourceError},
};

/// Which columns hold what.
#[derive(Clone, Debug)]
pub struct CsvMap {
    /// What parts fields: a comma, semicolon or tab.
    pub delimiter: u8,
    /// The columns that together tell one comment from every other.
    pub id: Vec<String>,
    /// The column of the account; without it every comment stands for itself.
    pub account: Option<String>,
    /// Values in the account's column that mean nobody, such as `[deleted]`; taken as accounts
    /// they would make one giant resident.
    pub account_placeholders: Vec<String>,
    /// What was said.
    pub text: TextColumn,
    /// When it was said.
    pub posted_at: DateColumns,
    /// When the row was last changed; a row that was is an edit.
    pub revised_at: Option<DateColumns>,
    /// The column of the neighbourhood's name.
    pub neighborhood: Option<String>,
    /// The columns of latitude and longitude, in degrees.
    pub point: Option<(String, String)>,
}

/// The column of the text.
#[derive(Clone, Debug)]
pub struct TextColumn {
    /// Its name.
    pub column: String,
    /// Where the text stands when the column holds JSON (RFC 6901).
    pub json_pointer: Option<String>,
}

/// Reads comments from CSV.
pub(super) struct CsvSource {
    records: Records,
    id: SourceId,
    columns: Columns,
}

/// A [`CsvMap`] by position.
struct Columns {
    id: Vec<usize>,
    account: Option<usize>,
    account_placeholders: Vec<String>,
    text: usize,
    json_pointer: Option<String>,
    posted_at: Date,
    revised_at: Option<Date>,
    neighborhood: Option<usize>,
    point: Option<(usize, usize)>,
}

struct Date {
    columns: Vec<usize>,
    format: DateFormat,
    zone: Option<jiff::tz::TimeZone>,
}

impl CsvSource {
    /// Reads the header of `lines` and finds the columns of the map under it.
    pub fn new(lines: Lines, id: SourceId, map: &CsvMap) -> Result<Self, SourceError> {
        let records = Records::new(lines, map.delimiter)?;
        let columns = Columns::find(map, &records.header())?;
        Ok(Self { records, id, columns })
    }
}

impl Rewind for CsvSource {
    fn go_on(&mut self, lines: Lines) {
        self.records.go_on(lines);
    }
}

impl Source for CsvSource {
    fn next(&mut self) -> Result<Option<Fetched>, SourceError> {
        let Some(record) = self.records.next()? else { return Ok(None) };
        let (line, position) = (record.line, record.end);
        let read = record.fields.and_then(|fields| self.columns.comment(&fields, &self.id));
        Ok(Some(match read {
            Ok(raw) => Fetched::Comment { raw, line, position },
            Err(reason) => Fetched::Bad { reason, line, position },
        }))
    }
}

impl Columns {
    fn find(map: &CsvMap, header: &Arc<Header>) -> Result<Self, SourceError> {
        let column = |name: &String| header.column(name);
        let date = |date: &DateColumns| {
            let columns = date.columns.iter().map(column).collect::<Result<_, _>>()?;
            Ok::<_, SourceError>(Date {
                columns,
                format: date.format.clone(),
                zone: date.zone.clone(),
            })
        };
        let point = |(lat, lon): &(String, String)| {
            Ok::<_, SourceError>((header.column(lat)?, header.column(lon)?))
        };
        Ok(Self {
            id: map.id.iter().map(column).collect::<Result<_, _>>()?,
            account: map.account.as_ref().map(column).transpose()?,
            account_placeholders: map.account_placeholders.clone(),
            text: header.column(&map.text.column)?,
            json_pointer: map.text.json_pointer.clone(),
            posted_at: date(&map.posted_at)?,
            revised_at: map.revised_at.as_ref().map(date).transpose()?,
            neighborhood: map.neighborhood.as_ref().map(column).transpose()?,
            point: map.point.as_ref().map(point).transpose()?,
        })
    }

    /// Reads one record; a field that a short record lacks is empty.
    fn comment(&self, fields: &StringRecord, id: &SourceId) -> Result<RawComment, BadRow> {
        let posted_at = self.posted_at.read(fields).ok_or(BadRow::BadDate)?;
        let revised_at = self.revised_at.as_ref().and_then(|date| date.read(fields));
        let revised_at = revised_at.filter(|revised_at| *revised_at != posted_at);
        let row = Row {
            source: id.clone(),
            id: self.id(fields)?,
            account: self.account(fields),
            text: self.text(fields)?,
            place: self.place(fields)?,
            posted_at,
            revised_at,
            action: if revised_at.is_some() { Action::Edit } else { Action::Create },
        };
        row.into_comment()
    }

    fn id(&self, fields: &StringRecord) -> Result<String, BadRow> {
        joined(&self.id.iter().map(|column| field(fields, *column)).collect::<Vec<_>>())
    }

    fn account(&self, fields: &StringRecord) -> Option<String> {
        let account = field(fields, self.account?).trim();
        let nobody = self.account_placeholders.iter().any(|nobody| nobody == account);
        (!nobody).then(|| account.to_owned())
    }

    fn text(&self, fields: &StringRecord) -> Result<String, BadRow> {
        let text = field(fields, self.text);
        let Some(pointer) = &self.json_pointer else { return Ok(text.to_owned()) };
        if text.trim().is_empty() {
            return Err(BadRow::MissingText);
        }
        let json: serde_json::Value = serde_json::from_str(text).map_err(|_| BadRow::NotJson)?;
        match json.pointer(pointer) {
            Some(serde_json::Value::String(text)) => Ok(text.clone()),
            None | Some(serde_json::Value::Null) => Err(BadRow::MissingText),
            Some(_) => Err(BadRow::BadField),
        }
    }

    fn place(&self, fields: &StringRecord) -> Result<Place, BadRow> {
        let name = self.neighborhood.map(|column| field(fields, column).to_owned());
        let point = self.point.map(|(lat, lon)| (field(fields, lat), field(fields, lon)));
        let point = point.filter(|(lat, lon)| !(lat.trim().is_empty() && lon.trim().is_empty()));
        let degrees = |text: &str| text.trim().parse::<f64>().map_err(|_| BadRow::BadPlace);
        let point = point.map(|(lat, lon)| Ok((degrees(lat)?, degrees(lon)?))).transpose()?;
        place(name, point)
    }
}

impl Date {
    fn read(&self, fields: &StringRecord) -> Option<jiff::Timestamp> {
        let parts: Vec<&str> = self.columns.iter().map(|column| field(fields, *column)).collect();
        self.format.read(&parts.join(" "), self.zone.as_ref())
    }
}

/// The parts of an id, joined so that no two rows of different values join to one.
pub(super) fn joined(parts: &[&str]) -> Result<String, BadRow> {
    match parts {
        [only] => Ok((*only).to_owned()),
        parts if parts.iter().all(|part| part.trim().is_empty()) => Err(BadRow::MissingId),
        parts => Ok(parts.iter().map(|part| format!("{}:{part}", part.len())).collect()),
    }
}

fn field(fields: &StringRecord, column: usize) -> &str {
    fields.get(column).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::PseudonymKey;

    fn auto(column: &str) -> DateColumns {
        let zone = Some(jiff::tz::TimeZone::UTC);
        DateColumns { columns: vec![column.into()], format: DateFormat::Auto, zone }
    }

    fn map() -> CsvMap {
        CsvMap {
            delimiter: b',',
            id: vec!["n".into()],
            account: Some("who".into()),
            account_placeholders: vec!["[deleted]".into()],
            text: TextColumn { column: "what".into(), json_pointer: None },
            posted_at: auto("when"),
            revised_at: None,
            neighborhood: None,
            point: None,
        }
    }

    fn read(csv: &str, map: &CsvMap) -> Vec<Result<RawComment, BadRow>> {
        let lines = Lines::of(csv, 9);
        let mut source = CsvSource::new(lines, SourceId::new("s").unwrap(), map).unwrap();
        let mut found = Vec::new();
        while let Some(fetched) = source.next().unwrap() {
            found.push(match fetched {
                Fetched::Comment { raw, .. } => Ok(raw),
                Fetched::Bad { reason, .. } => Err(reason),
            });
        }
        found
    }

    #[test]
    fn row_by_a_map_becomes_a_comment_and_nobody_has_no_account() {
        let csv = "n,name,who,what,when\n1,Ana,ana,more trees,2026-01-05\n2,x,[deleted],a,2026-01-05\n3,x,bo,b,never\n4,x,bo\n";
        let found = read(csv, &map());
        assert!(found[0].as_ref().unwrap().account.is_some());
        assert!(found[1].as_ref().unwrap().account.is_none());
        let reasons: Vec<_> = found[2..].iter().map(|row| row.as_ref().unwrap_err()).collect();
        assert_eq!(reasons, [&BadRow::BadDate, &BadRow::BadDate]);
    }

    #[test]
    fn several_id_columns_do_not_join_to_one_id() {
        let mut map = map();
        map.id = vec!["n".into(), "who".into()];
        let csv = "n,who,what,when\n1,12,a,2026-01-05\n11,2,a,2026-01-05\n,,a,2026-01-05\n";
        let found = read(csv, &map);
        let key = PseudonymKey::new([1; 32]);
        let origin = |row: &Result<RawComment, BadRow>| {
            let mut raw = row.clone().unwrap();
            raw.account = None;
            key.origin(&raw)
        };
        assert_ne!(origin(&found[0]), origin(&found[1]));
        assert_eq!(found[2].as_ref().unwrap_err(), &BadRow::MissingId);
    }

    #[test]
    fn text_inside_json_is_found_by_its_pointer() {
        let mut map = map();
        map.text.json_pointer = Some("/said/0".into());
        let csv = "n,who,what,when\n\
            1,a,\"{\"\"said\"\":[\"\"a bench\"\"]}\",2026-01-05\n\
            2,a,{},2026-01-05\n3,a,oops,2026-01-05\n4,a,\"{\"\"said\"\":[7]}\",2026-01-05\n";
        let found: Vec<_> = read(csv, &map).into_iter().map(Result::err).collect();
        let reasons = [BadRow::MissingText, BadRow::NotJson, BadRow::BadField];
        assert_eq!((found[0], &found[1..]), (None, &reasons.map(Some)[..]));
    }

    #[test]
    fn point_and_name_are_read_and_a_changed_row_is_an_edit() {
        let mut map = map();
        map.delimiter = b';';
        map.neighborhood = Some("where".into());
        map.point = Some(("lat".into(), "lon".into()));
        map.revised_at = Some(auto("changed"));
        let csv = "n;who;what;when;where;lat;lon;changed\n\
            1;a;b;2026-01-05;;41.5;-72;2026-01-05\n2;a;b;2026-01-05;East;;;2026-01-06\n\
            3;a;b;2026-01-05;;41.5;;\n4;a;b;2026-01-05;;;;\n";
        let found = read(csv, &map);
        let comment = |n: usize| found[n].as_ref().unwrap();
        assert!(matches!(comment(0).place, Place::Point { .. }));
        assert_eq!(comment(0).action, Action::Create);
        assert!(matches!(&comment(1).place, Place::Named(name) if name == "East"));
        assert!(comment(1).action == Action::Edit && comment(1).revised_at.is_some());
        assert_eq!(found[2].as_ref().unwrap_err(), &BadRow::BadPlace);
        assert!(matches!(comment(3).place, Place::Missing));
    }

    #[test]
    fn column_that_is_missing_is_named_and_the_header_is_not_shown() {
        let lines = Lines::of("maria,said this\n", 9);
        let error = CsvSource::new(lines, SourceId::new("s").unwrap(), &map()).err().unwrap();
        let message = error.to_string();
        assert!(message.contains("`n` among its 2") && !message.contains("maria"), "{message}");
    }
}
