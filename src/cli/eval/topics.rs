//! What texts are about: built-in topics by likeness, and heads fitted as `undertone topics fit` does.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use rayon::prelude::*;
use regex::Regex;

use super::{
    super::Failure,
    corpora::{self, TopicRow},
    measure::{
        BY_CHANCE, Wanted, bootstrap, calibration_error, calibration_of_chance, macro_f1, share,
    },
    report::Report,
    split::{self, is_held, is_unfitted},
};
use crate::{
    model::{Classifier, Fitted, LabelledVector, TopicSpec, fit_topic_head},
    text::RedactedText,
};

/// Types of New Haven's requests that are told apart.
const TYPES: usize = 25;
/// Texts measured of a large set.
const ROWS_MAX: usize = 1_500;
/// The digest a head is given that is measured and dropped.
const HERE: &str = "measured and dropped";
const CALIBRATION_MAX: f64 = 0.05;

/// The aspects on which SentiHood's authors report, and the rest.
const MAIN_ASPECTS: [&str; 4] = ["general", "price", "safety", "transit-location"];

/// New Haven: the title names the topic of a request; one that fits two topics is left out.
/// The same table stands in `models/corpora.py`.
const TITLES: [(&str, &str); 11] = [
    (
        "streets",
        r"pot ?hole|lamp|lights? out|street ?light|plow|snow (related|removal)|sweep|sinkhole|manhole|street repair|icy",
    ),
    ("walking-and-cycling", r"side ?walk|curb|crosswalk|bike lane"),
    ("traffic-and-parking", r"traffic|speed|parking|signal"),
    ("waste", r"trash|recycl|dumping|\bbins?\b|yard waste|leaf|litter|garbage|bulk"),
    ("blight", r"graffiti|blight|private property|vacant"),
    ("animals", r"\b(dogs?|cats?|animals?|rats?)\b"),
    ("parks-and-trees", r"tree|stump|^trim|^removal|limb|branch|park request"),
    ("water-and-sewer", r"drain|sewer|hydrant|flood|water"),
    ("noise", r"noise|loud"),
    ("safety", r"polic|theft|stolen|crime"),
    ("transit", r"\bbus\b( [^s]| s[^h]|$)"),
];
const CATEGORIES: [(&str, &str); 7] = [
    ("Potholes", "streets"),
    ("Streetlights", "streets"),
    ("Waste/Garbage", "waste"),
    ("Traffic/Parking", "traffic-and-parking"),
    ("Water", "water-and-sewer"),
    ("Sewage", "water-and-sewer"),
    ("Air", "environment"),
];

/// SentiHood's aspects, by a head fitted on its training sentences.
pub(super) fn aspects(data: &Path, classifier: &Classifier) -> Result<Report, Failure> {
    let (train, dev) =
        (corpora::sentihood_aspects(data, "train")?, corpora::sentihood_aspects(data, "dev")?);
    let known: BTreeSet<String> = train.iter().flat_map(|row| row.topics.clone()).collect();
    let names: Vec<String> = known.into_iter().collect();
    let head = fitted(classifier, &names, &train)?;
    let found = applied(classifier, &head, &dev)?;
    let has = |row: usize, class: usize| {
        (dev[row].topics.contains(&names[class]), found.assigned[row].contains(&class))
    };
    let main: Vec<usize> = MAIN_ASPECTS
        .iter()
        .filter_map(|aspect| names.iter().position(|name| name == aspect))
        .collect();
    let mut figures = vec![
        bootstrap("macro F1 of the four main aspects", dev.len(), |rows| {
            macro_f1(rows, main.len(), |row, class| has(row, main[class]))
        })
        .wanted(Wanted::AtLeast(0.80)),
        bootstrap("macro F1 of all aspects", dev.len(), |rows| macro_f1(rows, names.len(), has)),
    ];
    let cells: Vec<(f32, bool)> = (0..dev.len())
        .flat_map(|row| (0..names.len()).map(move |class| (row, class)))
        .map(|(row, class)| (found.chances[row][class], has(row, class).0))
        .collect();
    figures.extend(calibration("calibration error of each aspect", &cells));
    Ok(plain("sentihood-aspects", dev.len(), figures))
}

