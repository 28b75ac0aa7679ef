//! Who differs from whom: the places of one release among each other, or one place in two windows.

use serde::Serialize;

use super::difference::{CONFIDENCE, Net, difference, simultaneous_quantile};
use crate::{
    domain::{Level, NamedKey},
    privacy::{LevelNoise, Node, PlaceTree},
    release::{Document, Interval, Opinion},
};

/// Correlation of the noise of two opinions, by their index, in one and the same tone.
pub type NoiseCorrelation<'a> = &'a dyn Fn(usize, usize) -> f64;

/// The correlation of the opinions of `document`: none between raw cells, each of which has noise of
/// its own; where levels of place were reconciled, that of two places in one topic.
pub fn noise_correlation(document: &Document) -> impl Fn(usize, usize) -> f64 {
    let tree = tree(document);
    let place = |opinion: &Opinion| {
        let is = |key: &NamedKey| opinion.neighborhood.as_deref() == Some(key.id.as_str());
        (document.keys.neighborhoods.iter().position(is), opinion.topic.clone())
    };
    let places: Vec<_> = document.opinions.iter().map(place).collect();
    move |a, b| {
        let ((Some(i), topic), (Some(j), other), Some(tree)) = (&places[a], &places[b], &tree)
        else {
            return 0.0;
        };
        if topic == other { tree.correlation(Node::Leaf(*i), Node::Leaf(*j)) } else { 0.0 }
    }
}

/// The places as measured, where there is more than one level.
fn tree(document: &Document) -> Option<PlaceTree> {
    let variance = |sigma_voices: f64| sigma_voices * sigma_voices;
    let wider = |level: Level| {
        let scale = document.privacy.wider_levels.iter().find(|scale| scale.level == level)?;
        Some(variance(scale.sigma_voices))
    };
    let noise = LevelNoise {
        leaf: variance(document.privacy.sigma_voices),
        district: wider(Level::District),
        city: wider(Level::City),
    };
    if noise.district.is_none() && noise.city.is_none() {
        return None;
    }
    let districts = document.keys.district_of().ok()?;
    let district_of = noise.district.map(|_| districts.as_slice());
    PlaceTree::new(document.keys.neighborhoods.len(), district_of, noise).ok()
}

/// Differences whose intervals hold all at once.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// Comparisons asked for, those with a measuring side included: their number must not depend on
    /// what the noise let through.
    pub comparisons: usize,
    /// The chance that every interval holds.
    pub confidence: f64,
    /// The normal quantile that each interval is made with.
    pub quantile: f64,
    /// Each difference that can be given, in the order asked.
    pub pairs: Vec<Pair>,
    /// What is left out because it is measuring: too few voices.
    pub measuring: Vec<String>,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pair {
    /// Minuend.
    pub first: String,
    /// Subtrahend.
    pub second: String,
    /// First - second, from -2 to 2.
    pub difference: Interval,
}

impl Pair {
    /// Whether the noise does not explain the difference.
    pub fn apart(&self) -> bool {
        self.difference.excludes(0.0)
    }
}

/// One side of a comparison: its name, and what was published of it.
#[derive(Clone, Debug)]
struct Side {
    name: String,
    net: Option<Net>,
}

/// Compares the opinions of one release, each with each; `chosen` says which by their index.
pub fn between_places(document: &Document, chosen: &[usize]) -> Comparison {
    let correlation = noise_correlation(document);
    let sides: Vec<Side> =
        chosen.iter().map(|at| side(document, &document.opinions[*at])).collect();
    each_with_each(&sides, &|i, j| correlation(chosen[i], chosen[j]))
}

/// Compares opinions of `later` with the same in `earlier`, another release of the same family;
/// `chosen` says which by their index. The noise of two releases is independent.
pub fn between_windows(later: &Document, earlier: &Document, chosen: &[usize]) -> Comparison {
    let same = |opinion: &Opinion| {
        let key = |o: &Opinion| (o.neighborhood.clone(), o.topic.clone());
        earlier.opinions.iter().find(|other| key(other) == key(opinion))
    };
    let both: Vec<(Side, Side)> = chosen
        .iter()
        .map(|at| &later.opinions[*at])
        .filter_map(|opinion| Some((side(later, opinion), side(earlier, same(opinion)?))))
        .collect();
    each_with_itself(&both)
}

