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

/// Sorts opinions by net sentiment, highest first, and letters the runs that cannot be told apart;
/// opinions still measuring are left out, but count as compared.
///
/// Two places differ when their [`difference`] leaves zero out of an interval that holds for all
/// pairs at once with 95 %.
///
/// # Source
/// The compact letter display of H.-P. Piepho, J. Comput. Graph. Stat. 13 (2004), for places in
/// order of their estimate.
pub fn ranking<'a>(opinions: &'a [Opinion], correlation: NoiseCorrelation<'_>) -> Vec<Ranked<'a>> {
    let mut ranked: Vec<(usize, Net, Ranked<'a>)> =
        opinions.iter().enumerate().filter_map(|(at, opinion)| placed(at, opinion)).collect();
    ranked.sort_by(|(_, _, a), (_, _, b)| b.net_sentiment.value.total_cmp(&a.net_sentiment.value));
    let z = simultaneous_quantile(opinions.len() * opinions.len().saturating_sub(1) / 2);
    let mut covered = 0;
    let mut letters = ('a'..='z').chain('A'..='Z').cycle();
    for first in 0..ranked.len() {
        let (at, net) = (ranked[first].0, ranked[first].1);
        let alike = |(other, other_net, _): &&(usize, Net, Ranked<'a>)| {
            *other == at || !difference(net, *other_net, correlation(at, *other), z).excludes(0.0)
        };
        let last = first + ranked[first..].iter().take_while(alike).count();
        if last > covered {
            let letter = letters.next().unwrap_or('?');
            ranked[first..last].iter_mut().for_each(|(_, _, place)| place.groups.push(letter));
            covered = last;
        }
    }
    ranked.into_iter().map(|(_, _, place)| place).collect()
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
    fn place_still_measuring_is_not_ranked() {
        let mut place = opinion("a", 0.3, 0.1);
        place.net_sentiment = Measure::Measuring { voices_min: 40.0 };
        assert!(ranking(&[place], &|_, _| 0.0).is_empty());
    }
}
