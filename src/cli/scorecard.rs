//! `undertone redact --scorecard`: recall, full, leak and over on texts whose spans are known.

use std::{collections::BTreeMap, fmt::Write as _, path::Path};

use rayon::prelude::*;
use serde::Serialize;

use super::{Failure, gold::GoldFile, out};
use crate::{
    domain::Sensitive,
    text::{GoldText, Redactor, Score, Scorecard},
};

/// Texts redacted together; bounds what is held in memory.
const BATCH_TEXTS_MAX: usize = 1_024;

/// Runs the command.
pub(super) fn run(
    redactor: &Redactor,
    gold: &Path,
    types: &[String],
    json: bool,
) -> Result<(), Failure> {
    let card = scored(redactor, gold, types)?;
    if json { out::json(&Report::of(&card)) } else { out::text(&told(&card)) }
}

fn scored(redactor: &Redactor, gold: &Path, types: &[String]) -> Result<Scorecard, Failure> {
    let mut file = GoldFile::open(gold)?;
    let mut card = Scorecard::of_types(types.iter().cloned());
    loop {
        let batch = file.by_ref().take(BATCH_TEXTS_MAX).collect::<Result<Vec<_>, _>>()?;
        if batch.is_empty() {
            return Ok(card);
        }
        let hidden: Vec<_> = batch.par_iter().map(|(_, gold)| hidden(redactor, gold)).collect();
        for ((line, gold), hidden) in batch.iter().zip(&hidden) {
            card.add(gold, hidden).map_err(|e| file.fault(*line, e))?;
        }
    }
}

fn hidden(redactor: &Redactor, gold: &GoldText) -> Vec<std::ops::Range<usize>> {
    let text = Sensitive::new(gold.text.clone());
    let spans = redactor.redact(&text).code_points(&text);
    spans.into_iter().map(|span| span.start..span.end).collect()
}

/// The card as people read it; the first line is the one of the field's scorers.
fn told(card: &Scorecard) -> String {
    let four = |rate: Option<f64>| rate.map_or_else(|| "-".to_owned(), |rate| format!("{rate:.4}"));
    let line = |score: &Score| {
        format!(
            "recall {}  full {}  leak {}  over {}  keeps {}/{}  texts {}",
            four(score.recall()),
            four(score.full()),
            four(score.leak()),
            four(score.over()),
            score.keeps_touched,
            score.keeps,
            score.texts
        )
    };
    let mut told = line(&card.total) + "\n";
    let mut types: Vec<_> = card.by_type.iter().collect();
    types.sort_by_key(|(name, score)| (std::cmp::Reverse(score.spans), *name));
    for (name, score) in types {
        let (recall, full) = (four(score.recall()), four(score.full()));
        let _ = writeln!(told, "  {name:14} n {:5}  recall {recall}  full {full}", score.spans);
    }
    for (title, scores) in [("case", &card.by_case), ("language", &card.by_language)] {
        let _ = writeln!(told, "by {title}");
        for (name, score) in scores {
            let _ = writeln!(told, "  {name:20} {}", line(score));
        }
    }
    told
}

#[derive(Serialize)]
struct Report<'a> {
    #[serde(flatten)]
    total: Rates,
    types: BTreeMap<&'a str, TypeRates>,
    cases: BTreeMap<&'a str, Rates>,
    languages: BTreeMap<&'a str, Rates>,
}

/// Shares; null where there is nothing to share.
#[derive(Serialize)]
struct Rates {
    recall: Option<f64>,
    full: Option<f64>,
    leak: Option<f64>,
    over: Option<f64>,
    keeps_touched: u64,
    keeps: u64,
    spans: u64,
    texts: u64,
}

#[derive(Serialize)]
struct TypeRates {
    recall: Option<f64>,
    full: Option<f64>,
    spans: u64,
}

impl<'a> Report<'a> {
    fn of(card: &'a Scorecard) -> Self {
        let rates = |scores: &'a BTreeMap<String, Score>| {
            scores.iter().map(|(name, score)| (name.as_str(), Rates::of(score))).collect()
        };
        let of_type = |score: &Score| TypeRates {
            recall: score.recall(),
            full: score.full(),
            spans: score.spans,
        };
        Self {
            total: Rates::of(&card.total),
            types: card.by_type.iter().map(|(name, s)| (name.as_str(), of_type(s))).collect(),
            cases: rates(&card.by_case),
            languages: rates(&card.by_language),
        }
    }
}

impl Rates {
    fn of(score: &Score) -> Self {
        Self {
            recall: score.recall(),
            full: score.full(),
            leak: score.leak(),
            over: score.over(),
            keeps_touched: score.keeps_touched,
            keeps: score.keeps,
            spans: score.spans,
            texts: score.texts,
        }
    }
}
