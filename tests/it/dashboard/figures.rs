//! Numbers and marks: as released, digit for digit, and no side taken where the noise takes none.

use std::collections::BTreeSet;

use serde_json::Value;
use undertone::{
    dashboard::Gallery,
    release::{Measure, Opinion},
};

use super::{DATA, body, data, documents, exhibits, riverton};

const ROOMS: [&str; 4] = ["", "places", "privacy", "plan"];

/// Every number of every release file, character by character as it is written there.
fn written() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in std::fs::read_dir(format!("{DATA}/releases")).unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let part = |c: char| c.is_ascii_digit() || "+-.eE".contains(c);
        let words = text.split(|c| !part(c)).filter(|word| word.parse::<f64>().is_ok());
        found.extend(words.map(str::to_owned));
    }
    found
}

/// Whether `shown` is `exact` cut to fewer digits, never by more than one of its last.
fn is_rounding(shown: &str, exact: &str) -> bool {
    let plain: String =
        shown.chars().filter(|c| !['+', '\u{202f}', '\u{a0}', '%'].contains(c)).collect();
    let plain = plain.replace('\u{2212}', "-");
    let digits = plain.split_once('.').map_or(0, |(_, digits)| digits.len());
    let (shown, exact): (f64, f64) = (plain.parse().unwrap(), exact.parse().unwrap());
    let step = 10f64.powi(-i32::try_from(digits).unwrap());
    // A count below zero is noise about nobody: zero is shown, its exact value beside it.
    (shown - exact).abs() < step * 1.000_001 || (shown == 0.0 && exact < 0.0)
}

#[test]
fn numbers_on_screen_are_those_of_the_release_files_digit_for_digit() {
    let (gallery, written) = (riverton(), written());
    let mut seen = 0;
    for room in ROOMS.map(str::to_owned).into_iter().chain(every_release()) {
        for (class, value, shown) in data(&body(&gallery, &room)) {
            assert!(is_rounding(&shown, &value), "{room}: {shown} is not {value}");
            if class == "released" {
                assert!(written.contains(&value), "{room}: no release holds {value}");
                seen += 1;
            }
        }
    }
    assert!(seen > 150, "few numbers were looked at: {seen}");
}

fn every_release() -> impl Iterator<Item = String> {
    documents().into_iter().map(|document| format!("release?release={}", document.release_id))
}

#[test]
fn table_behind_a_chart_holds_each_place_as_the_release_does() {
    let newest = documents().into_iter().rfind(|d| d.family.id == "pulse").unwrap();
    let csv = body(&riverton(), "figure.csv?of=places.ranking");
    let json: Value =
        serde_json::from_str(&body(&riverton(), "figure.json?of=places.ranking")).unwrap();
    assert_eq!(json["releases"][0], newest.release_id);
    assert_eq!(csv.lines().count(), newest.opinions.len() + 1);
    for opinion in &newest.opinions {
        let id = opinion.neighborhood.as_deref().unwrap();
        let line = csv.lines().find(|line| line.starts_with(&format!("{id},"))).unwrap();
        let row =
            json["rows"].as_array().unwrap().iter().find(|row| row["neighborhood"] == id).unwrap();
        let text = |value: f64| serde_json::to_string(&value).unwrap();
        let mut expected = vec![text(opinion.voices.value), text(opinion.voices.low)];
        if let Some(net) = opinion.net_sentiment.estimate() {
            expected.extend([text(net.value), text(net.low), text(net.high)]);
            assert_eq!(row["net_sentiment"].as_f64(), Some(net.value));
        } else {
            assert!(row["net_sentiment"].is_null());
        }
        let fields: Vec<&str> = line.split(',').collect();
        for number in expected {
            assert!(fields.contains(&number.as_str()), "{line} lacks {number}");
        }
    }
}

