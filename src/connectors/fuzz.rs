//! What must hold of any bytes that a service sends: the bodies of the fuzz targets and of their
//! replay on stable.
//!
//! Built for tests and under `cfg(fuzzing)` only. Each function panics on a violation and returns how
//! many rows it found.

mod mutate;

pub use mutate::Mutator;

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    bluesky::{self, Bluesky, JetstreamVersion},
    csv::{CsvMap, TextColumn},
    dates::{DateColumns, DateFormat},
    decidim::{self, Decidim},
    discourse, feed, json,
    mastodon::{self, Mastodon, events::Events},
    open311::{self, Open311},
    outbound::Policy,
    paged::{Found, Paged},
    plain::plain,
    reddit::{self, RedditRules},
    regulations::{self, Regulations},
    row::Row,
    seeclickfix::{self, SeeClickFix},
    service::{Service, Start},
    soda::{self, Soda, SodaVersion},
    stream::{Heard, Listened, Said},
};
use crate::domain::SourceId;

/// Longest input that a target reads.
pub const BYTES_MAX: usize = 64 << 10;

/// A target: its name, and what must hold.
pub type Target = (&'static str, fn(&[u8]) -> usize);

/// All targets; `fuzz/fuzz_targets` has a file for each.
pub const TARGETS: [Target; 13] = [
    ("bluesky", bluesky),
    ("decidim", decidim),
    ("discourse", discourse),
    ("feed", feed),
    ("html", html),
    ("mastodon", mastodon),
    ("open311_json", open311_json),
    ("open311_xml", open311_xml),
    ("page", page),
    ("reddit", reddit),
    ("regulations", regulations),
    ("seeclickfix", seeclickfix),
    ("soda", soda),
];

fn service() -> (Service, SourceId, Start) {
    let now = Timestamp::constant(1_768_348_800, 0);
    let service = Service {
        url: "http://127.0.0.1:1/".parse().expect("it is an address"), // Unwrap safety: a constant
        policy: Policy { hosts: vec!["127.0.0.1".into()], loopback: true },
        token: None,
        page_rows: None,
        starts_at: Timestamp::constant(1_767_571_200, 0),
        reread: SignedDuration::from_hours(24),
        listen: Some(SignedDuration::ZERO),
        zone: TimeZone::UTC,
        accounts: true,
    };
    let id = SourceId::new("s").expect("it is an id"); // Unwrap safety: a constant
    (service, id, Start { cursor: Some(1_767_700_000_000), now })
}

/// Two readings of one answer are one, no row is more than its bytes, and the cursor stays behind
/// the clock.
fn paged(make: impl Fn(Service, SourceId, Start) -> Box<dyn Paged>, data: &[u8]) -> usize {
    let data = data.get(..BYTES_MAX).unwrap_or(data);
    let (service, id, start) = service();
    let mut paged = make(service, id, start);
    let mut rows = 0;
    // A connector whose first answer is a list asks for what it names.
    for _ in 0..2 {
        let read = paged.read(data).map(told);
        assert_eq!(read, paged.read(data).map(told), "read twice");
        rows += read.map_or(0, |(rows, _)| rows.len());
        assert!(rows <= 2 * data.len() + 2, "more rows than bytes");
        paged.advance();
        let _ = paged.ask();
    }
    let _ = (paged.refused(400), paged.refused(404), paged.ask_for_less(), paged.ask());
    rows
}

type Told = (Vec<Result<(), crate::pipeline::BadRow>>, Option<u64>);

fn told(page: super::paged::Page) -> Told {
    (page.rows.into_iter().map(settled).collect(), page.mark)
}

fn settled(found: Found) -> Result<(), crate::pipeline::BadRow> {
    found.and_then(Row::into_comment).map(drop)
}

/// Requests in JSON.
pub fn open311_json(data: &[u8]) -> usize {
    let settings = Open311 { account_field: Some("account_id".into()), ..Open311::default() };
    paged(
        |service, id, start| Box::new(open311::Requests::new(&settings, service, id, start)),
        data,
    )
}

/// Requests in XML.
pub fn open311_xml(data: &[u8]) -> usize {
    let settings = Open311 { xml: true, ..Open311::default() };
    paged(
        |service, id, start| Box::new(open311::Requests::new(&settings, service, id, start)),
        data,
    )
}

/// Rows of a dataset.
pub fn soda(data: &[u8]) -> usize {
    let map = CsvMap {
        delimiter: b',',
        id: vec!["unique_key".into(), "agency".into()],
        account: Some("account_key".into()),
        account_placeholders: vec!["none".into()],
        text: TextColumn { column: "descriptor".into(), json_pointer: None },
        posted_at: DateColumns {
            columns: vec!["created_date".into()],
            format: DateFormat::Auto,
            zone: Some(TimeZone::UTC),
        },
        revised_at: None,
        neighborhood: Some("borough".into()),
        point: Some(("latitude".into(), "longitude".into())),
    };
    let (dataset, version) = ("erm2-nwe9".to_owned(), SodaVersion::Three);
    let settings = Soda { dataset, version, map: Box::new(map) };
    paged(|service, id, start| Box::new(soda::Rows::new(&settings, service, id, start)), data)
}

/// Issues.
pub fn seeclickfix(data: &[u8]) -> usize {
    let settings = SeeClickFix { place: "x".into() };
    paged(
        |service, id, start| Box::new(seeclickfix::Issues::new(&settings, service, id, start)),
        data,
    )
}

/// Posts of a forum.
pub fn discourse(data: &[u8]) -> usize {
    paged(|service, id, start| Box::new(discourse::Posts::new(service, id, start)), data)
}

/// Comments of a component.
pub fn decidim(data: &[u8]) -> usize {
    let settings = Decidim { component: 1 };
    paged(
        |service, id, start| Box::new(decidim::Comments::new(&settings, service, id, start)),
        data,
    )
}

/// A list of comments, and a comment.
pub fn regulations(data: &[u8]) -> usize {
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
    let _ = comments.read(data.get(..BYTES_MAX).unwrap_or(data)).map(told);
    comments.advance();
    let _ = comments.ask();
    paged(make, data)
}

/// A feed.
pub fn feed(data: &[u8]) -> usize {
    paged(|service, id, start| Box::new(feed::Feed::new(service, id, start)), data)
}

fn heard(heard: Heard) -> usize {
    heard.rows.into_iter().map(settled).count()
}

/// Server-sent events.
pub fn mastodon(data: &[u8]) -> usize {
    let (service, id, start) = service();
    let mut statuses = mastodon::Statuses::new(&Mastodon::Local, service, id, start);
    let data = data.get(..BYTES_MAX).unwrap_or(data).to_vec();
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
pub fn bluesky(data: &[u8]) -> usize {
    let text = String::from_utf8_lossy(data.get(..BYTES_MAX).unwrap_or(data));
    let mut rows = 0;
    for version in [JetstreamVersion::One, JetstreamVersion::Two] {
        for tag in [None, Some("riverton".to_owned())] {
            let (service, id, start) = service();
            let settings = Bluesky { version, tag, accounts: vec![] };
            let mut posts = bluesky::Posts::new(&settings, service, id, start);
            rows += text.lines().map(|line| heard(posts.read(line))).sum::<usize>();
        }
    }
    rows
}

/// Lines of a dump.
pub fn reddit(data: &[u8]) -> usize {
    let (_, id, _) = service();
    let rules = RedditRules { accounts: true };
    data.get(..BYTES_MAX)
        .unwrap_or(data)
        .split(|byte| *byte == b'\n')
        .filter(|line| reddit::comment(line, &id, &rules).is_ok())
        .count()
}

/// HTML: what comes out is not longer than what goes in allows, and holds no tag it knew to be one.
pub fn html(data: &[u8]) -> usize {
    let text = String::from_utf8_lossy(data.get(..BYTES_MAX).unwrap_or(data));
    let words = plain(&text);
    // A reference of three characters can stand for one of four bytes.
    assert!(words.len() <= 4 * text.len(), "longer than what was read");
    assert_eq!(words, plain(&text), "read twice");
    words.len()
}

/// A page of JSON: what is mended is mended once, and is cut into rows that stand in it.
pub fn page(data: &[u8]) -> usize {
    let mended = json::text_of(data.get(..BYTES_MAX).unwrap_or(data));
    assert_eq!(*mended, *json::text_of(mended.as_bytes()), "mended twice");
    let rows = json::rows(&mended, &["data", "rows"]).unwrap_or_default();
    assert!(rows.iter().all(|row| mended.contains(row.get())));
    rows.len()
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    /// Every page of `fixtures/sources`, and what was found since.
    fn corpus() -> Vec<Vec<u8>> {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
        let folders = fs::read_dir(fixtures.join("sources")).unwrap();
        let mut pages: Vec<_> = folders.map(|folder| folder.unwrap().path().join("page")).collect();
        let found = fs::read_dir(fixtures.join("fuzz/sources")).unwrap();
        pages.extend(found.map(|file| file.unwrap().path()));
        pages.sort();
        pages.iter().map(|page| fs::read(page).unwrap()).collect()
    }

    /// Mutated pages of one seed through all targets; the seed and the number replay a failure.
    fn drive(seed: u64, executions: u64, mut after: impl FnMut(u64)) -> u64 {
        let (mut mutator, mut rows) = (Mutator::new(seed, corpus()), 0);
        for number in 1..=executions {
            let data = mutator.next();
            for (name, target) in TARGETS {
                let done = std::panic::catch_unwind(|| target(&data));
                let Ok(found) = done else {
                    panic!("{name}, seed {seed}, execution {number}: {}", hex::encode(&data));
                };
                rows += found as u64;
            }
            after(number);
        }
        rows
    }

    #[test]
    fn corpus_holds_in_every_target_and_each_target_reads_some_of_it() {
        let corpus = corpus();
        for (name, target) in TARGETS {
            let rows: usize = corpus.iter().map(|page| target(page)).sum();
            assert!(rows > 0, "{name} reads nothing of the corpus");
        }
    }

    #[test]
    fn fuzz_short_holds() {
        assert!(drive(1, 300, |_| {}) > 1_000, "mutated pages are hardly ever read");
    }

    #[test]
    fn every_target_has_its_file() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        for (name, _) in TARGETS {
            let file = folder.join(format!("fuzz_targets/source_{name}.rs"));
            let body = fs::read_to_string(&file).unwrap();
            assert!(body.contains(&format!("connectors::fuzz::{name}(")), "{}", file.display());
            assert!(manifest.contains(&format!("\"source_{name}\"")), "{name}");
        }
    }

    /// `UNDERTONE_FUZZ=2:10000000 cargo test --release --lib -- --ignored --nocapture
    /// fuzz_sources_long`: a seed and a number of executions of each target.
    #[test]
    #[ignore = "ten million executions of each target"]
    #[allow(clippy::disallowed_methods, clippy::print_stderr)] // the setting and the progress of a long run by hand
    fn fuzz_sources_long_holds() {
        const PROGRESS: u64 = 100_000;
        let asked = std::env::var("UNDERTONE_FUZZ").unwrap_or_default();
        let (seed, executions) = asked.split_once(':').unwrap_or(("2", "10000000"));
        drive(seed.parse().unwrap(), executions.parse().unwrap(), |number| {
            if number % PROGRESS == 0 {
                eprintln!("seed {seed}: {number} executions of each target");
            }
        });
    }
}
