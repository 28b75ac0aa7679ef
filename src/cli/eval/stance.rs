//! Whether text tells support from opposition to a named project, held against votes.
//!
//! In a Polis conversation people write statements and vote on those of others. Here a statement is
//! the project, its text the description, and what an author of another statement near in meaning
//! voted on it is the truth. Asked of the text: the tone of what the author wrote, that tone turned
//! round where the project itself complains, and a rule fitted on the other conversations.

use std::{collections::BTreeMap, path::Path};

use rayon::prelude::*;

use super::{
    super::Failure,
    corpora::{clean, table},
    measure::{bootstrap, macro_recall, share},
    report::Report,
};
use crate::{
    domain::Sentiment,
    model::{Classifier, LabelledVector, fit_topic_head},
    text::{Language, RedactedText},
};

/// English conversations with statements by their voters.
const CONVERSATIONS: [&str; 4] = [
    "american-assembly.bowling-green",
    "bg2050-volunteers",
    "scoop-hivemind.affordable-housing",
    "15-per-hour-seattle",
];
/// A statement is about the project when their vectors are as near as this.
const NEAR_MIN: f32 = 0.45;
/// Pairs of one conversation that are kept.
const PAIRS_MAX: usize = 3_000;

/// A statement as the model reads it.
struct Statement {
    author: String,
    unit: Vec<f32>,
    tone: i8,
    votes: BTreeMap<String, i8>,
}

/// What one author wrote, near a project on which the author voted.
struct Pair {
    conversation: usize,
    /// 0 opposes, 1 supports.
    truth: usize,
    tone: i8,
    project_tone: i8,
    features: Vec<f32>,
}

/// Measures text against votes.
pub(super) fn report(data: &Path, classifier: &Classifier) -> Result<Report, Failure> {
    let mut pairs = Vec::new();
    for (at, name) in CONVERSATIONS.iter().enumerate() {
        let statements = statements(&data.join("civic/polis").join(name), classifier)?;
        let mut found = of(&statements, at);
        let step = found.len().div_ceil(PAIRS_MAX).max(1);
        pairs.extend(found.drain(..).step_by(step));
    }
    let truth: Vec<usize> = pairs.iter().map(|pair| pair.truth).collect();
    let fitted = fitted(&pairs)?;
    let side = |sign: i8| usize::from(sign > 0);
    let said = |rule: &dyn Fn(&Pair) -> i8| -> Vec<i8> { pairs.iter().map(rule).collect() };
    let tone = said(&|pair| pair.tone);
    let turned = said(&|pair| if pair.project_tone < 0 { -pair.tone } else { pair.tone });
    let mut figures = vec![share("support among the votes", truth.iter().map(|truth| *truth == 1))];
    let fitted: Vec<i8> = fitted.iter().map(|chance| if *chance >= 0.5 { 1 } else { -1 }).collect();
    for (name, signs) in [
        ("tone alone", tone),
        ("tone, turned where the project complains", turned),
        ("a rule fitted on the other conversations", fitted),
    ] {
        let sided: Vec<usize> = (0..pairs.len()).filter(|row| signs[*row] != 0).collect();
        let truths: Vec<usize> = sided.iter().map(|row| truth[*row]).collect();
        let guesses: Vec<usize> = sided.iter().map(|row| side(signs[*row])).collect();
        figures.push(share(&format!("{name}: takes a side"), signs.iter().map(|sign| *sign != 0)));
        figures.push(bootstrap(&format!("{name}: macro recall"), sided.len(), |rows| {
            macro_recall(rows, &truths, &guesses, 2)
        }));
    }
    Ok(Report {
        set: "stance".into(),
        texts: pairs.len(),
        figures,
        confusion: None,
        groups: Vec::new(),
        notes: vec![
            "macro recall .5 is what a coin gives; pairs of one author or project are alike, so \
             the intervals are too narrow"
                .into(),
        ],
    })
}

