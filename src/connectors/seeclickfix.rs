//! SeeClickFix v2: issues of a place, newest first or oldest first as the server likes.
//!
//! A reporter has an id; guests share the id nought and are nobody. Officials who report are not
//! residents.

use jiff::Timestamp;
use serde::Deserialize;

use super::{
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

/// Issues on a page; the server gives no more.
pub(super) const PAGE_ROWS_MAX: u32 = 100;

/// What a pipeline says of SeeClickFix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeeClickFix {
    /// The place, as its address in the service names it, such as `riverton`.
    pub place: String,
}

pub(super) struct Issues {
    settings: SeeClickFix,
    service: Service,
    id: SourceId,
    start: Start,
    since: Timestamp,
    page: u32,
    rows: Option<usize>,
}

/// An issue; names, pictures and profile of its reporter have no field here.
#[derive(Deserialize)]
struct Issue {
    id: Option<Scalar>,
    summary: Option<String>,
    description: Option<String>,
    lat: Option<Scalar>,
    lng: Option<Scalar>,
    created_at: Option<String>,
    updated_at: Option<String>,
    reporter: Option<Reporter>,
}

#[derive(Deserialize)]
struct Reporter {
    id: Option<Scalar>,
    role: Option<String>,
}

impl Issues {
    pub fn new(settings: &SeeClickFix, service: Service, id: SourceId, start: Start) -> Self {
        let since = service.since(start);
        Self { settings: settings.clone(), service, id, start, since, page: 1, rows: None }
    }

    fn page_rows(&self) -> u32 {
        self.service.page_rows.unwrap_or(PAGE_ROWS_MAX).min(PAGE_ROWS_MAX)
    }

    fn row(&self, issue: Issue) -> Found {
        let reporter = issue.reporter.unwrap_or(Reporter { id: None, role: None });
        if reporter.role.is_some_and(|role| role.contains("Official")) {
            return Err(BadRow::Organizer);
        }
        let date = |date: Option<String>| DateFormat::Auto.read(&date?, Some(&self.service.zone));
        let posted_at = date(issue.created_at).ok_or(BadRow::BadDate)?;
        let revised_at = date(issue.updated_at).filter(|updated| *updated != posted_at);
        let account = reporter.id.map(Scalar::into_name).transpose()?.filter(|id| id != "0");
        let words = [issue.summary, issue.description].into_iter().flatten();
        let words: Vec<_> = words.filter(|words| !words.trim().is_empty()).collect();
        Ok(Row {
            source: self.id.clone(),
            id: issue.id.ok_or(BadRow::MissingId)?.into_name()?,
            account: self.service.account(account),
            text: words.join("\n"),
            place: place(None, point(issue.lat, issue.lng)?)?,
            posted_at,
            revised_at,
            action: if revised_at.is_some() { Action::Edit } else { Action::Create },
        })
    }
}

impl Paged for Issues {
    fn ask(&self) -> Option<Ask> {
        self.rows.is_none_or(|rows| rows >= self.page_rows() as usize).then_some(())?;
        let (after, page) = (self.since.to_string(), self.page.to_string());
        let rows = self.page_rows().to_string();
        let query = [
            ("place_url", self.settings.place.as_str()),
            ("after", &after),
            ("sort", "created_at"),
            ("sort_direction", "ASC"),
            ("page", &page),
            ("per_page", &rows),
        ];
        Some(Ask::get(self.service.at("api/v2/issues", &query), "application/json"))
    }

    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str> {
        let text = json::text_of(body);
        let rows = json::rows(&text, &["issues"]).ok_or("a list of issues in JSON")?;
        self.rows = Some(rows.len());
        let ended = self.ask().is_none();
        let rows = rows.iter().map(|raw| json::row(raw).and_then(|issue| self.row(issue)));
        let rows: Vec<Found> = rows.collect();
        let newest = rows.iter().flatten().map(|row| row.posted_at).max();
        let mark = newest.filter(|_| ended).map(|newest| self.start.mark(newest));
        Ok(Page { rows, mark })
    }

    fn advance(&mut self) {
        self.page += 1;
    }
}
