//! RSS and Atom: a feed is one page, and names no resident.
//!
//! Who wrote an entry is read by the library and dropped with everything else but its id, words
//! and dates. An entry without an id or a link is none: it could not be told from itself tomorrow.

use std::panic::{AssertUnwindSafe, catch_unwind};

use feed_rs::{model::Entry, parser};
use jiff::Timestamp;

use super::{
    outbound::Ask,
    paged::{Found, Page, Paged},
    plain::plain,
    row::Row,
    service::{Service, Start},
};
use crate::{
    domain::{Action, Place, SourceId},
    pipeline::BadRow,
};

/// Entries of a feed beyond these are left for the next run, which finds them still there.
const ENTRIES_MAX: usize = 20_000;

pub(super) struct Feed {
    service: Service,
    id: SourceId,
    start: Start,
    is_read: bool,
}

impl Feed {
    pub fn new(service: Service, id: SourceId, start: Start) -> Self {
        Self { service, id, start, is_read: false }
    }

    fn row(&self, entry: Entry) -> Found {
        let published = entry.published.and_then(|date| time(date.timestamp_millis()));
        let updated = entry.updated.and_then(|date| time(date.timestamp_millis()));
        let posted_at = published.or(updated).ok_or(BadRow::BadDate)?;
        let revised_at = updated.filter(|updated| *updated != posted_at);
        let id = (!entry.id.is_empty()).then_some(entry.id).ok_or(BadRow::MissingId)?;
        let body = entry.content.and_then(|content| content.body);
        let body = body.or(entry.summary.map(|summary| summary.content)).unwrap_or_default();
        let title = entry.title.map(|title| title.content).unwrap_or_default();
        let words: Vec<_> = [title, body].iter().map(|html| plain(html)).collect();
        let words: Vec<_> = words.iter().map(String::as_str).filter(|w| !w.is_empty()).collect();
        Ok(Row {
            source: self.id.clone(),
            id,
            account: None,
            text: words.join("\n"),
            place: Place::Missing,
            posted_at,
            revised_at,
            action: if revised_at.is_some() { Action::Edit } else { Action::Create },
        })
    }
}

impl Paged for Feed {
    fn ask(&self) -> Option<Ask> {
        let accept = "application/atom+xml, application/rss+xml, application/xml, text/xml";
        (!self.is_read).then(|| Ask::get(self.service.at("", &[]), accept))
    }

    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str> {
        // The library's own way would make up an id, another one at each reading.
        let links = |links: &[feed_rs::model::Link], _: &Option<_>, _: Option<&str>| {
            links.first().map(|link| link.href.clone()).unwrap_or_default()
        };
        let parser = parser::Builder::new().id_generator(links).sanitize_content(false).build();
        // The library panics at some pages, such as one that changes its encoding half way.
        let parsed = catch_unwind(AssertUnwindSafe(|| parser.parse(body)));
        let feed = parsed.ok().and_then(Result::ok).ok_or("a feed (RSS or Atom)")?;
        let first = self.service.starts_at;
        let mut rows: Vec<Found> =
            feed.entries.into_iter().take(ENTRIES_MAX).map(|entry| self.row(entry)).collect();
        rows.retain(|row| row.as_ref().map_or(true, |row| row.posted_at >= first));
        let newest = rows.iter().flatten().map(|row| row.revised_at.unwrap_or(row.posted_at)).max();
        Ok(Page { rows, mark: newest.map(|newest| self.start.mark(newest)) })
    }

    fn advance(&mut self) {
        self.is_read = true;
    }
}

fn time(milliseconds: i64) -> Option<Timestamp> {
    Timestamp::from_millisecond(milliseconds).ok()
}
