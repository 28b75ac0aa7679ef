//! Tone on sets of which somebody said how each text sounds.

use std::path::Path;

use rayon::prelude::*;

use super::{
    super::Failure,
    corpora::{self, ToneRow},
    groups::groups,
    measure::{
        BY_CHANCE, Figure, Wanted, bootstrap, calibration_error, calibration_of_chance, macro_f1,
        macro_recall, share,
    },
    report::Report,
};
use crate::{
    domain::Sentiment,
    model::{Classifier, Reading, TopicSpec},
    text::{Language, RedactedText},
};

/// Largest calibration error that is asked for.
const CALIBRATION_MAX: f64 = 0.05;

/// A published set with tones.
#[derive(Clone, Copy)]
pub(super) struct ToneSet {
    /// Its name in reports.
    pub name: &'static str,
    /// What kind of text it holds.
    pub source: &'static str,
    /// Its language, by ISO 639-1 code.
    pub language: &'static str,
    /// The language whose encoder reads it.
    pub by: &'static str,
    /// Its folder among the tone sets, where it has one of its own.
    pub folder: &'static str,
    /// Macro recall asked of it.
    pub recall_min: Option<f64>,
    /// Macro F1 asked of it.
    pub f1_min: Option<f64>,
    /// Whether the texts with an opinion are measured by themselves too.
    pub two_tones: bool,
}

/// A set of English posts of which nothing is asked; the others are told by what differs.
const PLAIN: ToneSet = ToneSet {
    name: "",
    source: "posts",
    language: "en",
    by: "en",
    folder: "",
    recall_min: None,
    f1_min: None,
    two_tones: false,
};
pub(super) const TWEETEVAL: ToneSet =
    ToneSet { name: "tweeteval", folder: "tweeteval-dev", recall_min: Some(0.75), ..PLAIN };
pub(super) const UMSAB_SPANISH: ToneSet =
    ToneSet { f1_min: Some(0.62), ..umsab("umsab, Spanish", "umsab/spanish", "es") };
/// The posts of six languages; those that the product leaves unread are read by the encoder of Spanish,
/// which was made for several.
pub(super) const UMSAB: [ToneSet; 7] = [
    ToneSet { by: "en", ..umsab("umsab", "umsab/english", "en") },
    UMSAB_SPANISH,
    umsab("umsab, Portuguese", "umsab/portuguese", "pt"),
    umsab("umsab, French", "umsab/french", "fr"),
    umsab("umsab, Italian", "umsab/italian", "it"),
    umsab("umsab, German", "umsab/german", "de"),
    umsab("umsab, English by the encoder of Spanish", "umsab/english", "en"),
];
pub(super) const SENTIHOOD: ToneSet =
    ToneSet { name: "sentihood-tone", source: "comments", two_tones: true, ..PLAIN };
pub(super) const OWN: [ToneSet; 2] = [
    ToneSet { name: "own sentences", source: "comments", ..PLAIN },
    ToneSet {
        name: "own sentences, Spanish",
        source: "comments",
        language: "es",
        by: "es",
        ..PLAIN
    },
];

const fn umsab(name: &'static str, folder: &'static str, language: &'static str) -> ToneSet {
    ToneSet { name, folder, language, by: "es", ..PLAIN }
}

impl ToneSet {
    /// Reads the set.
    pub fn rows(self, data: &Path) -> Result<Vec<ToneRow>, Failure> {
        match self.folder {
            "" => corpora::sentihood_tones(data, "dev"),
            folder => corpora::pairs(data, folder, "val"),
        }
    }
}

/// What the model said of a set.
pub(super) struct Told {
    pub truth: Vec<usize>,
    pub guess: Vec<usize>,
    pub chances: Vec<[f32; 3]>,
    pub topics: Vec<Vec<String>>,
}

