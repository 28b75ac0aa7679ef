//! A Socrata dataset, by both interfaces.

use serde_json::json;
use undertone::connectors::{CsvMap, DateColumns, DateFormat, Kind, Soda, SodaVersion, TextColumn};

use crate::sources::{
    Twin,
    server::{Answer, Asked},
    world::{World, page},
};

pub struct Dataset {
    pub version: SodaVersion,
}

impl Twin for Dataset {
    fn name(&self) -> &'static str {
        match self.version {
            SodaVersion::Two => "socrata, SODA2",
            SodaVersion::Three => "socrata, SODA3",
        }
    }

    fn kind(&self) -> Kind {
        let text = TextColumn { column: "descriptor".into(), json_pointer: None };
        let zone = Some(jiff::tz::TimeZone::get("America/New_York").unwrap());
        let (columns, format) = (vec!["created_date".into()], DateFormat::Auto);
        let map = CsvMap {
            delimiter: b',',
            id: vec!["unique_key".into()],
            account: Some("account_key".into()),
            account_placeholders: vec!["none".into()],
            text,
            posted_at: DateColumns { columns, format, zone },
            revised_at: None,
            neighborhood: None,
            point: None,
        };
        let dataset = "erm2-nwe9".into();
        Kind::Soda(Soda { dataset, version: self.version, map: Box::new(map) })
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
        let (query, number, rows) = match self.version {
            SodaVersion::Two => {
                assert_eq!(asked.path, "/resource/erm2-nwe9.json");
                let (limit, offset) =
                    (asked.number("$limit").unwrap(), asked.number("$offset").unwrap());
                (asked.value("$where").unwrap().to_owned(), offset / limit, limit)
            }
            SodaVersion::Three => {
                assert_eq!(asked.path, "/api/v3/views/erm2-nwe9/query.json");
                let body: serde_json::Value = serde_json::from_str(&asked.body).unwrap();
                let number = |name: &str| body["page"][name].as_u64().unwrap();
                let query = body["query"].as_str().unwrap().to_owned();
                (query, number("pageNumber") - 1, number("pageSize"))
            }
        };
        let since = query.split(":updated_at >= '").nth(1).unwrap().split('\'').next().unwrap();
        let since: jiff::Timestamp = since.parse().unwrap();
        let posts = world.standing(|post| (post.changed_at(), post.id));
        let posts: Vec<_> = posts.into_iter().filter(|post| post.changed_at() >= since).collect();
        let zone = jiff::tz::TimeZone::get("America/New_York").unwrap();
        let rows = page(&posts, number, rows).into_iter().map(|post| {
            json!({
                ":id": format!("row-{}", post.id),
                ":created_at": post.posted_at.to_string(),
                ":updated_at": post.changed_at().to_string(),
                "unique_key": post.id.to_string(),
                "account_key": post.account.to_string(),
                "descriptor": post.text,
                // Floating: no zone.
                "created_date": zone.to_datetime(post.posted_at).to_string(),
            })
        });
        Answer::json(&rows.collect())
    }
}
