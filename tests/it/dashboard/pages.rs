//! Addresses, links, languages, headers and weight.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write as _,
};

use flate2::{Compression, write::GzEncoder};
use sha2::{Digest as _, Sha256};
use undertone::dashboard::{Exhibits, Gallery, Request, Tongue};

use super::{attributes, body, data, empty, exhibits, get, riverton};

const ROOMS: [&str; 5] = ["", "places", "privacy", "plan", "ledger"];
/// Pages that a walk over all links looks at; the pages repeat each other's shape by then.
const PAGES_MAX: usize = 400;
const PAGE_BYTES_MAX: usize = 300_000;

/// Every page that links lead to, with its body.
fn walk(gallery: &Gallery) -> BTreeMap<String, String> {
    let (mut found, mut next) = (BTreeMap::new(), vec![String::new()]);
    let mut known: BTreeSet<String> = next.iter().cloned().collect();
    while let Some(address) = next.pop() {
        let page = get(gallery, &address);
        assert_eq!(page.status, 200, "`{address}` leads nowhere");
        if !page.content_type.starts_with("text/html") {
            continue;
        }
        let html = String::from_utf8(page.body).unwrap();
        for link in ["href", "src", "action"].iter().flat_map(|name| attributes(&html, name)) {
            let link = link.strip_prefix("./").unwrap_or(&link).to_owned();
            let id = link.strip_prefix('#').map(str::to_owned);
            if let Some(id) = id {
                assert!(html.contains(&format!("id=\"{id}\"")), "{address}: no #{id}");
            } else if known.len() < PAGES_MAX && known.insert(link.clone()) {
                next.push(link);
            }
        }
        found.insert(address, html);
    }
    found
}

#[test]
fn every_link_of_every_page_leads_somewhere() {
    let pages = walk(&riverton());
    assert!(pages.len() > 60, "the walk saw little: {}", pages.len());
    let pages = walk(&Gallery::new(empty()).unwrap());
    assert!(pages.len() >= 2 * ROOMS.len(), "{:?}", pages.keys());
}

#[test]
fn page_weighs_little_with_all_it_needs() {
    let gallery = riverton();
    let shared: usize =
        ["undertone.css", "undertone.js", "icon.svg"].iter().map(|a| body(&gallery, a).len()).sum();
    for (address, html) in walk(&gallery) {
        let weight = html.len() + shared;
        assert!(weight < PAGE_BYTES_MAX, "`{address}` weighs {weight} bytes");
    }
}

/// What a first view needs goes over a line of 1.5 Mbit/s in a third of a second, packed as the server
/// packs it.
#[test]
fn first_view_is_small_when_packed() {
    const FIRST_VIEW_BYTES_MAX: usize = 60_000;
    let gallery = riverton();
    let packed = |text: &str| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::new(6));
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap().len()
    };
    let shared: usize = ["undertone.css", "undertone.js", "icon.svg"]
        .iter()
        .map(|a| packed(&body(&gallery, a)))
        .sum();
    for room in ROOMS {
        for tongue in ["en", "es"] {
            let address = format!("{room}?lang={tongue}");
            let weight = packed(&body(&gallery, &address)) + shared;
            assert!(weight < FIRST_VIEW_BYTES_MAX, "`{address}` takes {weight} bytes");
        }
    }
}

#[test]
fn gallery_is_shared_by_all_who_answer() {
    fn is_shared<T: Send + Sync + 'static>() {}
    is_shared::<Gallery>();
}

#[test]
fn equal_snapshots_and_requests_give_equal_bytes() {
    let (one, other) = (riverton(), riverton());
    for (address, html) in walk(&one) {
        assert!(body(&other, &address) == html, "{address}");
    }
    assert!(one.report(Tongue::English, None) == other.report(Tongue::English, None));
}

#[test]
fn page_holds_nothing_from_elsewhere_and_no_script_or_style_of_its_own() {
    let gallery = riverton();
    for (address, html) in walk(&gallery) {
        for inline in ["<style", " style=\"", " onclick", " onload", "javascript:"] {
            assert!(!html.contains(inline), "{address} holds {inline}");
        }
        for name in ["href", "src", "action"] {
            for link in attributes(&html, name) {
                assert!(!link.contains("//"), "{address} leads out: {link}");
            }
        }
        let page = get(&gallery, &address);
        let policy = page.headers.iter().find(|(name, _)| *name == "content-security-policy");
        let (_, policy) = policy.unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{policy}");
    }
}

#[test]
fn both_languages_say_the_same_numbers() {
    let gallery = riverton();
    for room in ROOMS {
        let in_tongue = |tongue: &str| body(&gallery, &format!("{room}?lang={tongue}"));
        let (english, spanish) = (in_tongue("en"), in_tongue("es"));
        assert!(english.contains("<html lang=\"en\">") && spanish.contains("<html lang=\"es\">"));
        let numbers = |html: &str| data(html).into_iter().map(|(_, value, _)| value).collect();
        let (english, spanish): (Vec<String>, Vec<String>) = (numbers(&english), numbers(&spanish));
        assert_eq!(english, spanish, "{room}");
        let asked = Request { path: room, query: "", accept_language: "fr, es-MX;q=0.9, en;q=0.1" };
        let negotiated = gallery.answer(&asked);
        assert!(String::from_utf8(negotiated.body).unwrap().contains("<html lang=\"es\">"));
    }
}

