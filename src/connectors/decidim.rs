//! Decidim: the comments of its open-data export, or of one component over GraphQL.
//!
//! The export is CSV cut by semicolons, with `author/id` and the like for nested keys; which columns
//! there are differs from release to release, so only those needed are looked for. What an
//! organisation or the city itself says is not a resident's.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{json, value::RawValue};

use super::{
    csv::{CsvMap, TextColumn},
    dates::{DateColumns, DateFormat},
    json,
    outbound::Ask,
    paged::{Found, Page, Paged},
    row::Row,
    scalar::Scalar,
    service::{Service, Start},
};
use crate::{
    domain::{Action, Place, SourceId},
    pipeline::BadRow,
};

/// The columns of an open-data export of comments.
pub fn export(accounts: bool, zone: jiff::tz::TimeZone) -> CsvMap {
    CsvMap {
        delimiter: b';',
        id: vec!["id".into()],
        account: accounts.then(|| "author/id".into()),
        account_placeholders: Vec::new(),
        text: TextColumn { column: "body".into(), json_pointer: None },
        posted_at: DateColumns {
            columns: vec!["created_at".into()],
            format: DateFormat::Auto,
            zone: Some(zone),
        },
        revised_at: None,
        neighborhood: None,
        point: None,
    }
}

/// Proposals on a page, each with all of its comments.
pub(super) const PAGE_ROWS: u32 = 20;
/// Answers to answers are read down to this depth, which is Decidim's own.
const REPLIES_DEPTH_MAX: u32 = 3;

/// What a pipeline says of a Decidim server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decidim {
    /// Id of the component, as in the addresses of its proposals.
    pub component: u64,
}

pub(super) struct Comments {
    settings: Decidim,
    service: Service,
    id: SourceId,
    start: Start,
    after: Option<String>,
    next: Option<String>,
    newest: Option<Timestamp>,
    is_through: bool,
}

#[derive(Deserialize)]
struct Proposals<'a> {
    #[serde(borrow)]
    edges: Vec<&'a RawValue>,
    #[serde(rename = "pageInfo")]
    page_info: PageInfo,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageInfo {
    end_cursor: Option<String>,
    #[serde(default)]
    has_next_page: bool,
}

#[derive(Deserialize)]
struct Edge<'a> {
    #[serde(borrow)]
    node: Node<'a>,
}

#[derive(Deserialize)]
struct Node<'a> {
    #[serde(borrow)]
    comments: Option<Vec<&'a RawValue>>,
}

/// A comment; name, nickname, picture and profile of its author are not asked for.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Comment<'a> {
    id: Option<Scalar>,
    body: Option<String>,
    created_at: Option<String>,
    author: Option<Author>,
    #[serde(borrow)]
    comments: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Author {
    #[serde(rename = "__typename")]
    kind: Option<String>,
    id: Option<Scalar>,
}

impl Comments {
    pub fn new(settings: &Decidim, service: Service, id: SourceId, start: Start) -> Self {
        let (after, next, newest) = (None, None, None);
        let settings = settings.clone();
        Self { settings, service, id, start, after, next, newest, is_through: false }
    }

    fn query(&self) -> String {
        let mut comments = String::new();
        for _ in 0..=REPLIES_DEPTH_MAX {
            comments =
                format!("comments {{ id body createdAt author {{ __typename id }} {comments} }}");
        }
        let query = format!(
            "query ($component: ID!, $first: Int!, $after: String) {{ component(id: $component) {{ \
             ... on Proposals {{ proposals(first: $first, after: $after) {{ \
             edges {{ node {{ id {comments} }} }} pageInfo {{ endCursor hasNextPage }} }} }} }} }}"
        );
        let variables = json!({
            "component": self.settings.component.to_string(),
            "first": self.service.page_rows.unwrap_or(PAGE_ROWS),
            "after": self.after,
        });
        json!({ "query": query, "variables": variables }).to_string()
    }

    fn take(&self, comments: &[&RawValue], found: &mut Vec<Found>) {
        for raw in comments {
            match json::row::<Comment<'_>>(raw) {
                Err(reason) => found.push(Err(reason)),
                Ok(mut comment) => {
                    let replies = comment.comments.take().unwrap_or_default();
                    found.push(self.row(comment));
                    self.take(&replies, found);
                }
            }
        }
    }

    fn row(&self, comment: Comment<'_>) -> Found {
        let author = comment.author.ok_or(BadRow::Organizer)?;
        if author.kind.is_some_and(|kind| kind != "User") {
            return Err(BadRow::Organizer);
        }
        let created_at = comment.created_at.ok_or(BadRow::BadDate)?;
        let account = author.id.map(Scalar::into_name).transpose()?;
        Ok(Row {
            source: self.id.clone(),
            id: comment.id.ok_or(BadRow::MissingId)?.into_name()?,
            account: self.service.account(account),
            text: comment.body.unwrap_or_default(),
            place: Place::Missing,
            posted_at: DateFormat::Auto
                .read(&created_at, Some(&self.service.zone))
                .ok_or(BadRow::BadDate)?,
            revised_at: None,
            action: Action::Create,
        })
    }
}

/// The proposals of an answer.
fn proposals(text: &str) -> Option<Proposals<'_>> {
    let data = json::fields(text)?.remove("data")?;
    let component = json::fields(data.get())?.remove("component")?;
    let proposals = json::fields(component.get())?.remove("proposals")?;
    serde_json::from_str(proposals.get()).ok()
}

impl Paged for Comments {
    fn ask(&self) -> Option<Ask> {
        let json = Some(self.query());
        let url = self.service.at("api", &[]);
        (!self.is_through).then(|| Ask { json, ..Ask::get(url, "application/json") })
    }

    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str> {
        let text = json::text_of(body);
        let proposals = proposals(&text).ok_or("proposals of a component over GraphQL")?;
        let mut rows = Vec::new();
        for raw in &proposals.edges {
            match serde_json::from_str::<Edge<'_>>(raw.get()) {
                Ok(edge) => self.take(&edge.node.comments.unwrap_or_default(), &mut rows),
                Err(_) => rows.push(Err(BadRow::BadField)),
            }
        }
        let PageInfo { end_cursor, has_next_page } = proposals.page_info;
        self.next = end_cursor.filter(|next| has_next_page && Some(next) != self.after.as_ref());
        let first = self.service.starts_at;
        rows.retain(|row| row.as_ref().map_or(true, |row| row.posted_at >= first));
        let newest = rows.iter().flatten().map(|row| row.posted_at).max();
        self.newest = self.newest.max(newest);
        // Nothing in the interface says what is new, so each run reads the component whole.
        let newest = self.newest.filter(|_| self.next.is_none());
        Ok(Page { rows, mark: newest.map(|newest| self.start.mark(newest)) })
    }

    fn advance(&mut self) {
        self.after = self.next.take();
        self.is_through = self.after.is_none();
    }
}
