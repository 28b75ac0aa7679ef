//! Which places can be told apart.

use statrs::distribution::{ContinuousCDF, Normal};

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
/// opinions still measuring are left out.
///
/// Two places differ when their difference leaves zero out of an interval that holds for all pairs
/// at once with 95 % (Bonferroni over the pairs).
///
/// # Source
/// The compact letter display of H.-P. Piepho, J. Comput. Graph. Stat. 13 (2004), for places in
/// order of their estimate.
pub fn ranking(opinions: &[Opinion]) -> Vec<Ranked<'_>> {
    let mut ranked: Vec<Ranked<'_>> = opinions
        .iter()
        .filter_map(|opinion| {
            let net_sentiment = opinion.net_sentiment.estimate()?;
            Some(Ranked { opinion, net_sentiment, groups: String::new() })
        })
        .collect();
    ranked.sort_by(|a, b| b.net_sentiment.value.total_cmp(&a.net_sentiment.value));
    let factor = simultaneous_factor(ranked.len());
    let mut covered = 0;
    let mut letters = ('a'..='z').chain('A'..='Z').cycle();
    for first in 0..ranked.len() {
        let alike =
            |other: &&Ranked<'_>| !differ(ranked[first].net_sentiment, other.net_sentiment, factor);
        let last = first + ranked[first..].iter().take_while(alike).count();
        if last > covered {
            let letter = letters.next().unwrap_or('?');
            ranked[first..last].iter_mut().for_each(|place| place.groups.push(letter));
            covered = last;
        }
    }
    ranked
}

/// Ratio of the simultaneous quantile over all pairs of `places` to the single 95 % quantile.
fn simultaneous_factor(places: usize) -> f64 {
    let pairs = (places * places.saturating_sub(1) / 2).max(1) as f64;
    let quantile = |alpha: f64| Normal::standard().inverse_cdf(1.0 - alpha / 2.0);
    quantile(0.05 / pairs) / quantile(0.05)
}

fn differ(a: Interval, b: Interval, factor: f64) -> bool {
    let half = (a.half_width().powi(2) + b.half_width().powi(2)).sqrt() * factor;
    (a.value - b.value).abs() > half
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::release::{Measure, voices};

    fn opinion(id: &str, value: f64, half: f64) -> Opinion {
        let estimate = Interval { value, low: value - half, high: value + half };
        Opinion {
            district: None,
            neighborhood: Some(id.into()),
            topic: None,
            voices: voices(100.0, 5.0),
            net_sentiment: Measure::Estimate(estimate),
        }
    }

    fn letters(opinions: &[Opinion]) -> Vec<(String, String)> {
        ranking(opinions)
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
        assert!(ranking(&[place]).is_empty());
    }
}
