//! Mastodon: public statuses of one server or hashtag, caught up by its timeline and then heard
//! over server-sent events.
//!
//! Only what is public, by accounts that are no bots and do not ask not to be found. A deletion
//! names a status and not its account, so what was passed on is remembered for a while.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::{
    dates::DateFormat,
    json,
    memory::Memory,
    outbound::{Ask, Fault, Outbound, pause},
    paged::Found,
    plain::plain,
    row::Row,
    service::{Service, Start},
    stream::{Cursor, Heard, Listened, Messages, Said},
};
use crate::{
    domain::{Action, Place, SourceId},
    pipeline::BadRow,
};

pub(super) mod events;

use events::Events;

/// Statuses on a page of a timeline; the service gives no more.
pub(super) const PAGE_ROWS_MAX: u32 = 40;
/// Pages of a timeline that one opening asks for.
const PAGES_MAX: u32 = 10_000;
/// A page that is the one before it is asked for so many times.
const ODD_MAX: u32 = 3;
/// A status' number is its time in milliseconds, and this many bits of chance.
const CHANCE_BITS: u32 = 16;

/// Which statuses of a server are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mastodon {
    /// Those of its own accounts.
    Local,
    /// All that it knows.
    Public,
    /// Those with a hashtag, without the `#`.
    Hashtag(String),
}

pub(super) struct Statuses {
    settings: Mastodon,
    service: Service,
    id: SourceId,
    start: Start,
    memory: Memory<Remembered>,
}

/// Whose a status was, and when.
struct Remembered {
    account: Option<Zeroizing<String>>,
    posted_at: Timestamp,
}

/// A status; the account's name, address, picture, note and fields have no field here.
#[derive(Deserialize)]
struct Status {
    id: Option<String>,
    created_at: Option<String>,
    edited_at: Option<String>,
    content: Option<String>,
    spoiler_text: Option<String>,
    visibility: Option<String>,
    reblog: Option<serde::de::IgnoredAny>,
    account: Option<Account>,
}

#[derive(Deserialize)]
struct Account {
    id: Option<String>,
    #[serde(default)]
    bot: bool,
    discoverable: Option<bool>,
    indexable: Option<bool>,
    noindex: Option<bool>,
}

impl Statuses {
    pub fn new(settings: &Mastodon, service: Service, id: SourceId, start: Start) -> Self {
        let (settings, memory) = (settings.clone(), Memory::default());
        Self { settings, service, id, start, memory }
    }

    /// The status behind which `cursor` lies. A run looks again behind the last one's, which also
    /// fills the memory of what deletions may name.
    fn behind(&self, cursor: Cursor) -> u64 {
        match cursor {
            Cursor::Behind(status) => status,
            Cursor::OfTheRun | Cursor::Lost => {
                let cursor = self.start.cursor.map(|status| status >> CHANCE_BITS);
                let since = self.service.since(Start { cursor, ..self.start });
                u64::try_from(since.as_millisecond()).unwrap_or(0) << CHANCE_BITS
            }
        }
    }

    fn timeline(&self, behind: u64) -> Ask {
        let (behind, rows) = (behind.to_string(), self.page_rows().to_string());
        let mut query = vec![("min_id", behind.as_str()), ("limit", &rows)];
        let path = match &self.settings {
            Mastodon::Local => {
                query.push(("local", "true"));
                "api/v1/timelines/public".to_owned()
            }
            Mastodon::Public => "api/v1/timelines/public".to_owned(),
            Mastodon::Hashtag(tag) => format!("api/v1/timelines/tag/{tag}"),
        };
        Ask::get(self.service.at(&path, &query), "application/json")
    }

    fn stream(&self) -> Ask {
        let (path, query) = match &self.settings {
            Mastodon::Local => ("api/v1/streaming/public/local", vec![]),
            Mastodon::Public => ("api/v1/streaming/public", vec![]),
            Mastodon::Hashtag(tag) => ("api/v1/streaming/hashtag", vec![("tag", tag.as_str())]),
        };
        Ask::get(self.service.at(path, &query), "text/event-stream")
    }

    fn page_rows(&self) -> u32 {
        self.service.page_rows.unwrap_or(PAGE_ROWS_MAX).clamp(1, PAGE_ROWS_MAX)
    }

    fn row(&mut self, status: Status) -> Found {
        let account = status.account.ok_or(BadRow::BadField)?;
        let hides = account.discoverable == Some(false)
            || account.indexable == Some(false)
            || account.noindex == Some(true);
        if status.reblog.is_some() {
            return Err(BadRow::Reshared);
        }
        if account.bot {
            return Err(BadRow::Bot);
        }
        if status.visibility.as_deref() != Some("public") || hides {
            return Err(BadRow::NotPublic);
        }
        let date = |date: Option<String>| DateFormat::Auto.read(&date?, None);
        let posted_at = date(status.created_at).ok_or(BadRow::BadDate)?;
        let revised_at = date(status.edited_at);
        let id = status.id.ok_or(BadRow::MissingId)?;
        let account = self.service.account(account.id);
        let remembered = Remembered { account: account.clone().map(Zeroizing::new), posted_at };
        self.memory.keep(&id, remembered);
        let words = [status.spoiler_text, status.content];
        let words: Vec<_> = words.iter().flatten().map(|html| plain(html)).collect();
        let words: Vec<_> = words.iter().map(String::as_str).filter(|w| !w.is_empty()).collect();
        Ok(Row {
            source: self.id.clone(),
            id,
            account,
            text: words.join("\n"),
            place: Place::Missing,
            posted_at,
            revised_at,
            action: if revised_at.is_some() { Action::Edit } else { Action::Create },
        })
    }

