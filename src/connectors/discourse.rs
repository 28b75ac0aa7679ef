//! Discourse: the posts of a forum, by `/posts.json`.
//!
//! The service answers with the posts of fifty ids up to the one asked for, fewer where posts are
//! gone or private, so a run walks down from the newest to its cursor. Staff are not residents;
//! what somebody quotes is not what they say.

use serde::Deserialize;

use super::{
    dates::DateFormat,
    json,
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

/// Ids that one answer covers.
const IDS_ON_A_PAGE: u64 = 50;
/// Ids behind the cursor that are looked at again, for each day that the pipeline says.
const IDS_A_DAY: u64 = 500;

pub(super) struct Posts {
    service: Service,
    id: SourceId,
    start: Start,
    /// Up to which id is asked; `None` for the newest.
    before: Option<u64>,
    newest: u64,
    lowest: u64,
    /// Up to which id the answer just read went, and whether it is the last that is wanted.
    read: u64,
    is_last: bool,
    is_through: bool,
}

/// A post; name, user name, avatar, title and badges of its writer have no field here.
#[derive(Deserialize)]
struct Post {
    id: Option<u64>,
    user_id: Option<i64>,
    cooked: Option<String>,
    created_at: Option<String>,
    updated_at: Option<String>,
    version: Option<u32>,
    post_type: Option<u32>,
    deleted_at: Option<String>,
    #[serde(default)]
    user_deleted: bool,
    #[serde(default)]
    hidden: bool,
    #[serde(default)]
    moderator: bool,
    #[serde(default)]
    admin: bool,
    #[serde(default)]
    staff: bool,
}

impl Posts {
    pub fn new(service: Service, id: SourceId, start: Start) -> Self {
        let days = u64::try_from(service.reread.as_hours() / 24).unwrap_or(0);
        let behind = days.saturating_mul(IDS_A_DAY);
        let lowest = start.cursor.map_or(0, |cursor| cursor.saturating_sub(behind));
        let (before, newest, read, is_last, is_through) = (None, 0, 0, false, false);
        Self { service, id, start, before, newest, lowest, read, is_last, is_through }
    }

    fn row(&self, post: Post) -> Found {
        if post.post_type.is_some_and(|kind| kind != 1) {
            return Err(BadRow::NotAComment);
        }
        if post.moderator || post.admin || post.staff {
            return Err(BadRow::Organizer);
        }
        if post.user_id.is_some_and(|id| id <= 0) {
            return Err(BadRow::Bot);
        }
        let date = |date: &Option<String>| {
            DateFormat::Auto.read(date.as_deref()?, Some(&self.service.zone))
        };
        let posted_at = date(&post.created_at).ok_or(BadRow::BadDate)?;
        let is_gone = post.deleted_at.is_some() || post.user_deleted;
        if post.hidden && !is_gone {
            return Err(BadRow::ModeratedOut);
        }
        let is_edited = post.version.is_some_and(|version| version > 1);
        let changed = date(&post.deleted_at).or(date(&post.updated_at));
        let revised_at = changed.filter(|_| is_gone || is_edited);
        Ok(Row {
            source: self.id.clone(),
            id: post.id.ok_or(BadRow::MissingId)?.to_string(),
            account: self.service.account(post.user_id.map(|id| id.to_string())),
            text: plain(&post.cooked.unwrap_or_default()),
            place: Place::Missing,
            posted_at,
            revised_at,
            action: match (is_gone, is_edited) {
                (true, _) => Action::Delete,
                (false, true) => Action::Edit,
                (false, false) => Action::Create,
            },
        })
    }
}

impl Paged for Posts {
    fn ask(&self) -> Option<Ask> {
        (!self.is_through).then_some(())?;
        let before = self.before.map(|before| before.to_string());
        let query: Vec<_> = before.as_deref().map(|id| ("before", id)).into_iter().collect();
        Some(Ask::get(self.service.at("posts.json", &query), "application/json"))
    }

    fn read(&mut self, body: &[u8]) -> Result<Page, &'static str> {
        #[derive(Deserialize)]
        struct Numbered {
            id: u64,
        }
        let text = json::text_of(body);
        let rows = json::rows(&text, &["latest_posts"]).ok_or("a list of posts in JSON")?;
        let ids = rows.iter().filter_map(|raw| Some(json::row::<Numbered>(raw).ok()?.id));
        let highest = ids.max().unwrap_or(0);
        if self.before.is_none() {
            self.newest = highest;
        }
        let mut found: Vec<Found> =
            rows.iter().map(|raw| json::row(raw).and_then(|post| self.row(post))).collect();
        // What was said before the first day is not wanted, nor anything further down.
        let listed = found.len();
        let first = self.service.starts_at;
        found.retain(|row| row.as_ref().map_or(true, |row| row.posted_at >= first));
        self.read = self.before.unwrap_or(highest);
        let is_lowest = self.read.saturating_sub(IDS_ON_A_PAGE) <= self.lowest;
        self.is_last = is_lowest || (found.is_empty() && listed > 0);
        let newest = self.newest.max(self.start.cursor.unwrap_or(0));
        Ok(Page { rows: found, mark: self.is_last.then_some(newest) })
    }

    fn advance(&mut self) {
        self.is_through = self.is_last;
        self.before = Some(self.read.saturating_sub(IDS_ON_A_PAGE));
    }
}
