//! Topics that the matcher can hardly tell apart, found before a comment is read.

use rayon::prelude::*;

use super::{Classifier, ModelError, TopicSpec};
use crate::text::RedactedText;

/// One topic whose phrases lie nearer to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Overlap {
    /// Position of the topic in the list.
    pub topic: usize,
    /// Position of the one that its phrases are taken for.
    pub taken_for: usize,
    /// The phrases that are.
    pub phrases: Vec<String>,
    /// Share of its phrases.
    pub share: f64,
    /// Cosine of the means of both topics' phrases.
    pub likeness: f64,
}

/// Every pair of topics of which one has a phrase that lies nearer to the other, the phrase itself
/// left out of its own topic; the largest share first. As the first language that is read sees them.
///
/// # Errors
/// When a phrase cannot be read.
pub fn overlaps(classifier: &Classifier, topics: &[TopicSpec]) -> Result<Vec<Overlap>, ModelError> {
    let language = classifier.languages().codes().first().copied().unwrap_or_default();
    let read = |topic: &TopicSpec| {
        let vector = |phrase: String| {
            let unit = classifier.vector(language, &RedactedText::from_public(&phrase))?;
            Ok((phrase, unit))
        };
        topic.phrases().map(vector).collect::<Result<Vec<_>, ModelError>>()
    };
    let phrases: Result<Vec<_>, _> = topics.par_iter().map(read).collect();
    Ok(found(&phrases?))
}

type Phrase = (String, Vec<f32>);

fn found(topics: &[Vec<Phrase>]) -> Vec<Overlap> {
    let mut out: Vec<Overlap> = Vec::new();
    for (at, own) in topics.iter().enumerate() {
        if own.len() < 2 {
            continue; // one phrase alone has no rest to lie near to
        }
        for (index, (phrase, unit)) in own.iter().enumerate() {
            let left_out = |topic: usize| (topic == at).then_some(index);
            let near = |topic: usize| nearness(unit, &topics[topic], left_out(topic));
            let best = (0..topics.len()).max_by(|&a, &b| near(a).total_cmp(&near(b)));
            let Some(best) = best.filter(|best| *best != at) else { continue };
            match out.iter_mut().find(|pair| pair.topic == at && pair.taken_for == best) {
                Some(pair) => pair.phrases.push(phrase.clone()),
                None => out.push(Overlap {
                    topic: at,
                    taken_for: best,
                    phrases: vec![phrase.clone()],
                    share: 0.0,
                    likeness: f64::from(cosine(&mean(own, None), &mean(&topics[best], None))),
                }),
            }
        }
    }
    for pair in &mut out {
        pair.share = pair.phrases.len() as f64 / topics[pair.topic].len() as f64;
    }
    out.sort_by(|a, b| b.share.total_cmp(&a.share).then(a.topic.cmp(&b.topic)));
    out
}

/// The mean of the nearest phrase and of all of them, as the matcher weighs a text.
fn nearness(unit: &[f32], topic: &[Phrase], left_out: Option<usize>) -> f32 {
    let rest = topic.iter().enumerate().filter(|(at, _)| Some(*at) != left_out);
    let nearest = rest.map(|(_, (_, other))| cosine(unit, other)).fold(-1.0, f32::max);
    f32::midpoint(nearest, cosine(unit, &mean(topic, left_out)))
}

fn mean(topic: &[Phrase], left_out: Option<usize>) -> Vec<f32> {
    let mut sum = vec![0.0; topic.first().map_or(0, |(_, unit)| unit.len())];
    for (_, (_, unit)) in topic.iter().enumerate().filter(|(at, _)| Some(*at) != left_out) {
        sum.iter_mut().zip(unit).for_each(|(sum, value)| *sum += value);
    }
    sum
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| -> f32 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f32::MIN_POSITIVE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(phrases: &[(&str, [f32; 2])]) -> Vec<Phrase> {
        phrases.iter().map(|(text, unit)| ((*text).to_owned(), unit.to_vec())).collect()
    }

    #[test]
    fn phrase_nearer_to_another_topic_is_told_with_its_share() {
        let topics = [
            topic(&[("a1", [1.0, 0.0]), ("a2", [0.95, 0.05]), ("stray", [0.05, 1.0])]),
            topic(&[("b1", [0.0, 1.0]), ("b2", [0.1, 0.9])]),
        ];
        let found = found(&topics);
        assert_eq!(found.len(), 1);
        let pair = &found[0];
        assert_eq!((pair.topic, pair.taken_for, &pair.phrases[..]), (0, 1, &["stray".into()][..]));
        assert!((pair.share - 1.0 / 3.0).abs() < 1e-9 && pair.likeness < 0.9);
    }

    #[test]
    fn topics_apart_and_a_topic_of_one_phrase_overlap_nothing() {
        let apart = [
            topic(&[("a1", [1.0, 0.0]), ("a2", [0.9, 0.1])]),
            topic(&[("b1", [0.0, 1.0]), ("b2", [0.1, 0.9])]),
            topic(&[("alone", [0.0, 1.0])]),
        ];
        assert!(found(&apart[..2]).is_empty());
        assert!(found(&apart).iter().all(|pair| pair.topic != 2));
    }
}