/// The twenty-five most frequent types of New Haven's requests, by a head fitted on the other texts.
pub(super) fn types(data: &Path, classifier: &Classifier) -> Result<Report, Failure> {
    let rows = corpora::new_haven(data)?;
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    rows.iter().for_each(|(title, _)| *counts.entry(title).or_default() += 1);
    let mut names: Vec<(&str, usize)> = counts.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let names: Vec<String> = names.iter().take(TYPES).map(|(name, _)| (*name).to_owned()).collect();
    let labelled = rows.iter().filter(|(title, _)| names.contains(title)).map(|(title, body)| {
        TopicRow { text: body.clone(), topics: BTreeSet::from([title.clone()]) }
    });
    let (held, fit): (Vec<_>, Vec<_>) = labelled.partition(|row| is_held(&row.text));
    let head = fitted(classifier, &names, &fit)?;
    let found = applied(classifier, &head, &held)?;
    let right: Vec<bool> = (0..held.len())
        .map(|row| held[row].topics.contains(&names[likeliest(&found.chances[row])]))
        .collect();
    let cells: Vec<(f32, bool)> = (0..held.len())
        .map(|row| (found.chances[row].iter().copied().fold(0.0, f32::max), right[row]))
        .collect();
    let mut figures = vec![share("right of 25 types", right).wanted(Wanted::AtLeast(0.70))];
    figures.extend(calibration("calibration error of the likeliest type", &cells));
    Ok(plain("new-haven", held.len(), figures))
}

/// German contributions about cycling, by a head fitted on the others. The encoder reads English, so
/// this says what a head makes of a language that the product leaves unread.
pub(super) fn cycling(data: &Path, classifier: &Classifier) -> Result<Report, Failure> {
    let rows = corpora::cycling(data)?;
    let names: BTreeSet<String> = rows.iter().flat_map(|row| row.topics.clone()).collect();
    let names: Vec<String> = names.into_iter().collect();
    let (held, fit): (Vec<_>, Vec<_>) = rows.into_iter().partition(|row| is_held(&row.text));
    let head = fitted(classifier, &names, &fit)?;
    let found = applied(classifier, &head, &held)?;
    let right = (0..held.len())
        .map(|row| held[row].topics.contains(&names[likeliest(&found.chances[row])]));
    let figures = vec![share("right of the topics", right.collect::<Vec<_>>())];
    let note = "German: the product counts it as unread; a figure of the encoder alone";
    Ok(Report { notes: vec![note.into()], ..plain("cycling", held.len(), figures) })
}

/// Built-in topics on New Haven's descriptions and on posts, civic or not.
pub(super) fn built_in(
    data: &Path,
    classifier: &Classifier,
    specs: &[TopicSpec],
) -> Result<Vec<Report>, Failure> {
    let titles: Vec<(&str, Regex)> = TITLES
        .iter()
        .map(|(topic, pattern)| Ok((*topic, Regex::new(pattern)?)))
        .collect::<Result<_, regex::Error>>()
        .map_err(Failure::internal)?;
    let haven = corpora::new_haven(data)?.into_iter().filter_map(|(title, body)| {
        let found: Vec<&str> =
            titles.iter().filter(|(_, p)| p.is_match(&title)).map(|(topic, _)| *topic).collect();
        (found.len() == 1).then(|| (Some(found[0].to_owned()), body))
    });
    let haven = sample(haven.collect());
    let posts = corpora::posts(data)?.into_iter();
    let (none, civic): (Vec<_>, Vec<_>) = posts.partition(|(category, _)| category.is_none());
    let civic = civic.into_iter().filter_map(|(category, text)| {
        let topic = CATEGORIES.iter().find(|(name, _)| Some(*name) == category.as_deref())?.1;
        Some((Some(topic.to_owned()), text))
    });
    let civic = sample(civic.collect());
    let none = sample(none);
    Ok(vec![
        likeness("built-in topics, new-haven", &haven, classifier, specs, "en")?,
        likeness("built-in topics, civic posts", &civic, classifier, specs, "en")?,
        likeness("built-in topics, other posts", &none, classifier, specs, "en")?,
    ])
}

/// Texts that nothing was fitted on, at most so many, in the order of their hash.
fn sample(rows: Vec<(Option<String>, String)>) -> Vec<(Option<String>, String)> {
    let mut held: Vec<_> = rows.into_iter().filter(|(_, text)| is_unfitted(text)).collect();
    held.sort_by_key(|(_, text)| (split::share(text), text.clone()));
    held.truncate(ROWS_MAX);
    held
}

