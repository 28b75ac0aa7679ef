//! Bluesky by Jetstream: posts of the network that carry a hashtag or are by listed accounts, over
//! a websocket.
//!
//! The first version of the service counts in microseconds and skips silently what it no longer
//! has; the second counts events and says that a cursor is too old. Where posts are chosen by
//! their tag, a deletion of a post that was not passed on is nobody's business here.

use jiff::Timestamp;
use serde::Deserialize;

use super::{
    dates::DateFormat,
    json,
    memory::Memory,
    outbound::{Fault, Outbound, Socket},
    paged::Found,
    row::Row,
    scalar::Scalar,
    service::{Service, Start},
    stream::{Cursor, Heard, Listened, Messages, Said},
};
use crate::{
    domain::{Action, Place, SourceId},
    pipeline::BadRow,
};

const POSTS: &str = "app.bsky.feed.post";
/// The first version keeps events about so long.
const KEPT_HOURS: i64 = 24;

/// Which posts of the network are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bluesky {
    /// By which version of Jetstream.
    pub version: JetstreamVersion,
    /// Posts with this hashtag, without the `#`.
    pub tag: Option<String>,
    /// Posts by these accounts (DIDs).
    pub accounts: Vec<String>,
}

/// The versions of Jetstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JetstreamVersion {
    /// `/subscribe`, a cursor in microseconds.
    One,
    /// `/xrpc/network.bsky.jetstream.subscribeEvents`, a cursor in events.
    Two,
}

pub(super) struct Posts {
    settings: Bluesky,
    service: Service,
    id: SourceId,
    start: Start,
    passed_on: Memory<()>,
    gap_told: bool,
}

/// A message of the first version.
#[derive(Deserialize)]
struct MessageOne<'a> {
    did: Option<String>,
    time_us: Option<u64>,
    #[serde(borrow)]
    commit: Option<&'a serde_json::value::RawValue>,
}

/// A message of the second.
#[derive(Deserialize)]
struct MessageTwo<'a> {
    error: Option<String>,
    name: Option<String>,
    #[serde(borrow)]
    payload: Option<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct Payload {
    seq: Option<u64>,
    did: Option<String>,
    time: Option<String>,
}

/// What happened to a record; both versions write it alike.
#[derive(Deserialize)]
struct Commit<'a> {
    operation: Option<String>,
    collection: Option<String>,
    rkey: Option<String>,
    #[serde(borrow)]
    record: Option<&'a serde_json::value::RawValue>,
}

/// A post; its author's profile is not part of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Post {
    text: Option<String>,
    created_at: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    facets: Vec<Facet>,
}

#[derive(Deserialize)]
struct Facet {
    #[serde(default)]
    features: Vec<Feature>,
}

#[derive(Deserialize)]
struct Feature {
    tag: Option<Scalar>,
}

impl Posts {
    pub fn new(settings: &Bluesky, service: Service, id: SourceId, start: Start) -> Self {
        let (settings, passed_on) = (settings.clone(), Memory::default());
        Self { settings, service, id, start, passed_on, gap_told: false }
    }

    fn address(&self, cursor: Option<u64>) -> url::Url {
        let cursor = cursor.map(|cursor| cursor.to_string());
        let mut query = vec![("wantedCollections", POSTS)];
        query.extend(self.settings.accounts.iter().map(|did| ("wantedDids", did.as_str())));
        query.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let path = match self.settings.version {
            JetstreamVersion::One => "subscribe",
            JetstreamVersion::Two => "xrpc/network.bsky.jetstream.subscribeEvents",
        };
        self.service.at(path, &query)
    }

    /// The cursor to open with. The first version counts in time, so a run can look again behind
    /// the last one's; the second does not.
    fn behind(&self, cursor: Cursor) -> Option<u64> {
        match (cursor, self.settings.version) {
            (Cursor::Behind(at), _) => Some(at),
            (Cursor::Lost, _) => None,
            (Cursor::OfTheRun, JetstreamVersion::Two) => Some(self.start.cursor.unwrap_or(0)),
            (Cursor::OfTheRun, JetstreamVersion::One) => {
                let cursor = self.start.cursor.map(|micros| micros / 1_000);
                let since = self.service.since(Start { cursor, ..self.start });
                u64::try_from(since.as_microsecond()).ok()
            }
        }
    }

    /// Whether the first version no longer has all that lies behind the cursor of the run before.
    fn has_gap(&self) -> bool {
        let kept = self.start.now.saturating_sub(jiff::SignedDuration::from_hours(KEPT_HOURS));
        let kept = kept.map_or(0, |kept| kept.as_microsecond());
        let cursor = self.start.cursor.and_then(|cursor| i64::try_from(cursor).ok());
        self.settings.version == JetstreamVersion::One && cursor.is_some_and(|cursor| cursor < kept)
    }

