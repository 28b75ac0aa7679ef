//! Open311 GeoReport v2: service requests in JSON or XML.
//!
//! Read by windows of the date of request, since servers answer with at most a thousand requests
//! or ninety days and page only as an extension. Liberal in what is read: ids, codes and points
//! come as numbers or texts, the list bare or wrapped. A request names nobody; a city that adds a
//! key of the account says in which field.

use jiff::{SignedDuration, Timestamp};

use super::{
    dates::DateFormat,
    json,
    outbound::Ask,
    paged::{Found, Page, Paged, Refused},
    row::{Row, place},
    scalar::{Scalar, point},
    service::{Service, Start, time_of},
};
use crate::{
    domain::{Action, SourceId},
    pipeline::BadRow,
};

mod xml;

/// The longest window that is asked for at once, in days; the specification allows 90.
const WINDOW_DAYS_MAX: i64 = 30;
/// A shorter one is not cut again.
const WINDOW_HOURS_MIN: i64 = 1;
/// Requests on a page where the pipeline does not say.
const PAGE_ROWS: u32 = 1_000;

/// What a pipeline says of an Open311 server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Open311 {
    /// Whether the server is asked for XML, which it must have, or JSON, which it may.
    pub xml: bool,
    /// `jurisdiction_id`, where the server has several.
    pub jurisdiction: Option<String>,
    /// The field that holds an account key, where the city adds one.
    pub account_field: Option<String>,
}

/// One request as its connector needs it. What else a server sends, such as the requestor's name,
/// address, e-mail or phone, has no field here and is not read.
#[derive(Default)]
pub(super) struct Report {
    pub id: Option<Scalar>,
    pub description: Option<Scalar>,
    pub requested: Option<Scalar>,
    pub updated: Option<Scalar>,
    pub latitude: Option<Scalar>,
    pub longitude: Option<Scalar>,
    pub account: Option<Scalar>,
}

pub(super) struct Requests {
    settings: Open311,
    service: Service,
    id: SourceId,
    start: Start,
    from: Timestamp,
    days: SignedDuration,
    page: u32,
    rows: usize,
    /// Whether the server has refused the cursor itself.
    has_gap: bool,
}

impl Requests {
    pub fn new(settings: &Open311, service: Service, id: SourceId, start: Start) -> Self {
        let from = service.since(start);
        let days = SignedDuration::from_hours(24 * WINDOW_DAYS_MAX);
        let (settings, has_gap) = (settings.clone(), false);
        Self { settings, service, id, start, from, days, page: 1, rows: 0, has_gap }
    }

    fn page_rows(&self) -> u32 {
        self.service.page_rows.unwrap_or(PAGE_ROWS)
    }

    /// Where the present window ends; the last one has no end, so that a server whose clock is
    /// ahead keeps nothing back.
    fn until(&self) -> Option<Timestamp> {
        let until = self.from.checked_add(self.days).ok();
        until.filter(|until| *until < self.start.now)
    }

    fn is_full(&self) -> bool {
        self.rows >= self.page_rows() as usize
    }

    fn row(&self, report: Report) -> Found {
        let date = |date: Option<Scalar>| {
            DateFormat::Auto.read(&date?.into_text(), Some(&self.service.zone))
        };
        let posted_at = date(report.requested).ok_or(BadRow::BadDate)?;
        let revised_at = date(report.updated).filter(|updated| *updated != posted_at);
        let account = report.account.map(Scalar::into_name).transpose()?;
        Ok(Row {
            source: self.id.clone(),
            id: report.id.ok_or(BadRow::MissingId)?.into_name()?,
            account: self.service.account(account),
            text: report.description.map(Scalar::into_text).unwrap_or_default(),
            place: place(None, point(report.latitude, report.longitude)?)?,
            posted_at,
            revised_at,
            action: if revised_at.is_some() { Action::Edit } else { Action::Create },
        })
    }
}

impl Paged for Requests {
    fn ask(&self) -> Option<Ask> {
        (self.from < self.start.now || self.page > 1).then_some(())?;
        let (from, until) = (self.from.to_string(), self.until().map(|until| until.to_string()));
        let (page, rows) = (self.page.to_string(), self.page_rows().to_string());
        let mut query = vec![("start_date", from.as_str())];
        query.extend(until.as_deref().map(|until| ("end_date", until)));
        query.extend([("page", page.as_str()), ("page_size", rows.as_str())]);
        query.extend(self.settings.jurisdiction.as_deref().map(|id| ("jurisdiction_id", id)));
        let (path, accept) = match self.settings.xml {
            true => ("requests.xml", "application/xml, text/xml"),
            false => ("requests.json", "application/json"),
        };
        Some(Ask::get(self.service.at(path, &query), accept))
    }

    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str> {
        let account = self.settings.account_field.as_deref();
        let reports = match self.settings.xml {
            true => xml::reports(body, account).ok_or("a list of service requests in XML")?,
            false => from_json(body, account).ok_or("a list of service requests in JSON")?,
        };
        self.rows = reports.len();
        let rows = reports.into_iter().map(|report| report.and_then(|r| self.row(r))).collect();
        // Servers do not say in which order they list, so a window counts as read at its end.
        let ended = self.until().unwrap_or(self.start.now);
        Ok(Page { rows, mark: (!self.is_full()).then(|| self.start.mark(ended)) })
    }

    fn advance(&mut self) {
        if self.is_full() {
            self.page += 1;
        } else {
            self.page = 1;
            self.from = self.until().unwrap_or(self.start.now);
        }
    }

    /// A server that refuses a first day keeps no requests that old. What lies behind the cursor has
    /// been read before; a gap is what lies after it, and the search for its end goes in halves.
    fn refused(&mut self, code: u16) -> Refused {
        let left = self.start.now.duration_since(self.from) / 2;
        let cursor = self.start.cursor.and_then(time_of);
        if code != 400 || self.page > 1 || left < SignedDuration::from_hours(WINDOW_HOURS_MIN) {
            return Refused::Fails;
        }
        match cursor.filter(|cursor| *cursor > self.from) {
            Some(cursor) => self.from = cursor.min(self.start.now),
            None => {
                self.from = self.from.saturating_add(left).unwrap_or(self.start.now);
                if !std::mem::replace(&mut self.has_gap, true) {
                    return Refused::TooOld;
                }
            }
        }
        Refused::Moved
    }

    fn ask_for_less(&mut self) -> bool {
        let half = self.days / 2;
        self.page = 1;
        if half < SignedDuration::from_hours(WINDOW_HOURS_MIN) {
            return false;
        }
        self.days = half;
        true
    }
}

fn from_json(body: &[u8], account: Option<&str>) -> Option<Vec<Result<Report, BadRow>>> {
    let text = json::text_of(body);
    let rows = json::rows(&text, &["service_requests", "requests"])?;
    let report = |raw: &&serde_json::value::RawValue| {
        if json::nests_deeper(raw.get().as_bytes(), json::DEPTH_MAX) {
            return Err(BadRow::TooDeep);
        }
        let fields = json::fields(raw.get()).ok_or(BadRow::NotJson)?;
        let field = |name: &str| json::field(&fields, name);
        Ok(Report {
            id: field("service_request_id")?,
            description: field("description")?,
            requested: field("requested_datetime")?,
            updated: field("updated_datetime")?,
            latitude: field("lat")?,
            longitude: field("long")?,
            account: account.map(field).transpose()?.flatten(),
        })
    };
    Some(rows.iter().map(report).collect())
}
