//! Jetstream, in both versions, of a network on which only the city's residents write.

use jiff::Timestamp;
use serde_json::{Value, json};
use undertone::connectors::{Bluesky, JetstreamVersion, Kind};

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{Post, World},
};

pub struct Jetstream {
    pub version: JetstreamVersion,
}

/// What happened to a post, and when by the server's clock.
struct Event<'a> {
    at: Timestamp,
    operation: &'static str,
    post: &'a Post,
}

/// Dates behind it are claimed.
fn first_year_end() -> Timestamp {
    "2027-01-01T00:00:00Z".parse().unwrap()
}

fn events(world: &World) -> Vec<Event<'_>> {
    let mut events: Vec<_> = world.posts.iter().flat_map(events_of).collect();
    events.sort_by_key(|event| event.at);
    events
}

fn events_of(post: &Post) -> impl Iterator<Item = Event<'_>> {
    // Whatever date a post claims, the server saw the first of them at the start.
    let at = if post.posted_at > first_year_end() { World::new().now } else { post.posted_at };
    let created = Event { at, operation: "create", post };
    let edited = post.revised_at.map(|at| Event { at, operation: "update", post });
    let deleted = post.deleted_at.map(|at| Event { at, operation: "delete", post });
    [Some(created), edited, deleted].into_iter().flatten()
}

impl Post {
    fn did(&self) -> String {
        format!("did:plc:{}", self.account)
    }

    fn record(&self, operation: &str) -> Option<Value> {
        (operation != "delete").then(|| {
            json!({
                "$type": "app.bsky.feed.post",
                "text": self.text,
                "createdAt": self.posted_at.to_string(),
                "langs": ["en"],
            })
        })
    }
}

impl Jetstream {
    fn message(&self, seq: usize, Event { at, operation, post }: &Event<'_>) -> String {
        let (did, rkey, record) = (post.did(), post.id.to_string(), post.record(operation));
        let collection = "app.bsky.feed.post";
        match self.version {
            JetstreamVersion::One => json!({
                "did": did, "time_us": at.as_microsecond(), "kind": "commit",
                "commit": {
                    "rev": "3k", "operation": operation, "collection": collection,
                    "rkey": rkey, "record": record,
                },
            }),
            JetstreamVersion::Two => json!({
                "$type": "message",
                "payload": {
                    "$type": "network.bsky.jetstream.subscribeEvents#commit",
                    "seq": seq, "did": did, "time": at.to_string(), "operation": operation,
                    "collection": collection, "rkey": rkey, "record": record,
                },
            }),
        }
        .to_string()
    }
}

impl Twin for Jetstream {
    fn name(&self) -> &'static str {
        match self.version {
            JetstreamVersion::One => "bluesky, Jetstream 1",
            JetstreamVersion::Two => "bluesky, Jetstream 2",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Bluesky(Bluesky { version: self.version, tag: None, accounts: vec![] })
    }

    fn names_accounts(&self) -> bool {
        true
    }

    fn shows_edits(&self) -> bool {
        true
    }

    fn shows_deletions(&self) -> bool {
        true
    }

    fn forgets(&self) -> bool {
        true
    }

    fn breaks_at(&self) -> usize {
        0
    }

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        assert_eq!(asked.value("wantedCollections"), Some("app.bsky.feed.post"));
        let cursor = asked.number("cursor");
        let kept = world.keeps_from.unwrap_or(Timestamp::UNIX_EPOCH);
        let events = events(world);
        let last_read =
            cursor.and_then(|cursor| events.get(usize::try_from(cursor).ok()?.checked_sub(1)?));
        if self.version == JetstreamVersion::Two && last_read.is_some_and(|last| last.at < kept) {
            let error = json!({"$type": "error", "error": "CursorTooOld"}).to_string();
            return Answer::Socket { messages: vec![error], closes: true };
        }
        let is_behind = |seq: usize, event: &Event<'_>| match (self.version, cursor) {
            // Skips what it no longer has without a word.
            (JetstreamVersion::One, Some(cursor)) => {
                event.at >= kept && event.at.as_microsecond() >= i64::try_from(cursor).unwrap()
            }
            (JetstreamVersion::Two, Some(cursor)) => seq as u64 > cursor,
            (_, None) => event.at >= world.now,
        };
        let numbered = events.iter().enumerate().map(|(number, event)| (number + 1, event));
        let messages = numbered
            .filter(|(seq, event)| is_behind(*seq, event))
            .map(|(seq, event)| self.message(seq, event))
            .collect();
        Answer::Socket { messages, closes: true }
    }
}
