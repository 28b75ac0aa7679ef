//! One component of a Decidim server: proposals, each with a comment and perhaps an answer to it.

use serde_json::{Value, json};
use undertone::connectors::{Decidim, Kind};

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{Post, World, page},
};

pub struct Component;

impl Twin for Component {
    fn name(&self) -> &'static str {
        "decidim"
    }

    fn kind(&self) -> Kind {
        Kind::Decidim(Decidim { component: 12 })
    }

    fn names_accounts(&self) -> bool {
        true
    }

    fn shows_edits(&self) -> bool {
        false
    }

    fn shows_deletions(&self) -> bool {
        false
    }

    fn forgets(&self) -> bool {
        false
    }

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        assert_eq!(asked.path, "/api");
        let body: Value = serde_json::from_str(&asked.body).unwrap();
        let query = body["query"].as_str().unwrap();
        assert!(!query.contains(" name") && !query.contains("nickname"), "{query}");
        assert_eq!(body["variables"]["component"], "12");
        let first = body["variables"]["first"].as_u64().unwrap();
        let number: u64 = body["variables"]["after"].as_str().map_or(0, |at| at.parse().unwrap());
        let posts = world.standing(|post| post.id);
        // Every other comment answers the one before it.
        let threads: Vec<Vec<&Post>> = posts.chunks(2).map(<[_]>::to_vec).collect();
        let edges: Vec<_> = page(&threads, number, first)
            .iter()
            .map(|thread| json!({"node": {"id": "1", "comments": [in_json(thread)]}}))
            .collect();
        let more = threads.len() as u64 > (number + 1) * first;
        Answer::json(&json!({"data": {"component": {"proposals": {
            "edges": edges,
            "pageInfo": {"endCursor": (number + 1).to_string(), "hasNextPage": more},
        }}}}))
    }
}

fn in_json(thread: &[&Post]) -> Value {
    let [post, answers @ ..] = thread else { return Value::Null };
    let answers: Vec<_> = if answers.is_empty() { vec![] } else { vec![in_json(answers)] };
    json!({
        "id": post.id.to_string(),
        "body": post.text,
        "createdAt": post.posted_at.to_string(),
        "author": {"__typename": "User", "id": post.account.to_string()},
        "comments": answers,
    })
}
