//! Which places can be told apart.

use super::{
    comparison::NoiseCorrelation,
    difference::{Net, difference, simultaneous_quantile},
};
use crate::release::{Interval, Opinion};

/// One place in the order of its net sentiment.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked<'a> {
    /// The opinion ranked.
    pub opinion: &'a Opinion,
    /// Its net sentiment.
    pub net_sentiment: Interval,
    /// Letters of the groups it belongs to: two places that share a letter cannot be told apart.
    pub groups: String,
}

/// Sorts opinions by net sentiment, highest first, and letters the groups within which nobody can be
/// told apart: two share a letter if and only if they cannot. Opinions still measuring are left out,
/// but count as compared.
///
/// Two places differ when their [`difference`] leaves zero out of an interval that holds for all
/// pairs at once with 95 %.
///
/// # Source
/// The compact letter display of H.-P. Piepho, J. Comput. Graph. Stat. 13 (2004): insert and absorb.
pub fn ranking<'a>(opinions: &'a [Opinion], correlation: NoiseCorrelation<'_>) -> Vec<Ranked<'a>> {
    let mut ranked: Vec<(usize, Net, Ranked<'a>)> =
        opinions.iter().enumerate().filter_map(|(at, opinion)| placed(at, opinion)).collect();
    ranked.sort_by(|(_, _, a), (_, _, b)| b.net_sentiment.value.total_cmp(&a.net_sentiment.value));
    let z = simultaneous_quantile(opinions.len() * opinions.len().saturating_sub(1) / 2);
    let differ = |i: usize, j: usize| {
        let ((a, net, _), (b, other, _)) = (&ranked[i], &ranked[j]);
        difference(*net, *other, correlation(*a, *b), z).excludes(0.0)
    };
    let groups = alike(ranked.len(), differ);
    for (at, group) in groups.iter().enumerate() {
        let name = letter(at);
        for (_, (_, _, place)) in ranked.iter_mut().enumerate().filter(|(i, _)| group[*i]) {
            place.groups.push_str(&name);
        }
    }
    ranked.into_iter().map(|(_, _, place)| place).collect()
}

/// The largest groups of `count` places within which no two differ, the best places' first.
fn alike(count: usize, differ: impl Fn(usize, usize) -> bool) -> Vec<Vec<bool>> {
    let mut groups = vec![vec![true; count]];
    for i in 0..count {
        for j in i + 1..count {
            if differ(i, j) {
                groups = parted(groups, i, j);
            }
        }
    }
    groups.retain(|group| group.contains(&true));
    groups.sort_by_key(|group| {
        let ends = |found: Option<usize>| found.unwrap_or(count);
        (ends(group.iter().position(|is| *is)), ends(group.iter().rposition(|is| *is)))
    });
    groups
}

/// Puts `i` and `j` into no group together, and keeps no group that lies within another.
fn parted(groups: Vec<Vec<bool>>, i: usize, j: usize) -> Vec<Vec<bool>> {
    let (both, mut kept): (Vec<_>, Vec<_>) =
        groups.into_iter().partition(|group| group[i] && group[j]);
    for group in both {
        for out in [i, j] {
            let mut part = group.clone();
            part[out] = false;
            let within = |other: &Vec<bool>| part.iter().zip(other).all(|(is, has)| !is || *has);
            if !kept.iter().any(within) {
                kept.push(part);
            }
        }
    }
    kept
}

/// a to z, A to Z, then a2 to Z2, and so on.
fn letter(at: usize) -> String {
    let letters: Vec<char> = ('a'..='z').chain('A'..='Z').collect();
    let letter = letters[at % letters.len()];
    match at / letters.len() {
        0 => letter.to_string(),
        round => format!("{letter}{}", round + 1),
    }
}

fn placed(at: usize, opinion: &Opinion) -> Option<(usize, Net, Ranked<'_>)> {
    let net_sentiment = opinion.net_sentiment.estimate()?;
    Some((at, Net::of(opinion)?, Ranked { opinion, net_sentiment, groups: String::new() }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        privacy::Z_95,
        release::{Measure, voices},
    };

    /// A place of 100 voices with about that half-width.
    fn opinion(id: &str, value: f64, half: f64) -> Opinion {
        let estimate = Interval { value, low: value - half, high: value + half };
        let sigma = half * 100.0 / Z_95 / 2f64.sqrt();
        Opinion {
            district: None,
            neighborhood: Some(id.into()),
            topic: None,
            voices: voices(100.0, sigma * 3f64.sqrt()),
            net_sentiment: Measure::Estimate(estimate),
        }
    }

    fn letters(opinions: &[Opinion]) -> Vec<(String, String)> {
        ranking(opinions, &|_, _| 0.0)
            .into_iter()
            .map(|r| (r.opinion.neighborhood.clone().unwrap(), r.groups))
            .collect()
    }

    #[test]
    fn places_within_the_noise_share_a_letter_and_others_do_not() {
        let places =
            [opinion("low", -0.4, 0.1), opinion("mid", 0.30, 0.1), opinion("top", 0.35, 0.1)];
        let expected = [("top", "a"), ("mid", "a"), ("low", "b")];
        let expected = expected.map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(letters(&places), expected);
    }

    #[test]
    fn middle_place_can_be_alike_to_two_that_differ() {
        let places = [opinion("a", 0.3, 0.1), opinion("b", 0.15, 0.1), opinion("c", 0.0, 0.1)];
        let groups: Vec<_> = letters(&places).into_iter().map(|(_, g)| g).collect();
        assert_eq!(groups, ["a", "ab", "b"]);
    }

    #[test]
    fn wide_and_narrow_places_share_a_letter_exactly_where_they_are_not_told_apart() {
        let halves = [0.04, 0.40, 0.08, 0.30, 0.05, 0.22, 0.06, 0.5];
        let values = [0.30, 0.28, 0.20, 0.15, 0.05, -0.05, -0.10, -0.30];
        let places: Vec<Opinion> =
            (0..8).map(|i| opinion(&format!("place-{i}"), values[i], halves[i])).collect();
        let z = simultaneous_quantile(28);
        let ranked = ranking(&places, &|_, _| 0.0);
        let mut apart = 0;
        for (i, a) in ranked.iter().enumerate() {
            for b in &ranked[i + 1..] {
                let shared = a.groups.chars().any(|letter| b.groups.contains(letter));
                let (net, other) = (Net::of(a.opinion).unwrap(), Net::of(b.opinion).unwrap());
                let differ = difference(net, other, 0.0, z).excludes(0.0);
                assert_eq!(shared, !differ, "{} {}", a.groups, b.groups);
                apart += usize::from(differ);
            }
        }
        assert!((3..25).contains(&apart), "{apart} pairs differ: the test shows little");
    }

    #[test]
    fn place_still_measuring_is_not_ranked() {
        let mut place = opinion("a", 0.3, 0.1);
        place.net_sentiment = Measure::Measuring { voices_min: 40.0 };
        assert!(ranking(&[place], &|_, _| 0.0).is_empty());
    }
}
