//! regulations.gov v4: public comments on a document of the federal government.
//!
//! The list names comments, each of which is then asked for. A comment names nobody in a way that
//! holds from one comment to the next, so each stands for itself; copies of a mass campaign that the
//! service has put together are one comment.

use std::collections::{HashSet, VecDeque};

use jiff::{Timestamp, tz::TimeZone};
use serde::Deserialize;

use super::{
    dates::DateFormat,
    json,
    outbound::Ask,
    paged::{Found, Page, Paged, Refused},
    plain::plain,
    row::Row,
    service::{Service, Start},
};
use crate::{
    domain::{Action, Place, SourceId},
    pipeline::BadRow,
};

/// Comments on a page of the list; the service allows from 5 to 250.
pub(super) const PAGE_ROWS_MAX: u32 = 250;
/// Pages that the service gives of one list; behind them a new list begins at the last date.
const PAGES_MAX: u32 = 20;
/// The zone of the dates in a filter.
const ZONE: &str = "America/New_York";

/// What a pipeline says of regulations.gov.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Regulations {
    /// The document's object id, such as `09000064846eebaf`.
    pub comment_on: String,
}

pub(super) struct Comments {
    settings: Regulations,
    service: Service,
    id: SourceId,
    start: Start,
    since: Timestamp,
    page: u32,
    /// Comments that the list named and that have not been asked for.
    wanted: VecDeque<Listed>,
    read: Read,
    /// The ids of the list before, to tell a list that comes again.
    last: HashSet<String>,
    is_through: bool,
}

#[derive(Clone)]
struct Listed {
    id: String,
    changed: Option<Timestamp>,
}

/// What the answer just read was.
#[derive(Default)]
enum Read {
    List(Vec<Listed>),
    #[default]
    Comment,
}

#[derive(Deserialize)]
struct Item<'a> {
    id: Option<String>,
    #[serde(borrow)]
    attributes: Option<&'a serde_json::value::RawValue>,
}

/// A comment; first and last name, organisation, city, e-mail, phone and address of its writer
/// have no field here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment {
    comment: Option<String>,
    posted_date: Option<String>,
    receive_date: Option<String>,
    modify_date: Option<String>,
    #[serde(default)]
    withdrawn: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dated {
    last_modified_date: Option<String>,
}

impl Comments {
    pub fn new(settings: &Regulations, service: Service, id: SourceId, start: Start) -> Self {
        let (settings, since) = (settings.clone(), service.since(start));
        let (page, wanted, last) = (1, VecDeque::new(), HashSet::new());
        let (read, is_through) = (Read::Comment, false);
        Self { settings, service, id, start, since, page, wanted, read, last, is_through }
    }

    fn page_rows(&self) -> u32 {
        self.service.page_rows.unwrap_or(PAGE_ROWS_MAX).clamp(1, PAGE_ROWS_MAX)
    }

    fn list(&self) -> Ask {
        let zone = TimeZone::get(ZONE).unwrap_or(TimeZone::UTC);
        let since = zone.to_datetime(self.since).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let (page, rows) = (self.page.to_string(), self.page_rows().to_string());
        let query = [
            ("filter[commentOnId]", self.settings.comment_on.as_str()),
            ("filter[lastModifiedDate][ge]", &since),
            ("sort", "lastModifiedDate,documentId"),
            ("page[number]", &page),
            ("page[size]", &rows),
        ];
        Ask::get(self.service.at("v4/comments", &query), "application/vnd.api+json")
    }

    fn date(&self, date: Option<&String>) -> Option<Timestamp> {
        DateFormat::Auto.read(date?, Some(&self.service.zone))
    }

    fn listed(&self, raw: &serde_json::value::RawValue) -> Option<Listed> {
        let item: Item<'_> = json::row(raw).ok()?;
        let dated: Option<Dated> = item.attributes.and_then(|raw| json::row(raw).ok());
        let changed = self.date(dated.and_then(|dated| dated.last_modified_date).as_ref());
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        let id = item.id.filter(|id| !id.is_empty() && id.bytes().all(plain))?;
        Some(Listed { id, changed })
    }