#[test]
fn city_with_nothing_released_teaches_what_will_stand_there() {
    let gallery = Gallery::new(empty()).unwrap();
    for (room, says) in [
        ("", "The first release is due on 19 January 2026"),
        ("places", "Every one of the 8 neighbourhoods is measuring"),
        ("privacy", "Nothing has been spent yet"),
        ("plan", "Under the plan in force"),
        ("ledger", "It has no entries yet"),
    ] {
        let html = body(&gallery, room);
        assert!(html.contains(says), "`{room}` lacks: {says}");
    }
}

#[test]
fn release_is_hidden_until_it_is_due_to_be_seen() {
    let Exhibits { visible_until, .. } = exhibits();
    let early = "2020-01-01T00:00:00Z".parse().unwrap();
    let gallery = Gallery::new(Exhibits { visible_until: early, ..exhibits() }).unwrap();
    let file = format!("releases/{}", exhibits().releases[0].name);
    assert_eq!(get(&gallery, &file).status, 404);
    assert!(body(&gallery, "").contains("Nothing has been released yet"));
    let later = Gallery::new(Exhibits { visible_until, ..exhibits() }).unwrap();
    assert_eq!(get(&later, &file).body, exhibits().releases[0].envelope.bytes());
}

#[test]
fn address_that_nobody_wrote_is_a_page_that_says_so() {
    let gallery = riverton();
    for address in [
        "nowhere",
        "places/..",
        "releases/../keys/signing.key",
        "release",
        "release?release=x",
        "entry?entry=999",
        "entry",
        "figure.csv",
        "figure.csv?of=project.nothing",
        "figure.exe?of=project.trend",
        "ledger/entries.log",
        "\u{0}",
        "%2e%2e/x",
    ] {
        let page = get(&gallery, address);
        assert_eq!(page.status, 404, "{address}");
        assert!(String::from_utf8(page.body).unwrap().contains("There is no such page"));
    }
}

#[test]
fn what_a_release_states_of_itself_stands_in_the_readers_language() {
    let gallery = riverton();
    for file in exhibits().releases {
        let document = file.envelope.document();
        let id = &document.release_id;
        let html = body(&gallery, &format!("release?release={id}&lang=es"));
        let privacy = &document.privacy;
        let stated = privacy.not_covered.iter().chain(&privacy.post_processing);
        for english in stated.chain([&privacy.mechanism, &privacy.adjacency]) {
            assert!(!html.contains(english.as_str()), "{english}");
        }
        assert!(html.contains("los residentes que no escribieron"));
    }
}

#[test]
fn topic_and_window_stay_chosen_from_room_to_room() {
    let gallery = riverton();
    let window = exhibits().releases[0].envelope.document().window.last;
    let chosen = format!("lang=es&topic=noise&window={window}");
    for room in ["", "places", "privacy", "plan", "ledger", "entry?entry=1"] {
        let mark = if room.contains('?') { "&" } else { "?" };
        let html = body(&gallery, &format!("{room}{mark}{chosen}"));
        let links = attributes(&html, "href");
        for other in ["./", "places", "privacy", "plan"] {
            let link = format!("{other}?{chosen}");
            assert!(links.contains(&link), "{room}: no {link}");
        }
        let invented = body(&gallery, &format!("{room}{mark}{chosen}&topic=x&a=nowhere&odds=77"));
        assert!(invented == html, "{room}: what means nothing changes something");
    }
}

#[test]
fn choice_that_does_not_exist_is_passed_over() {
    let gallery = riverton();
    for query in
        ["topic=%00", "window=99", "a=&b=nowhere", "epsilon=1e9&days=0", "lang=xx", "%", "&&=&"]
    {
        for room in ROOMS {
            let address = format!("{room}?{query}");
            assert_eq!(get(&gallery, &address).status, 200, "{address}");
        }
    }
}

#[test]
fn entries_that_are_handed_out_are_said_to_be_those_of_the_log() {
    let html = body(&riverton(), "privacy?lang=en");
    assert!(html.contains("data-file=\"ledger/entries.jsonl\""));
    assert!(html.contains("(the entries of ledger/entries.log, a line each)"));
}

#[test]
fn report_is_one_file_that_runs_its_own_script_alone() {
    let gallery = riverton();
    let topics = [None, Some("riverfront")];
    for (tongue, topic) in Tongue::ALL.into_iter().flat_map(|t| topics.map(|topic| (t, topic))) {
        let html = gallery.report(tongue, topic);
        assert_eq!(
            html.contains("“Riverfront plan”?"),
            topic.is_some() && tongue == Tongue::English
        );
        for id in ["project", "places", "privacy", "plan"] {
            assert!(html.contains(&format!("id=\"{id}\"")), "no room {id}");
        }
        let between = |start: &str, end: &str| {
            let (_, rest) = html.rsplit_once(start).unwrap();
            rest.split_once(end).unwrap().0.to_owned()
        };
        for (kind, source) in [
            ("script-src", between("<script>", "</script>")),
            ("style-src", between("<style>", "</style>")),
        ] {
            use base64::Engine as _;
            let hash = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(&source));
            assert!(html.contains(&format!("{kind} 'sha256-{hash}'")), "{kind}");
        }
        for link in ["href", "src", "action"].iter().flat_map(|name| attributes(&html, name)) {
            let id = link.strip_prefix('#');
            assert!(id.is_some() || link.starts_with("data:"), "the file leads out: {link}");
            assert!(id.is_none_or(|id| html.contains(&format!("id=\"{id}\""))), "no {link}");
        }
        let mut ids = attributes(&html, "id");
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all, "an id stands twice");
    }
}
