//! What must hold of any bytes that a service or a file holds: the bodies of the fuzz targets and of
//! their replay on stable.
//!
//! Built for tests and under `cfg(fuzzing)` only. Each function panics on a violation and returns how
//! many rows it found.

use std::{
    io::{BufReader, Cursor},
    sync::LazyLock,
};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    bluesky::{self, Bluesky, JetstreamVersion},
    csv::{CsvMap, CsvSource, TextColumn},
    dates::{DateColumns, DateFormat},
    decidim::{self, Decidim},
    discourse, feed, json,
    lines::Lines,
    mastodon::{self, Mastodon, events::Events},
    open311::{self, Open311},
    outbound::Policy,
    paged::{Found, Paged},
    plain::plain,
    polis::{PolisRules, PolisSource},
    reddit::{self, RedditRules},
    regulations::{self, Regulations},
    row::Row,
    seeclickfix::{self, SeeClickFix},
    service::{Service, Start},
    soda::{self, Soda, SodaVersion},
    stream::{Heard, Listened, Said},
};
use crate::{
    domain::{
        SourceId,
        fuzz::{LIMIT_MS, Target},
    },
    pipeline::{BadRow, Position, Source, SourceError},
};

/// Longest input that a target reads.
const BYTES_MAX: usize = 64 << 10;

/// All targets; `fuzz/fuzz_targets` has a file for each.
pub const TARGETS: [Target; 16] = [
    target("source_bluesky", bluesky, &["sources/bluesky", "fuzz/sources/bluesky"]),
    target("source_csv", csv, &["fuzz/sources/csv"]),
    target("source_decidim", decidim, &["sources/decidim/", "fuzz/sources/decidim-comments"]),
    target("source_decidim_export", decidim_export, &["sources/decidim-export"]),
    target("source_discourse", discourse, &["sources/discourse", "fuzz/sources/discourse"]),
    target("source_feed", feed, &["sources/feed", "fuzz/sources/feed"]),
    target("source_html", html, &["fuzz/sources/html"]),
    target("source_mastodon", mastodon, &["sources/mastodon", "fuzz/sources/mastodon"]),
    target("source_open311_json", open311_json, OPEN311_JSON),
    target("source_open311_xml", open311_xml, &["sources/open311-xml", "fuzz/sources/open311-xml"]),
    target("source_page", page, PAGE),
    target("source_polis", polis, &["fuzz/sources/polis"]),
    target("source_reddit", reddit, &["sources/reddit", "fuzz/sources/reddit"]),
    target("source_regulations", regulations, &["sources/regulations", "fuzz/sources/regulations"]),
    target("source_seeclickfix", seeclickfix, &["sources/seeclickfix", "fuzz/sources/seeclickfix"]),
    target("source_soda", soda, &["sources/socrata", "fuzz/sources/socrata"]),
];

const PAGE: &[&str] =
    &["fuzz/sources/page", "fuzz/sources/regulations-list", "fuzz/sources/open311-json"];

const OPEN311_JSON: &[&str] =
    &["sources/open311-json", "sources/open311-wrapped", "fuzz/sources/open311-json"];

const fn target(
    name: &'static str,
    run: fn(&[u8]) -> u64,
    seeds: &'static [&'static str],
) -> Target {
    Target { name, run, seeds, tokens: TOKENS, limit_ms: LIMIT_MS }
}

fn service() -> (Service, SourceId, Start) {
    static SERVICE: LazyLock<(Service, SourceId)> = LazyLock::new(|| {
        let service = Service {
            url: "http://127.0.0.1:1/".parse().expect("it is an address"), // Unwrap safety: a constant
            policy: Policy { hosts: vec!["127.0.0.1".into()], loopback: true },
            token: None,
            page_rows: None,
            starts_at: Timestamp::constant(1_767_571_200, 0),
            reread: SignedDuration::from_hours(24),
            every: std::time::Duration::from_secs(300),
            listen: Some(SignedDuration::ZERO),
            zone: TimeZone::UTC,
            accounts: true,
        };
        (service, SourceId::new("s").expect("it is an id")) // Unwrap safety: a constant
    });
    let (service, id) = SERVICE.clone();
    let now = Timestamp::constant(1_768_348_800, 0);
    (service, id, Start { cursor: Some(1_767_700_000_000), now })
}

fn read(data: &[u8]) -> &[u8] {
    data.get(..BYTES_MAX).unwrap_or(data)
}

/// Two readings of one answer are one, and no row is more than its bytes.
fn paged(make: impl Fn(Service, SourceId, Start) -> Box<dyn Paged>, data: &[u8]) -> u64 {
    let data = read(data);
    let (service, id, start) = service();
    let mut paged = make(service, id, start);
    let (once, again) = (paged.read(data).map(told), paged.read(data).map(told));
    assert_eq!(once, again, "read twice");
    let mut rows = once.map_or(0, |(rows, _)| rows.len());
    assert!(rows <= 2 * data.len() + 2, "more rows than bytes");
    paged.advance();
    // A connector whose first answer is a list asks for what it names.
    if paged.ask().is_some() {
        rows += paged.read(data).map(told).map_or(0, |(rows, _)| rows.len());
        paged.advance();
    }
    let _ = (paged.refused(400), paged.refused(404), paged.ask_for_less(), paged.ask());
    rows as u64
}

