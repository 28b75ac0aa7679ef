//! Socrata: the rows of a dataset, by SODA2 or SODA3.
//!
//! Only the columns that the pipeline's map names are asked for. Rows come in the order of their
//! last change, so an edit is seen when it happens; a row that is taken out of a dataset leaves no
//! trace in either interface.

use jiff::Timestamp;

use super::{
    csv::CsvMap,
    dates::DateFormat,
    json,
    outbound::Ask,
    paged::{Found, Page, Paged},
    row::{Row, place},
    scalar::{Scalar, point},
    service::{Service, Start},
};
use crate::{
    domain::{Action, SourceId},
    pipeline::BadRow,
};

/// Rows on a page where the pipeline does not say.
const PAGE_ROWS: u32 = 1_000;

/// When a row was made and last changed, by the platform itself.
const MADE: &str = ":created_at";
const CHANGED: &str = ":updated_at";

/// What a pipeline says of a Socrata dataset.
#[derive(Clone, Debug)]
pub struct Soda {
    /// Its four-by-four.
    pub dataset: String,
    /// By which interface.
    pub version: SodaVersion,
    /// Which columns hold what.
    pub map: Box<CsvMap>,
}

/// The two interfaces of Socrata.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SodaVersion {
    /// `GET /resource/{4x4}.json`.
    Two,
    /// `POST /api/v3/views/{4x4}/query.json`, which wants a token.
    Three,
}

pub(super) struct Rows {
    settings: Soda,
    service: Service,
    id: SourceId,
    start: Start,
    since: Timestamp,
    page: u32,
    rows: Option<usize>,
}

impl Rows {
    pub fn new(settings: &Soda, service: Service, id: SourceId, start: Start) -> Self {
        let since = service.since(start);
        Self { settings: settings.clone(), service, id, start, since, page: 0, rows: None }
    }

    fn page_rows(&self) -> u32 {
        self.service.page_rows.unwrap_or(PAGE_ROWS)
    }

    fn columns(&self) -> String {
        let map = &self.settings.map;
        let mut columns: Vec<&str> = vec![":id", MADE, CHANGED];
        columns.extend(map.id.iter().map(String::as_str));
        columns.extend(map.account.as_deref().filter(|_| self.service.accounts));
        columns.push(&map.text.column);
        columns.extend(map.posted_at.columns.iter().map(String::as_str));
        columns.extend(map.neighborhood.as_deref());
        columns.extend(map.point.iter().flat_map(|(lat, lon)| [lat.as_str(), lon.as_str()]));
        let mut seen = Vec::new();
        columns.retain(|column| {
            !seen.contains(column) && {
                seen.push(*column);
                true
            }
        });
        columns.iter().map(|column| quoted(column)).collect::<Vec<_>>().join(", ")
    }

    fn row(&self, raw: &serde_json::value::RawValue) -> (Found, Option<Timestamp>) {
        let Some(fields) = json::fields(raw.get()) else { return (Err(BadRow::NotJson), None) };
        let field = |name: &str| json::field(&fields, name);
        let date = |name: &str| {
            let date = field(name).ok()??.into_text();
            DateFormat::Auto.read(&date, Some(&self.service.zone))
        };
        let (made, changed) = (date(MADE), date(CHANGED));
        let revised_at = changed.filter(|changed| made.is_some_and(|made| made != *changed));
        (self.mapped(field, revised_at), changed)
    }

    fn mapped(
        &self,
        field: impl Fn(&str) -> Result<Option<Scalar>, BadRow>,
        revised_at: Option<Timestamp>,
    ) -> Found {
        let map = &self.settings.map;
        let text = |name: &String| Ok::<_, BadRow>(field(name)?.map(Scalar::into_text));
        let whole = |name: &String| field(name)?.map(Scalar::into_name).transpose();
        let ids = map.id.iter().map(|name| Ok(whole(name)?.unwrap_or_default()));
        let ids = ids.collect::<Result<Vec<_>, BadRow>>()?;
        let account = map.account.as_ref().map(whole).transpose()?.flatten();
        let nobody = |account: &String| map.account_placeholders.contains(account);
        let dates = map.posted_at.columns.iter().map(|name| Ok(text(name)?.unwrap_or_default()));
        let dates = dates.collect::<Result<Vec<_>, BadRow>>()?.join(" ");
        let name = map.neighborhood.as_ref().map(text).transpose()?.flatten();
        let at = match &map.point {
            Some((latitude, longitude)) => point(field(latitude)?, field(longitude)?)?,
            None => None,
        };
        Ok(Row {
            source: self.id.clone(),
            id: super::csv::joined(&ids.iter().map(String::as_str).collect::<Vec<_>>())?,
            account: self.service.account(account.filter(|account| !nobody(account))),
            text: text(&map.text.column)?.unwrap_or_default(),
            place: place(name, at)?,
            posted_at: map
                .posted_at
                .format
                .read(&dates, map.posted_at.zone.as_ref())
                .ok_or(BadRow::BadDate)?,
            revised_at,
            action: if revised_at.is_some() { Action::Edit } else { Action::Create },
        })
    }
}

impl Paged for Rows {
    fn ask(&self) -> Option<Ask> {
        let full = self.page_rows() as usize;
        self.rows.is_none_or(|rows| rows >= full).then_some(())?;
        let (columns, since) = (self.columns(), self.since);
        let (wanted, order) = (format!("{CHANGED} >= '{since}'"), format!("{CHANGED}, :id"));
        let dataset = &self.settings.dataset;
        let accept = "application/json";
        Some(match self.settings.version {
            SodaVersion::Two => {
                let (limit, offset) =
                    (full.to_string(), (u64::from(self.page) * full as u64).to_string());
                let query = [
                    ("$select", columns.as_str()),
                    ("$where", &wanted),
                    ("$order", &order),
                    ("$limit", &limit),
                    ("$offset", &offset),
                ];
                Ask::get(self.service.at(&format!("resource/{dataset}.json"), &query), accept)
            }
            SodaVersion::Three => {
                let query = format!("SELECT {columns} WHERE {wanted} ORDER BY {order}");
                let json = serde_json::json!({
                    "query": query,
                    "page": { "pageNumber": self.page + 1, "pageSize": full },
                    "includeSynthetic": false,
                });
                let url = self.service.at(&format!("api/v3/views/{dataset}/query.json"), &[]);
                Ask { json: Some(json.to_string()), ..Ask::get(url, accept) }
            }
        })
    }

    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str> {
        let text = json::text_of(body);
        let rows = json::rows(&text, &["data", "rows"]).ok_or("a list of rows in JSON")?;
        let (found, changed): (Vec<_>, Vec<_>) = rows.iter().map(|raw| self.row(raw)).unzip();
        self.rows = Some(found.len());
        // In the order of changes, so all before the last row has been read. A date beyond the
        // clock marks the clock.
        let mark = changed.into_iter().flatten().max().map(|changed| self.start.mark(changed));
        Ok(Page { rows: found, mark })
    }

    fn advance(&mut self) {
        self.page += 1;
    }
}

/// A column in a query; system columns stand as they are.
fn quoted(column: &str) -> String {
    match column.starts_with(':') {
        true => column.to_owned(),
        false => format!("`{column}`"),
    }
}