impl Told {
    /// Reads every text by the encoder of one language.
    pub fn of(
        classifier: &Classifier,
        specs: &[TopicSpec],
        rows: &[ToneRow],
        by: &str,
    ) -> Result<Self, Failure> {
        let read = |row: &ToneRow| classifier.read_as(by, &RedactedText::from_public(&row.text));
        let readings: Result<Vec<_>, _> = rows.par_iter().map(read).collect();
        let readings = readings.map_err(Failure::internal)?;
        let id = |at: u16| specs.get(usize::from(at)).map_or("other", |spec| &spec.id).to_owned();
        let topics =
            |reading: &Reading| reading.labels.topics.iter().map(|topic| id(topic.0)).collect();
        Ok(Self {
            truth: rows.iter().map(|row| row.tone).collect(),
            guess: readings.iter().map(|reading| tone(reading.labels.sentiment)).collect(),
            chances: readings.iter().map(|reading| reading.sentiment).collect(),
            topics: readings.iter().map(topics).collect(),
        })
    }

    /// Rows are the truth, columns the guess.
    pub fn confusion(&self) -> [[u32; 3]; 3] {
        let mut found = [[0; 3]; 3];
        self.truth.iter().zip(&self.guess).for_each(|(t, g)| found[*t][*g] += 1);
        found
    }

    fn right(&self) -> Vec<bool> {
        self.truth.iter().zip(&self.guess).map(|(t, g)| t == g).collect()
    }
}

fn tone(sentiment: Sentiment) -> usize {
    Sentiment::READ.iter().position(|tone| *tone == sentiment).unwrap_or(1)
}

/// Measures the rows of a set.
pub(super) fn report(
    set: ToneSet,
    rows: &[ToneRow],
    classifier: &Classifier,
    specs: &[TopicSpec],
) -> Result<Report, Failure> {
    let told = Told::of(classifier, specs, rows, set.by)?;
    let right = told.right();
    let texts: Vec<&str> = rows.iter().map(|row| row.text.as_str()).collect();
    let unread = texts
        .iter()
        .map(|text| Language::of(&RedactedText::from_public(text)).code() != set.language);
    let mut figures = vec![recall(&told, set.recall_min)];
    figures.push(share("right", right.iter().copied()));
    let f1 = bootstrap("macro F1", rows.len(), |rows| {
        macro_f1(rows, 3, |row, class| (told.truth[row] == class, told.guess[row] == class))
    });
    figures.push(set.f1_min.map_or(f1.clone(), |least| f1.wanted(Wanted::AtLeast(least))));
    if set.two_tones {
        figures.push(two_tones(&told).wanted(Wanted::AtLeast(0.90)));
    }
    figures.extend(calibration(&told, &right));
    figures.push(share("taken for another language", unread));
    Ok(Report {
        set: set.name.to_owned(),
        texts: rows.len(),
        figures,
        confusion: Some(told.confusion()),
        groups: groups(&texts, &told.topics, &right, set.language),
        notes: Vec::new(),
    })
}

fn recall(told: &Told, wanted: Option<f64>) -> Figure {
    let rule = |rows: &[usize]| macro_recall(rows, &told.truth, &told.guess, 3);
    let figure = bootstrap("macro recall", told.truth.len(), rule);
    wanted.map_or(figure.clone(), |least| figure.wanted(Wanted::AtLeast(least)))
}

/// Of the texts with an opinion, those whose likelier of the two tones is the right one.
fn two_tones(told: &Told) -> Figure {
    let rows = told.truth.iter().zip(&told.chances).filter(|(truth, _)| **truth != 1);
    let right = rows.map(|(truth, [negative, _, positive])| (*truth == 2) == (positive > negative));
    share("right of two tones, texts with an opinion", right)
}

/// The calibration error, and what of it is chance.
fn calibration(told: &Told, right: &[bool]) -> [Figure; 2] {
    let top: Vec<f32> =
        told.chances.iter().map(|chances| chances.iter().copied().fold(0.0, f32::max)).collect();
    let found =
        bootstrap("calibration error", right.len(), |rows| calibration_error(rows, &top, right));
    [found.wanted(Wanted::AtMost(CALIBRATION_MAX)), calibration_of_chance(BY_CHANCE, &top)]
}
