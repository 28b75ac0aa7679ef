//! A Discourse forum, most of whose ids are of posts that are not public.

use serde_json::json;
use undertone::connectors::Kind;

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{Post, World},
};

pub struct Forum;

/// Ids between one public post and the next.
const APART: u64 = 40;

impl Twin for Forum {
    fn name(&self) -> &'static str {
        "discourse"
    }

    fn kind(&self) -> Kind {
        Kind::Discourse
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

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        assert_eq!(asked.path, "/posts.json");
        let mut posts: Vec<&Post> = world.posts.iter().collect();
        posts.sort_by_key(|post| std::cmp::Reverse(post.id));
        let newest = posts.first().map_or(0, |post| number(post));
        let before = asked.number("before").unwrap_or(newest);
        let listed = posts
            .into_iter()
            .filter(|post| number(post) <= before && number(post) > before.saturating_sub(50));
        Answer::json(&json!({"latest_posts": listed.map(in_json).collect::<Vec<_>>()}))
    }
}

fn number(post: &Post) -> u64 {
    (post.id - 100) * APART
}

fn in_json(post: &Post) -> serde_json::Value {
    json!({
        "id": number(post),
        "name": "Marigold Example",
        "username": "marigold",
        "avatar_template": "/user_avatar/x/{size}.png",
        "user_id": post.account,
        "created_at": post.posted_at.to_string(),
        "updated_at": post.changed_at().to_string(),
        "version": if post.revised_at.is_some() { 2 } else { 1 },
        "post_type": 1,
        "cooked": format!("<aside class=\"quote\">bad words of others</aside><p>{}</p>", post.text),
        "user_deleted": !post.stands(),
        "hidden": false, "moderator": false, "admin": false, "staff": false,
    })
}