    fn comment(&self, id: &str, comment: Comment) -> Found {
        let posted = comment.posted_date.as_ref().or(comment.receive_date.as_ref());
        let posted_at = self.date(posted).ok_or(BadRow::BadDate)?;
        let modified = self.date(comment.modify_date.as_ref());
        let revised_at = modified.filter(|modified| *modified != posted_at);
        Ok(Row {
            source: self.id.clone(),
            id: id.to_owned(),
            account: None,
            text: plain(&comment.comment.unwrap_or_default()),
            place: Place::Missing,
            posted_at,
            revised_at,
            action: match (comment.withdrawn, revised_at) {
                (true, _) => Action::Delete,
                (false, Some(_)) => Action::Edit,
                (false, None) => Action::Create,
            },
        })
    }

    fn read_list(&mut self, data: &str) -> Option<Page> {
        let rows: Vec<&serde_json::value::RawValue> = serde_json::from_str(data).ok()?;
        let (listed, bad): (Vec<_>, Vec<_>) =
            rows.iter().map(|raw| self.listed(raw)).partition(Option::is_some);
        let listed: Vec<_> = listed.into_iter().flatten().collect();
        if !listed.is_empty() && listed.iter().all(|listed| self.last.contains(&listed.id)) {
            return None;
        }
        self.read = Read::List(listed);
        let rows: Vec<Found> = bad.iter().map(|_| Err(BadRow::MissingId)).collect();
        Some(Page { rows, mark: None })
    }

    fn read_comment(&mut self, data: &str) -> Option<Page> {
        let item: Item<'_> = json::of_text(data).ok()?;
        let wanted = self.wanted.front()?;
        let comment = item.attributes.ok_or(BadRow::BadField).and_then(json::row);
        let row = comment.and_then(|comment| self.comment(&wanted.id, comment));
        self.read = Read::Comment;
        // The list goes by the date of the last change, so all before this one is read.
        let mark = wanted.changed.map(|changed| self.start.mark(changed));
        Some(Page { rows: vec![row], mark })
    }
}

impl Paged for Comments {
    fn ask(&self) -> Option<Ask> {
        match self.wanted.front() {
            Some(Listed { id, .. }) => {
                let url = self.service.at(&format!("v4/comments/{id}"), &[]);
                Some(Ask::get(url, "application/vnd.api+json"))
            }
            None => (!self.is_through).then(|| self.list()),
        }
    }

    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str> {
        let text = json::text_of(body);
        let fields = json::fields(&text).ok_or("JSON of the v4 interface")?;
        let data = fields.get("data").ok_or("JSON of the v4 interface")?.get();
        let page = match self.wanted.is_empty() {
            true => self.read_list(data),
            false => self.read_comment(data),
        };
        page.ok_or("the next page of the v4 interface in JSON")
    }

    fn advance(&mut self) {
        let Read::List(listed) = std::mem::take(&mut self.read) else {
            self.wanted.pop_front();
            return;
        };
        let last = listed.last().and_then(|listed| listed.changed);
        self.is_through = listed.len() < self.page_rows() as usize;
        self.page += 1;
        if self.page > PAGES_MAX {
            let moved = last.filter(|last| *last > self.since);
            self.is_through |= moved.is_none();
            (self.since, self.page) = (moved.unwrap_or(self.since), 1);
            self.last.clear();
        } else {
            self.last = listed.iter().map(|listed| listed.id.clone()).collect();
        }
        self.wanted = listed.into();
    }

    fn refused(&mut self, code: u16) -> Refused {
        match (code, self.wanted.pop_front()) {
            (404 | 410, Some(_)) => Refused::Gone,
            (_, wanted) => {
                self.wanted.extend(wanted);
                Refused::Fails
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::service::tests::{at, service};

    #[test]
    fn id_that_is_no_part_of_an_address_is_not_asked_for() {
        let start = Start { cursor: None, now: at("2026-01-14T00:00:00Z") };
        let settings = Regulations { comment_on: "0900".into() };
        let source = SourceId::new("s").unwrap();
        let mut comments = Comments::new(&settings, service("http://127.0.0.1:1"), source, start);
        let list = br#"{"data":[{"id":"../../admin","attributes":{}},{"id":"EPA-1"},{"id":7}]}"#;
        let page = comments.read(list).unwrap();
        assert_eq!(page.rows.len(), 2);
        comments.advance();
        assert!(comments.ask().unwrap().url.path().ends_with("/v4/comments/EPA-1"));
    }
}