    /// What a commit says; `None` when it is nothing of ours.
    fn commit(&mut self, did: String, at: Timestamp, commit: &Commit<'_>) -> Option<Found> {
        if commit.collection.as_deref() != Some(POSTS) {
            return None;
        }
        let Some(rkey) = commit.rkey.as_deref() else { return Some(Err(BadRow::MissingId)) };
        let id = format!("{did}/{rkey}");
        let action = match commit.operation.as_deref() {
            Some("create") => Action::Create,
            Some("update") => Action::Edit,
            Some("delete") => {
                let is_known = self.passed_on.get(&id).is_some();
                let is_ours = is_known || self.settings.tag.is_none();
                return is_ours.then(|| Ok(self.row(id, did, at, Action::Delete)));
            }
            _ => return Some(Err(BadRow::BadField)),
        };
        let post = match commit.record.map(json::row::<Post>) {
            Some(Ok(post)) => post,
            // Without a tag to choose by, the accounts listed are ours.
            Some(Err(reason)) => return self.settings.tag.is_none().then_some(Err(reason)),
            None => return Some(Err(BadRow::BadField)),
        };
        self.is_ours(&post).then(|| {
            let date = DateFormat::Auto.read(post.created_at.as_deref().unwrap_or(""), None);
            let posted_at = date.ok_or(BadRow::BadDate)?;
            self.passed_on.keep(&id, ());
            let text = post.text.unwrap_or_default();
            Ok(Row { text, posted_at, ..self.row(id, did, at, action) })
        })
    }

    fn is_ours(&self, post: &Post) -> bool {
        let Some(wanted) = &self.settings.tag else { return true };
        let facets = post.facets.iter().flat_map(|facet| &facet.features);
        let facets = facets.filter_map(|feature| match &feature.tag {
            Some(Scalar::Text(tag)) => Some(tag),
            _ => None,
        });
        let same = |tag: &String| tag.to_lowercase() == wanted.to_lowercase();
        post.tags.iter().chain(facets).any(same)
    }

    fn row(&self, id: String, did: String, at: Timestamp, action: Action) -> Row {
        Row {
            source: self.id.clone(),
            id,
            account: self.service.account(Some(did)),
            text: String::new(),
            place: Place::Missing,
            posted_at: at,
            revised_at: Some(at),
            action,
        }
    }

    fn read_one(&mut self, message: &str) -> Result<Heard, BadRow> {
        let message: MessageOne<'_> = json::of_text(message)?;
        let time_us = message.time_us.ok_or(BadRow::BadDate)?;
        let at = i64::try_from(time_us).ok().and_then(|us| Timestamp::from_microsecond(us).ok());
        let at = at.ok_or(BadRow::BadDate)?;
        let now = u64::try_from(self.start.now.as_microsecond()).unwrap_or(0);
        // A server whose clock is ahead moves the cursor by no more than a day.
        let mark = Some(time_us.min(now.saturating_add(86_400_000_000)));
        let mut heard = Heard { mark, at: Some(at), ..Heard::default() };
        if let (Some(did), Some(commit)) = (message.did, message.commit) {
            heard.rows = match json::row::<Commit<'_>>(commit) {
                Ok(commit) => self.commit(did, at, &commit).into_iter().collect(),
                Err(reason) => vec![Err(reason)],
            };
        }
        Ok(heard)
    }

    fn read_two(&mut self, message: &str) -> Result<Heard, BadRow> {
        let message: MessageTwo<'_> = json::of_text(message)?;
        let told = [&message.error, &message.name];
        if told.into_iter().flatten().any(|told| told == "CursorTooOld") {
            return Ok(Heard { is_too_old: true, ..Heard::default() });
        }
        let Some(payload) = message.payload else { return Ok(Heard::default()) };
        let told: Payload = json::row(payload)?;
        let at = DateFormat::Auto.read(told.time.as_deref().unwrap_or(""), None);
        let mut heard = Heard { mark: told.seq, at, ..Heard::default() };
        if let Some(did) = told.did {
            let at = at.ok_or(BadRow::BadDate)?;
            heard.rows = match json::row::<Commit<'_>>(payload) {
                Ok(commit) => self.commit(did, at, &commit).into_iter().collect(),
                Err(reason) => vec![Err(reason)],
            };
        }
        Ok(heard)
    }
}

impl Listened for Posts {
    fn open(&mut self, outbound: &Outbound, cursor: Cursor) -> Result<Box<dyn Messages>, Fault> {
        let socket = outbound.socket(&self.address(self.behind(cursor)))?;
        Ok(Box::new(Heeded(socket)))
    }

    fn read(&mut self, message: &str) -> Heard {
        let read = match self.settings.version {
            JetstreamVersion::One => self.read_one(message),
            JetstreamVersion::Two => self.read_two(message),
        };
        let mut heard = match read {
            Ok(heard) => heard,
            Err(reason) => Heard { rows: vec![Err(reason)], ..Heard::default() },
        };
        if !self.gap_told && self.has_gap() {
            heard.rows.insert(0, Err(BadRow::CursorTooOld));
        }
        self.gap_told = true;
        heard
    }

    fn is_too_old(&self, code: u16) -> bool {
        self.settings.version == JetstreamVersion::Two && matches!(code, 400 | 410)
    }
}

/// A websocket as messages.
struct Heeded(Socket);

impl Messages for Heeded {
    fn next(&mut self, _: &Outbound) -> Result<Said, Fault> {
        Ok(self.0.next()?.map_or(Said::End, Said::Message))
    }
}