/// How many opinions lean for, against, and neither way.
fn leans(opinions: &[Opinion]) -> [usize; 4] {
    let mut count = [0; 4];
    for opinion in opinions {
        let at = match opinion.net_sentiment {
            Measure::Estimate(net) if net.low > 0.0 => 0,
            Measure::Estimate(net) if net.high < 0.0 => 1,
            Measure::Estimate(_) => 2,
            Measure::Measuring { .. } => 3,
        };
        count[at] += 1;
    }
    count
}

const CLASSES: [&str; 4] = ["for", "against", "even", "measuring"];

fn marks(svg: &str, kind: &str) -> [usize; 4] {
    CLASSES.map(|class| svg.matches(&format!("class=\"{kind} {class}\"")).count())
}

#[test]
fn no_mark_takes_a_side_where_the_interval_holds_zero() {
    let gallery = riverton();
    for document in documents().iter().filter(|d| d.family.id == "pulse") {
        let window = document.window.last;
        let address = |figure: &str| format!("figure.svg?of=places.{figure}&window={window}");
        let expected = leans(&document.opinions);
        assert_eq!(
            marks(&body(&gallery, &address("ranking")), "band"),
            expected,
            "window {window}"
        );
        assert_eq!(marks(&body(&gallery, &address("map")), "area"), expected, "window {window}");
    }
}

#[test]
fn interval_moved_across_zero_loses_its_side() {
    let side = |low: f64, high: f64| {
        let mut all = exhibits();
        all.releases.retain(|file| file.envelope.document().family.id == "pulse");
        let file = all.releases.pop().unwrap();
        let mut document = file.envelope.document().clone();
        for opinion in &mut document.opinions {
            let value = f64::midpoint(low, high);
            opinion.net_sentiment =
                Measure::Estimate(undertone::release::Interval { value, low, high });
        }
        let key = undertone::ledger::SigningKey::from_bytes(&[7; 32]);
        let envelope = undertone::release::Envelope::seal(document, &key);
        all.releases = vec![undertone::release::ReleaseFile { name: file.name, envelope }];
        let gallery = Gallery::new(all).unwrap();
        marks(&body(&gallery, "figure.svg?of=places.map"), "area")
    };
    assert_eq!(side(0.01, 0.3), [8, 0, 0, 0]);
    assert_eq!(side(-0.3, -0.01), [0, 8, 0, 0]);
    for (low, high) in [(-0.01, 0.9), (-0.9, 0.01), (0.0, 0.5), (-0.5, 0.0)] {
        assert_eq!(side(low, high), [0, 0, 8, 0], "[{low}, {high}]");
    }
}

#[test]
fn every_figure_downloads_in_every_form() {
    let gallery = riverton();
    for of in [
        "project.trend",
        "project.topics",
        "project.participation",
        "project.silent",
        "places.map",
        "places.ranking",
        "privacy.budget",
        "privacy.families",
        "plan.expected",
        "plan.forecast",
    ] {
        let csv = body(&gallery, &format!("figure.csv?of={of}"));
        let json: Value =
            serde_json::from_str(&body(&gallery, &format!("figure.json?of={of}"))).unwrap();
        let rows = json["rows"].as_array().unwrap().len();
        assert!(rows > 0 && csv.lines().count() == rows + 1, "{of}");
        let svg = body(&gallery, &format!("figure.svg?of={of}"));
        assert!(svg.starts_with("<svg xmlns=") && !svg.contains("<script"), "{of}");
    }
}

#[test]
fn plan_that_would_be_refused_says_why_and_one_that_holds_is_sharper_with_more_epsilon() {
    let gallery = riverton();
    let half = |query: &str| {
        let json = body(&gallery, &format!("figure.json?of=plan.forecast&{query}"));
        let json: Value = serde_json::from_str(&json).unwrap();
        json["rows"][0]["cell_half_width_voices"].as_f64().unwrap()
    };
    assert!(half("epsilon=4") < half("epsilon=2") && half("epsilon=2") < half("epsilon=1"));
    assert!(half("") == half("epsilon=2"), "the plan in force");
}
