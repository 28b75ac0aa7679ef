//! A document at regulations.gov with its comments.

use serde_json::json;
use undertone::connectors::{Kind, Regulations};

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{Post, World, page},
};

pub struct Document;

impl Twin for Document {
    fn name(&self) -> &'static str {
        "regulations.gov"
    }

    fn kind(&self) -> Kind {
        Kind::Regulations(Regulations { comment_on: "09000064846eebaf".into() })
    }

    fn names_accounts(&self) -> bool {
        false
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

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        if let Some(id) = asked.path.strip_prefix("/v4/comments/EPA-") {
            let id: u64 = id.parse().unwrap();
            let post = world.posts.iter().find(|post| post.id == id).unwrap();
            return Answer::json(&json!({"data": {
                "id": format!("EPA-{id}"), "type": "comments", "attributes": in_full(post),
            }}));
        }
        assert_eq!(asked.path, "/v4/comments");
        assert_eq!(asked.value("filter[commentOnId]"), Some("09000064846eebaf"));
        // Eastern time, without saying so.
        let since = asked.value("filter[lastModifiedDate][ge]").unwrap();
        let since: jiff::civil::DateTime = since.parse().unwrap();
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        let since = zone.to_timestamp(since).unwrap();
        let mut posts: Vec<&Post> = world.posts.iter().collect();
        posts.sort_by_key(|post| (post.changed_at(), post.id));
        posts.retain(|post| post.changed_at() >= since);
        let (number, rows) =
            (asked.number("page[number]").unwrap(), asked.number("page[size]").unwrap());
        let listed = page(&posts, number - 1, rows);
        let in_short = |post: &&Post| {
            json!({
                "id": format!("EPA-{}", post.id), "type": "comments",
                "attributes": {"title": "x", "lastModifiedDate": post.changed_at().to_string()},
            })
        };
        Answer::json(&json!({"data": listed.iter().map(in_short).collect::<Vec<_>>(), "meta": {}}))
    }
}

fn in_full(post: &Post) -> serde_json::Value {
    json!({
        "comment": format!("{}<br/>", post.text),
        "postedDate": post.posted_at.to_string(),
        "modifyDate": post.changed_at().to_string(),
        "firstName": "Marigold", "lastName": "Example", "organization": null, "city": "Riverton",
        "duplicateComments": 1,
        "withdrawn": !post.stands(),
    })
}
