//! The issues of a place at SeeClickFix.

use serde_json::json;
use undertone::connectors::{Kind, SeeClickFix};

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{Post, World, page},
};

pub struct Place;

impl Twin for Place {
    fn name(&self) -> &'static str {
        "seeclickfix"
    }

    fn kind(&self) -> Kind {
        Kind::SeeClickFix(SeeClickFix { place: "riverton".into() })
    }

    fn names_accounts(&self) -> bool {
        true
    }

    fn shows_edits(&self) -> bool {
        true
    }

    fn shows_deletions(&self) -> bool {
        false
    }

    fn forgets(&self) -> bool {
        false
    }

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        assert_eq!(
            (asked.path.as_str(), asked.value("place_url")),
            ("/api/v2/issues", Some("riverton"))
        );
        let after: jiff::Timestamp = asked.value("after").unwrap().parse().unwrap();
        let mut posts = world.standing(|post| post.posted_at);
        posts.retain(|post| post.posted_at >= after);
        let (number, rows) = (asked.number("page").unwrap(), asked.number("per_page").unwrap());
        let issues: Vec<_> = page(&posts, number - 1, rows).into_iter().map(in_json).collect();
        Answer::json(&json!({"issues": issues, "metadata": {"pagination": {"page": number}}}))
    }
}

fn in_json(post: &Post) -> serde_json::Value {
    json!({
        "id": post.id,
        "status": "Open",
        "summary": post.text,
        "description": null,
        "rating": 3,
        "lat": "", "lng": null,
        "created_at": post.posted_at.to_string(),
        "updated_at": post.changed_at().to_string(),
        "reporter": {"id": post.account, "name": "Marigold", "role": "Registered User"},
    })
}