type Told = (Vec<Result<(), BadRow>>, Option<u64>);

fn told(page: super::paged::Page) -> Told {
    (page.rows.into_iter().map(settled).collect(), page.mark)
}

fn settled(found: Found) -> Result<(), BadRow> {
    found.and_then(Row::into_comment).map(drop)
}

/// Rows of a file: as many as it has lines at most, each behind the one before it.
fn file<S: Source>(open: impl FnOnce(Lines) -> Result<S, SourceError>, data: &[u8]) -> u64 {
    let data = read(data).to_vec();
    let lines = data.iter().filter(|byte| **byte == b'\n').count() + 1;
    let input = BufReader::with_capacity(1 << 10, Box::new(Cursor::new(data)) as Box<_>);
    let Ok(mut source) = open(Lines::new(input, String::new(), Position::default())) else {
        return 0;
    };
    let (mut rows, mut last) = (0, 0);
    while let Some(fetched) = source.next().expect("memory can be read") {
        let (crate::pipeline::Fetched::Comment { line, .. }
        | crate::pipeline::Fetched::Bad { line, .. }) = fetched;
        assert!(line > last, "rows out of order");
        (rows, last) = (rows + 1, line);
    }
    assert!(rows <= lines, "more rows than lines");
    rows as u64
}

fn map(text_pointer: Option<&str>) -> CsvMap {
    CsvMap {
        delimiter: b',',
        id: vec!["unique_key".into(), "agency".into()],
        account: Some("account_key".into()),
        account_placeholders: vec!["none".into()],
        text: TextColumn {
            column: "descriptor".into(),
            json_pointer: text_pointer.map(str::to_owned),
        },
        posted_at: DateColumns {
            columns: vec!["created_date".into()],
            format: DateFormat::Auto,
            zone: Some(TimeZone::UTC),
        },
        revised_at: None,
        neighborhood: Some("borough".into()),
        point: Some(("latitude".into(), "longitude".into())),
    }
}

/// A CSV file, its text plain and inside JSON.
pub fn csv(data: &[u8]) -> u64 {
    static MAPS: LazyLock<[CsvMap; 2]> =
        LazyLock::new(|| [map(None), map(Some("/translations/en"))]);
    let (_, id, _) = service();
    let map = &MAPS[data.len() % MAPS.len()];
    file(|lines| CsvSource::new(lines, id, map), data)
}

/// An open-data export of Decidim.
pub fn decidim_export(data: &[u8]) -> u64 {
    static MAP: LazyLock<CsvMap> = LazyLock::new(|| decidim::export(true, TimeZone::UTC));
    let (_, id, _) = service();
    file(|lines| CsvSource::new(lines, id, &MAP), data)
}

/// The comments of a Polis export.
pub fn polis(data: &[u8]) -> u64 {
    let (_, id, _) = service();
    let rules = PolisRules { organizers: vec!["0".into()], skip_moderated_out: true };
    file(|lines| PolisSource::new(lines, id, &rules), data)
}

/// Requests in JSON.
pub fn open311_json(data: &[u8]) -> u64 {
    let settings = Open311 { account_field: Some("account_id".into()), ..Open311::default() };
    paged(
        |service, id, start| Box::new(open311::Requests::new(&settings, service, id, start)),
        data,
    )
}

/// Requests in XML.
pub fn open311_xml(data: &[u8]) -> u64 {
    let settings = Open311 { xml: true, ..Open311::default() };
    paged(
        |service, id, start| Box::new(open311::Requests::new(&settings, service, id, start)),
        data,
    )
}

/// Rows of a dataset.
pub fn soda(data: &[u8]) -> u64 {
    static MAP: LazyLock<CsvMap> = LazyLock::new(|| map(None));
    let (dataset, version) = ("erm2-nwe9".to_owned(), SodaVersion::Three);
    let settings = Soda { dataset, version, map: Box::new(MAP.clone()) };
    paged(|service, id, start| Box::new(soda::Rows::new(&settings, service, id, start)), data)
}

/// Issues.
pub fn seeclickfix(data: &[u8]) -> u64 {
    let settings = SeeClickFix { place: "x".into() };
    paged(
        |service, id, start| Box::new(seeclickfix::Issues::new(&settings, service, id, start)),
        data,
    )
}

/// Posts of a forum.
pub fn discourse(data: &[u8]) -> u64 {
    paged(|service, id, start| Box::new(discourse::Posts::new(service, id, start)), data)
}