/// Built-in topics on texts of a known topic (of several, parted by a semicolon, any is right), or of
/// none, by the encoder of a language.
pub(super) fn likeness(
    set: &str,
    rows: &[(Option<String>, String)],
    classifier: &Classifier,
    specs: &[TopicSpec],
    language: &str,
) -> Result<Report, Failure> {
    let read = |(_, text): &(Option<String>, String)| {
        classifier.read_as(language, &RedactedText::from_public(text))
    };
    let readings: Result<Vec<_>, _> = rows.par_iter().map(read).collect();
    let readings = readings.map_err(Failure::internal)?;
    let id = |at: usize| specs.get(at).map_or("other", |spec| spec.id.as_str());
    let mut nearest = Vec::new();
    let (mut assigned, mut other) = (Vec::new(), Vec::new());
    for ((truth, _), reading) in rows.iter().zip(&readings) {
        let chances: Vec<f32> = reading.topics.iter().map(|(_, chance)| *chance).collect();
        let best = likeliest(&chances);
        let ids: Vec<&str> =
            reading.labels.topics.iter().map(|topic| id(usize::from(topic.0))).collect();
        let right = |id: &str| truth.iter().flat_map(|truth| truth.split(';')).any(|one| one == id);
        nearest.push((chances[best], right(id(best))));
        assigned.push(ids.iter().any(|id| right(id)));
        other.push(ids == ["other"]);
    }
    let figures = if rows.iter().all(|(truth, _)| truth.is_none()) {
        vec![share("about no topic, yet given one", other.iter().map(|other| !other))]
    } else {
        let mut figures = vec![
            share("nearest topic right", nearest.iter().map(|(_, right)| *right)),
            share("right topic among those given", assigned),
            share("given to other", other),
        ];
        figures.extend(calibration("calibration error of the nearest topic", &nearest));
        figures
    };
    Ok(plain(set, rows.len(), figures))
}

/// The calibration error, and what of it is chance.
fn calibration(name: &str, cells: &[(f32, bool)]) -> [super::measure::Figure; 2] {
    let (chances, right): (Vec<f32>, Vec<bool>) = cells.iter().copied().unzip();
    let found = bootstrap(name, cells.len(), |rows| calibration_error(rows, &chances, &right));
    [found.wanted(Wanted::AtMost(CALIBRATION_MAX)), calibration_of_chance(BY_CHANCE, &chances)]
}

fn plain(set: &str, texts: usize, figures: Vec<super::measure::Figure>) -> Report {
    Report {
        set: set.to_owned(),
        texts,
        figures,
        confusion: None,
        groups: Vec::new(),
        notes: Vec::new(),
    }
}

fn likeliest(chances: &[f32]) -> usize {
    let mut best = 0;
    for at in 1..chances.len() {
        if chances[at] > chances[best] {
            best = at;
        }
    }
    best
}

/// A head for these topics from these texts.
fn fitted(classifier: &Classifier, names: &[String], rows: &[TopicRow]) -> Result<Fitted, Failure> {
    let position = |topic: &String| names.iter().position(|name| name == topic);
    let vector = |row: &TopicRow| {
        let unit = classifier.vector("en", &RedactedText::from_public(&row.text))?;
        Ok(LabelledVector { unit, topics: row.topics.iter().filter_map(position).collect() })
    };
    let rows: Result<Vec<_>, crate::model::ModelError> = rows.par_iter().map(vector).collect();
    let topics: Vec<_> = names.iter().map(|name| (name.clone(), name.clone())).collect();
    fit_topic_head(HERE, &topics, &rows.map_err(Failure::internal)?).map_err(Failure::internal)
}

/// What a head says of texts.
struct Applied {
    chances: Vec<Vec<f32>>,
    assigned: Vec<Vec<usize>>,
}

fn applied(
    classifier: &Classifier,
    fitted: &Fitted,
    rows: &[TopicRow],
) -> Result<Applied, Failure> {
    let chances = |row: &TopicRow| {
        let unit = classifier.vector("en", &RedactedText::from_public(&row.text))?;
        fitted.head.probabilities(&unit)
    };
    let chances: Result<Vec<_>, crate::model::ModelError> = rows.par_iter().map(chances).collect();
    let chances = chances.map_err(Failure::internal)?;
    let assign = |chances: &Vec<f32>| {
        fitted.head.assign(chances).into_iter().map(|topic| usize::from(topic.0)).collect()
    };
    Ok(Applied { assigned: chances.iter().map(assign).collect(), chances })
}