/// The public name of an opinion: its place, its topic, or both.
pub fn opinion_name(document: &Document, opinion: &Opinion) -> String {
    let keys = &document.keys;
    let parts = [
        opinion.neighborhood.as_ref().map(|id| (id, &keys.neighborhoods)),
        opinion.topic.as_ref().map(|id| (id, &keys.topics)),
    ];
    let name = |(id, keys): (&String, &Vec<NamedKey>)| {
        keys.iter().find(|key| key.id == *id).map_or_else(|| id.clone(), |key| key.name.clone())
    };
    let names: Vec<String> = parts.into_iter().flatten().map(name).collect();
    if names.is_empty() { "the whole city".to_owned() } else { names.join(": ") }
}

fn side(document: &Document, opinion: &Opinion) -> Side {
    Side { name: opinion_name(document, opinion), net: Net::of(opinion) }
}

fn pair(first: &Side, second: &Side, correlation: f64, z: f64) -> Option<Pair> {
    let difference = difference(first.net?, second.net?, correlation, z);
    Some(Pair { first: first.name.clone(), second: second.name.clone(), difference })
}

fn each_with_each(sides: &[Side], correlation: NoiseCorrelation<'_>) -> Comparison {
    let comparisons = sides.len() * sides.len().saturating_sub(1) / 2;
    let z = simultaneous_quantile(comparisons);
    let mut pairs = Vec::new();
    for (i, first) in sides.iter().enumerate() {
        for (j, second) in sides.iter().enumerate().skip(i + 1) {
            pairs.extend(pair(first, second, correlation(i, j), z));
        }
    }
    let waits = |side: &Side| side.net.is_none().then(|| side.name.clone());
    let measuring = sides.iter().filter_map(waits).collect();
    Comparison { comparisons, confidence: CONFIDENCE, quantile: z, pairs, measuring }
}

fn each_with_itself(both: &[(Side, Side)]) -> Comparison {
    let z = simultaneous_quantile(both.len());
    let pairs = both.iter().filter_map(|(now, then)| pair(now, then, 0.0, z)).collect();
    let waits = |(now, then): &(Side, Side)| {
        (now.net.is_none() || then.net.is_none()).then(|| now.name.clone())
    };
    let measuring = both.iter().filter_map(waits).collect();
    Comparison { comparisons: both.len(), confidence: CONFIDENCE, quantile: z, pairs, measuring }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(name: &str, ratio: Option<f64>) -> Side {
        let net = ratio.map(|ratio| Net { ratio, voices: 200.0, sigma: 4.0 });
        Side { name: name.into(), net }
    }

    #[test]
    fn places_are_compared_each_with_each_and_measuring_ones_named_but_counted() {
        let sides = [side("Harbor", Some(0.4)), side("Oak Hill", Some(0.1)), side("Mill", None)];
        let got = each_with_each(&sides, &|_, _| 0.0);
        assert_eq!((got.comparisons, got.pairs.len()), (3, 1));
        assert_eq!(got.measuring, ["Mill"]);
        assert!((got.pairs[0].difference.value - 0.3).abs() < 1e-12 && got.pairs[0].apart());
        assert_eq!(got.quantile, simultaneous_quantile(3));
    }

    #[test]
    fn correlation_is_asked_for_the_pair_compared() {
        let sides = [side("a", Some(0.3)), side("b", Some(0.3)), side("c", Some(0.3))];
        let got = each_with_each(&sides, &|i, j| if (i, j) == (0, 2) { 0.9 } else { 0.0 });
        let width = |at: usize| got.pairs[at].difference.half_width();
        assert!(width(1) < width(0) && width(0) == width(2), "{:?}", got.pairs);
    }

    #[test]
    fn place_measuring_in_either_window_is_named_and_still_counted() {
        let both = [
            (side("a", Some(0.3)), side("a", Some(-0.3))),
            (side("b", Some(0.3)), side("b", None)),
        ];
        let got = each_with_itself(&both);
        assert_eq!((got.comparisons, got.pairs.len()), (2, 1));
        assert_eq!(got.measuring, ["b"]);
        assert!((got.pairs[0].difference.value - 0.6).abs() < 1e-12, "later less earlier");
    }
}