/// Comments of a component.
pub fn decidim(data: &[u8]) -> u64 {
    let settings = Decidim { component: 1 };
    paged(
        |service, id, start| Box::new(decidim::Comments::new(&settings, service, id, start)),
        data,
    )
}

/// A list of comments, and a comment.
pub fn regulations(data: &[u8]) -> u64 {
    let settings = Regulations { comment_on: "x".into() };
    let make = |service, id, start| -> Box<dyn Paged> {
        Box::new(regulations::Comments::new(&settings, service, id, start))
    };
    let list =
        br#"{"data":[{"id":"A-1","attributes":{"lastModifiedDate":"2026-01-06T00:00:00Z"}}]}"#;
    let (service, id, start) = service();
    let mut comments = make(service, id, start);
    let named = comments.read(list).map(drop);
    assert_eq!(named, Ok(()));
    comments.advance();
    let _ = comments.read(read(data)).map(told);
    comments.advance();
    let _ = comments.ask();
    paged(make, data)
}

/// A feed.
pub fn feed(data: &[u8]) -> u64 {
    paged(|service, id, start| Box::new(feed::Feed::new(service, id, start)), data)
}

fn heard(heard: Heard) -> u64 {
    heard.rows.into_iter().map(settled).count() as u64
}

/// Server-sent events.
pub fn mastodon(data: &[u8]) -> u64 {
    let (service, id, start) = service();
    let mut statuses = mastodon::Statuses::new(&Mastodon::Local, service, id, start);
    let data = read(data).to_vec();
    let mut events = Events::new(Box::new(std::io::Cursor::new(data)));
    let mut rows = 0;
    loop {
        match events.next() {
            Ok(Said::Message(message)) => rows += heard(statuses.read(&message)),
            Ok(Said::Quiet) => {}
            Ok(Said::End) | Err(_) => return rows,
        }
    }
}

/// Messages of both versions, one a line.
pub fn bluesky(data: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(read(data));
    let mut rows = 0;
    for version in [JetstreamVersion::One, JetstreamVersion::Two] {
        for tag in [None, Some("riverton".to_owned())] {
            let (service, id, start) = service();
            let settings = Bluesky { version, tag, accounts: vec![] };
            let mut posts = bluesky::Posts::new(&settings, service, id, start);
            rows += text.lines().map(|line| heard(posts.read(line))).sum::<u64>();
        }
    }
    rows
}

/// Lines of a dump.
pub fn reddit(data: &[u8]) -> u64 {
    let (_, id, _) = service();
    let rules = RedditRules { accounts: true };
    read(data)
        .split(|byte| *byte == b'\n')
        .filter(|line| reddit::comment(line, &id, &rules).is_ok())
        .count() as u64
}

/// HTML: what comes out is not longer than what goes in allows, and holds no tag it knew to be one.
pub fn html(data: &[u8]) -> u64 {
    let text = String::from_utf8_lossy(read(data));
    let words = plain(&text);
    // A reference of three characters can stand for one of four bytes.
    assert!(words.len() <= 4 * text.len(), "longer than what was read");
    assert_eq!(words, plain(&text), "read twice");
    words.len() as u64
}

/// A page of JSON: what is mended is mended once, and is cut into rows that stand in it.
pub fn page(data: &[u8]) -> u64 {
    let mended = json::text_of(read(data));
    assert_eq!(*mended, *json::text_of(mended.as_bytes()), "mended twice");
    let rows = json::rows(&mended, &["data", "rows"]).unwrap_or_default();
    assert!(rows.iter().all(|row| mended.contains(row.get())));
    rows.len() as u64
}

/// What parsers of pages trip over.
const TOKENS: &[&str] = &[
    "\"",
    "\\",
    "\\u",
    "\\ud800",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "true",
    "0",
    "-0",
    "006",
    "1e400",
    "18446744073709551616",
    "-9223372036854775809",
    "0.1",
    "\"id\":",
    "\"data\":",
    "{}",
    "[]",
    "\u{feff}",
    "\0",
    "\r\n",
    "\n\n",
    "data: ",
    "event: delete\n",
    "event: update\n",
    ":thump\n",
    "<",
    ">",
    "</",
    "/>",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<request>",
    "</request>",
    "&amp;",
    "&#x0;",
    "&#1114112;",
    "&",
    ";",
    "<?xml version=\"1.0\" encoding=\"utf-16\"?>",
    "<!DOCTYPE x [<!ENTITY a \"b\">]>",
    "<script>",
    "<aside>",
    "2026-01-06T00:00:00Z",
    "9999-12-31T23:59:59Z",
    "-9999-01-01",
    "Z",
    "did:",
    "\u{202e}",
    "\u{1F333}",
    "\u{301}",
    "[deleted]",
    "\r",
    "\"\"",
    "comment-id,author-id,timestamp,comment-body\n",
    "unique_key,agency,descriptor,created_date\n",
    ";",
];
