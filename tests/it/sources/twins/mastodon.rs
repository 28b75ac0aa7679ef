//! A Mastodon server: its timeline, and a stream that tells what changed and then only thumps.

use serde_json::{Value, json};
use undertone::connectors::{Kind, Mastodon};

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{Post, World, page},
};

pub struct Server;

impl Twin for Server {
    fn name(&self) -> &'static str {
        "mastodon"
    }

    fn kind(&self) -> Kind {
        Kind::Mastodon(Mastodon::Local)
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
        false
    }

    fn breaks_at(&self) -> usize {
        0
    }

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        match asked.path.as_str() {
            "/api/v1/timelines/public" => {
                assert_eq!(asked.value("local"), Some("true"));
                let (behind, rows) =
                    (asked.number("min_id").unwrap(), asked.number("limit").unwrap());
                // A status that is deleted later was on the timeline when it was read.
                let mut posts: Vec<&Post> = world.posts.iter().collect();
                posts.sort_by_key(|post| number(post));
                posts.retain(|post| number(post) > behind);
                let mut page: Vec<_> = page(&posts, 0, rows).into_iter().map(in_json).collect();
                page.reverse();
                Answer::json(&page.into())
            }
            "/api/v1/streaming/public/local" => {
                let mut stream = ":)\n\n".to_owned();
                for post in world.posts.iter().filter(|post| post.revised_at.is_some()) {
                    stream += &format!("event: status.update\ndata: {}\n\n", in_json(post));
                }
                for post in world.posts.iter().filter(|post| !post.stands()) {
                    stream += &format!("event: delete\ndata: {}\n\n", number(post));
                }
                Answer::Stream(stream + ":thump\n")
            }
            other => panic!("{other}"),
        }
    }
}

fn number(post: &Post) -> u64 {
    (u64::try_from(post.posted_at.as_millisecond()).unwrap() << 16) + post.id
}

fn in_json(post: &Post) -> Value {
    json!({
        "id": number(post).to_string(),
        "created_at": post.posted_at.to_string(),
        "edited_at": post.revised_at.map(|at| at.to_string()),
        "content": format!("<p>{}</p>", post.text),
        "spoiler_text": "",
        "visibility": "public",
        "language": "en",
        "in_reply_to_id": null,
        "reblog": null,
        "account": {
            "id": post.account.to_string(), "acct": "marigold", "display_name": "Marigold",
            "bot": false, "discoverable": true, "indexable": null,
        },
    })
}