fn statements(folder: &Path, classifier: &Classifier) -> Result<Vec<Statement>, Failure> {
    let mut votes: BTreeMap<String, BTreeMap<String, i8>> = BTreeMap::new();
    for row in table(&folder.join("participants-votes.csv"), b',', &["participant"])? {
        let voter = row["participant"].clone();
        for (column, value) in row {
            let vote = match value.as_str() {
                "1" => 1,
                "-1" => -1,
                _ => continue,
            };
            if column.bytes().all(|b| b.is_ascii_digit()) {
                votes.entry(column).or_default().insert(voter.clone(), vote);
            }
        }
    }
    let columns = ["comment-id", "author-id", "comment-body"];
    let rows = table(&folder.join("comments.csv"), b',', &columns)?;
    let read = |row: &BTreeMap<String, String>| {
        let text = RedactedText::from_public(&clean(&row["comment-body"]));
        if Language::of(&text) != Language::ENGLISH {
            return None;
        }
        let reading = classifier.read_as("en", &text);
        Some(reading.and_then(|reading| {
            let tone = match reading.labels.sentiment {
                Sentiment::Positive => 1,
                Sentiment::Negative => -1,
                _ => 0,
            };
            let votes = votes.get(&row["comment-id"]).cloned();
            Ok(Statement {
                author: row["author-id"].clone(),
                unit: classifier.vector("en", &text)?,
                tone,
                votes: votes.unwrap_or_default(),
            })
        }))
    };
    let read: Result<Vec<_>, _> = rows.par_iter().filter_map(read).collect();
    read.map_err(Failure::internal)
}

fn of(statements: &[Statement], conversation: usize) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for project in statements {
        for own in statements {
            let Some(vote) = project.votes.get(&own.author) else { continue };
            let products = own.unit.iter().zip(&project.unit).map(|(a, b)| a * b);
            let near: f32 = products.clone().sum();
            if own.author == project.author || near < NEAR_MIN {
                continue;
            }
            let apart = own.unit.iter().zip(&project.unit).map(|(a, b)| (a - b).abs());
            let tones = [f32::from(own.tone), f32::from(project.tone)];
            let turned = tones[0] * tones[1];
            let features = products.map(|x| 10.0 * x).chain(apart).chain(tones).chain([turned]);
            pairs.push(Pair {
                conversation,
                truth: usize::from(*vote > 0),
                tone: own.tone,
                project_tone: project.tone,
                features: features.collect(),
            });
        }
    }
    pairs
}

/// For each pair the chance of support by a rule that saw no pair of its conversation, with both
/// sides weighing the same.
fn fitted(pairs: &[Pair]) -> Result<Vec<f32>, Failure> {
    let mut chances = vec![0.5; pairs.len()];
    for held in 0..CONVERSATIONS.len() {
        let others = || pairs.iter().filter(|pair| pair.conversation != held);
        let against = others().filter(|pair| pair.truth == 0).count();
        let mut kept = 0;
        let rows: Vec<LabelledVector> = others()
            .filter(|pair| {
                kept += pair.truth;
                pair.truth == 0 || kept <= against
            })
            .map(|pair| LabelledVector {
                unit: pair.features.clone(),
                topics: if pair.truth == 1 { vec![0] } else { vec![] },
            })
            .collect();
        let topic = [("support".to_owned(), "Support".to_owned())];
        let fitted = fit_topic_head("stance", &topic, &rows).map_err(Failure::internal)?;
        for (pair, chance) in pairs.iter().zip(&mut chances) {
            if pair.conversation == held {
                let found = fitted.head.probabilities(&pair.features).map_err(Failure::internal)?;
                *chance = found[0];
            }
        }
    }
    Ok(chances)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(author: &str, unit: [f32; 2], tone: i8, votes: &[(&str, i8)]) -> Statement {
        let votes = votes.iter().map(|(voter, vote)| ((*voter).to_owned(), *vote)).collect();
        Statement { author: author.into(), unit: unit.into(), tone, votes }
    }

    #[test]
    fn pair_is_what_a_voter_wrote_near_the_project_of_another() {
        let statements = [
            statement("a", [1.0, 0.0], 1, &[("a", 1), ("b", -1), ("c", 1)]),
            statement("b", [0.9, 0.1], -1, &[]),
            statement("c", [0.0, 1.0], -1, &[]),
        ];
        let found = of(&statements, 2);
        assert_eq!(found.len(), 1, "the own statement and the far one make none");
        assert_eq!((found[0].truth, found[0].tone, found[0].conversation), (0, -1, 2));
    }
}
