//! Recorded shapes, the ugly ones too: what is read of each, and why the rest is not.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::{Value, json};
use undertone::{
    connectors::{
        Bluesky, Decidim, Format, JetstreamVersion, Kind, Mastodon, Open311, RedditRules,
        Regulations, SeeClickFix, decidim_export,
    },
    pipeline::IngestSummary,
};

use super::{
    city::City,
    server::{Answer, Asked},
    twins::soda_kind,
};

/// A folder of `fixtures/sources`, and how its pages are answered.
struct Recorded {
    folder: &'static str,
    kind: Kind,
    names_accounts: bool,
    answer: fn(&str, &Asked) -> Answer,
}

fn recorded() -> Vec<Recorded> {
    let open311 = |xml| Open311 { xml, ..Open311::default() };
    let page = |page: &str, asked: &Asked| match asked.number("page").unwrap_or(1) {
        1 => Answer::text(page),
        _ => Answer::text("[]"),
    };
    let once = |page: &str, _: &Asked| Answer::text(page);
    let socket = |page: &str, _: &Asked| Answer::Socket {
        messages: page.lines().map(str::to_owned).collect(),
        closes: true,
    };
    let bluesky = |version| {
        Kind::Bluesky(Bluesky { version, tag: Some("Riverton".into()), accounts: vec![] })
    };
    let of =
        |folder, kind, names_accounts, answer| Recorded { folder, kind, names_accounts, answer };
    vec![
        of("open311-json", Kind::Open311(open311(false)), false, page),
        of("open311-wrapped", Kind::Open311(open311(false)), false, page),
        of("open311-xml", Kind::Open311(open311(true)), false, page),
        of(
            "open311-accounts",
            Kind::Open311(Open311 { account_field: Some("account_id".into()), ..open311(false) }),
            true,
            page,
        ),
        of("socrata", soda_kind(), true, once),
        of("seeclickfix", Kind::SeeClickFix(SeeClickFix { place: "x".into() }), true, page),
        of("discourse", Kind::Discourse, true, once),
        of("decidim", Kind::Decidim(Decidim { component: 1 }), true, once),
        of("feed-rss", Kind::Feed, false, once),
        of("feed-atom", Kind::Feed, false, once),
        of(
            "mastodon",
            Kind::Mastodon(Mastodon::Hashtag("riverton".into())),
            true,
            |page, asked| match asked.path.contains("streaming") {
                true => Answer::Stream(page.to_owned()),
                false => Answer::text("[]"),
            },
        ),
        of("bluesky-1", bluesky(JetstreamVersion::One), true, socket),
        of("bluesky-2", bluesky(JetstreamVersion::Two), true, socket),
        of(
            "regulations",
            Kind::Regulations(Regulations { comment_on: "x".into() }),
            false,
            |page, asked| {
                let pages: Value = serde_json::from_str(page).unwrap();
                match &pages[asked.path.as_str()] {
                    Value::Null => Answer::status(404, ""),
                    page => Answer::json(page),
                }
            },
        ),
    ]
}

#[test]
fn recorded_shapes_are_read_as_their_folders_say() {
    let mut wrong = Vec::new();
    for Recorded { folder, kind, names_accounts, answer } in recorded() {
        let folder = Path::new("fixtures/sources").join(folder);
        let page = fs::read_to_string(folder.join("page")).unwrap();
        let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let mut city =
            City::reading(kind, "", names_accounts, move |asked, _| answer(&page, asked));
        city.service().page_rows = None;
        let read = city.run().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let told = told(&read, &city);
        if told != expected {
            wrong.push(format!("{}: {told}", folder.display()));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn recorded_files_are_read_as_their_folders_say() {
    let zone = jiff::tz::TimeZone::UTC;
    for (folder, format) in [
        ("reddit", Format::Reddit(RedditRules { accounts: true })),
        ("decidim-export", Format::Csv(Box::new(decidim_export(true, zone)))),
    ] {
        let folder = Path::new("fixtures/sources").join(folder);
        let expected = fs::read_to_string(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_str(&expected).unwrap();
        let mut city = City::reading_file(format, &folder.join("page"), true);
        let read = city.run().unwrap();
        assert_eq!(told(&read, &city), expected, "{}", folder.display());
        assert_eq!(city.run().unwrap().rows, 0, "{}: read twice", folder.display());
    }
}

/// The counts of a run, and how many residents stand behind what it read.
fn told(read: &IngestSummary, city: &City) -> Value {
    let rows = |tallies: Value| -> BTreeMap<String, Value> {
        let tallies = tallies.as_object().unwrap().clone();
        tallies.into_iter().map(|(reason, tally)| (reason, tally["rows"].clone())).collect()
    };
    json!({
        "new": read.new,
        "replaced": read.replaced,
        "removed": read.removed,
        "residents": city.said().len(),
        "rejected": rows(serde_json::to_value(&read.rejected).unwrap()),
        "bad_rows": rows(serde_json::to_value(&read.bad_rows).unwrap()),
    })
}
