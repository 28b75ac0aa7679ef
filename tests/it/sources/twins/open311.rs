//! A GeoReport server, in both formats, with and without the extension of pages.

use serde_json::json;
use undertone::connectors::{Kind, Open311};

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{PAGE_ROWS, Post, World, page},
};

pub struct Requests {
    pub xml: bool,
    pub pages: bool,
}

impl Twin for Requests {
    fn name(&self) -> &'static str {
        match (self.xml, self.pages) {
            (true, _) => "open311 in XML",
            (false, true) => "open311 in JSON",
            (false, false) => "open311 without pages",
        }
    }

    fn kind(&self) -> Kind {
        Kind::Open311(Open311 { xml: self.xml, ..Open311::default() })
    }

    fn path(&self) -> &'static str {
        "open311/v2"
    }

    fn names_accounts(&self) -> bool {
        false
    }

    fn shows_edits(&self) -> bool {
        true
    }

    fn shows_deletions(&self) -> bool {
        false
    }

    fn forgets(&self) -> bool {
        true
    }

    fn answer(&self, asked: &Asked, world: &World) -> Answer {
        let bound = |name: &str| asked.value(name).map(|at| at.parse::<jiff::Timestamp>().unwrap());
        let (from, until) = (bound("start_date").unwrap(), bound("end_date"));
        if world.keeps_from.is_some_and(|kept| from < kept) {
            return Answer::status(400, "");
        }
        // Newest first, as most servers list.
        let listed: Vec<&Post> = world
            .standing(|post| std::cmp::Reverse(post.posted_at))
            .into_iter()
            .filter(|post| post.posted_at >= from && until.is_none_or(|u| post.posted_at <= u))
            .collect();
        let (number, rows) =
            (asked.number("page").unwrap() - 1, asked.number("page_size").unwrap());
        assert!(rows == u64::from(PAGE_ROWS));
        let listed = page(&listed, if self.pages { number } else { 0 }, rows);
        match self.xml {
            true => Answer::text(&format!(
                "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<service_requests type=\"array\">{}</service_requests>",
                listed.iter().map(|post| in_xml(post)).collect::<String>()
            )),
            false => Answer::json(&listed.iter().map(|post| in_json(post)).collect()),
        }
    }
}

fn in_json(post: &Post) -> serde_json::Value {
    json!({
        "service_request_id": post.id,
        "status": "open",
        "status_notes": null,
        "service_name": "Sidewalk and Curb Issues",
        "service_code": "006",
        "description": post.text,
        "requested_datetime": post.posted_at.to_string(),
        "updated_datetime": post.changed_at().to_string(),
        "address": "8TH AVE and JUDAH ST",
        "zipcode": 94122,
        "requestor_name": "Marigold Example",
    })
}

fn in_xml(post: &Post) -> String {
    format!(
        "<request><service_request_id>{}</service_request_id><status>open</status>\
         <description><![CDATA[{}]]></description><requested_datetime>{}</requested_datetime>\
         <updated_datetime>{}</updated_datetime><lat/><long/></request>",
        post.id,
        post.text,
        post.posted_at,
        post.changed_at()
    )
}