    fn deletion(&self, id: &str) -> Found {
        let known = self.memory.get(id.trim()).ok_or(BadRow::UnknownDeletion)?;
        Ok(Row {
            source: self.id.clone(),
            id: id.trim().to_owned(),
            account: known.account.as_ref().map(|account| account.to_string()),
            text: String::new(),
            place: Place::Missing,
            posted_at: known.posted_at,
            revised_at: Some(known.posted_at),
            action: Action::Delete,
        })
    }
}

impl Listened for Statuses {
    /// The stream is opened first, so that nothing falls between the timeline and it.
    fn open(&mut self, outbound: &Outbound, cursor: Cursor) -> Result<Box<dyn Messages>, Fault> {
        let events = Events::new(outbound.stream(&self.stream())?);
        let ask = self.timeline(self.behind(cursor));
        let page_rows = self.page_rows() as usize;
        Ok(Box::new(CaughtUp {
            ask: Some(ask),
            ready: Vec::new(),
            page_rows,
            pages: 0,
            odd: 0,
            events,
        }))
    }

    fn read(&mut self, message: &str) -> Heard {
        let (event, text) = message.split_once('\n').unwrap_or((message, ""));
        let found = match event {
            "update" | "status.update" => {
                json::of_text::<Status>(text).and_then(|status| self.row(status))
            }
            "delete" => self.deletion(text),
            _ => return Heard::default(),
        };
        let number = number_of(text).filter(|_| event == "update");
        Heard {
            rows: vec![found],
            mark: number.map(|number| self.mark(number)),
            ..Heard::default()
        }
    }
}

impl Statuses {
    /// A status whose number lies in the future moves the cursor no further than the clock.
    fn mark(&self, number: u64) -> u64 {
        let now = u64::try_from(self.start.now.as_millisecond()).unwrap_or(0);
        number.min(now.saturating_add(1) << CHANCE_BITS)
    }
}

/// The number of a status.
fn number_of(text: &str) -> Option<u64> {
    #[derive(Deserialize)]
    struct Numbered {
        id: String,
    }
    json::of_text::<Numbered>(text).ok()?.id.parse().ok()
}

/// The timeline up to now, page by page and oldest first, and then the stream.
struct CaughtUp {
    ask: Option<Ask>,
    /// Newest first, as the service lists.
    ready: Vec<Zeroizing<String>>,
    page_rows: usize,
    pages: u32,
    /// How often the last page came again.
    odd: u32,
    events: Events,
}

impl Messages for CaughtUp {
    fn next(&mut self, outbound: &Outbound) -> Result<Said, Fault> {
        loop {
            if let Some(status) = self.ready.pop() {
                return Ok(Said::Message(status));
            }
            let Some(ask) = self.ask.take() else { return self.events.next() };
            let body = outbound.ask(&ask)?;
            let text = json::text_of(&body);
            let wanted = "a timeline in JSON";
            let rows = json::rows(&text, &[]).ok_or(Fault::Unreadable(wanted))?;
            let update = |raw: &&RawValue| Zeroizing::new(format!("update\n{}", raw.get()));
            let newest = rows.iter().filter_map(|raw| number_of(raw.get())).max();
            let comes_again = newest.is_some_and(|newest| newest <= asked_behind(&ask));
            if comes_again && self.odd < ODD_MAX {
                self.odd += 1;
                outbound.wait(pause(self.odd));
                self.ask = Some(ask);
                continue;
            }
            self.ready = rows.iter().map(update).collect();
            (self.pages, self.odd) = (self.pages + 1, 0);
            if rows.len() >= self.page_rows && self.pages < PAGES_MAX && !comes_again {
                self.ask = newest.map(|newest| behind(ask, newest));
            }
        }
    }
}

/// Behind which status a page was asked for.
fn asked_behind(ask: &Ask) -> u64 {
    let asked = ask.url.query_pairs().find(|(name, _)| name == "min_id");
    asked.and_then(|(_, status)| status.parse().ok()).unwrap_or(0)
}

/// The same question behind another status.
fn behind(mut ask: Ask, status: u64) -> Ask {
    let status = status.to_string();
    let pairs: Vec<_> = ask.url.query_pairs().into_owned().collect();
    let pairs = pairs.iter().map(|(name, value)| match name.as_str() {
        "min_id" => (name, &status),
        _ => (name, value),
    });
    let mut url = ask.url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    ask.url = url;
    ask
}
