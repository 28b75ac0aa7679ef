//! Alerts: a released change beyond its interval. Nothing fires on a count, exact or noisy.

use serde::{Deserialize, Serialize};

use super::{
    comparison::{between_windows, opinion_name},
    silent::Subject,
    words::{About, Message},
};
use crate::release::{Document, Interval, Opinion};

/// What somebody wants to be told of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// Id; names its file.
    pub id: String,
    /// Family whose releases are compared.
    pub family: String,
    /// Neighbourhoods; none for all.
    pub neighborhoods: Vec<String>,
    /// Topics; none for all.
    pub topics: Vec<String>,
    /// How many releases of the family lie between the two compared, the later one included.
    pub back: usize,
}

/// A change that fired.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fired {
    /// Id of the alert.
    pub alert: String,
    /// Release with the later window.
    pub release_id: String,
    /// Release with the earlier window.
    pub against: String,
    /// Neighbourhood id, where the family groups by it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub neighborhood: Option<String>,
    /// Topic id, where the family groups by it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub topic: Option<String>,
    /// Its name.
    pub name: String,
    /// First day of the later window, first day after it, and first day of the earlier one.
    pub days: [String; 3],
    /// Later less earlier net sentiment; the intervals of all places and topics compared hold at once.
    pub difference: Interval,
}

impl Fired {
    /// What makes it the same alert when everything is looked at again.
    pub fn key(&self) -> [Option<&str>; 5] {
        [
            Some(&self.alert),
            Some(&self.release_id),
            Some(&self.against),
            self.neighborhood.as_deref(),
            self.topic.as_deref(),
        ]
    }

    /// Of what it tells.
    pub fn subject(&self) -> Subject {
        Subject { neighborhood: self.neighborhood.clone(), topic: self.topic.clone() }
    }

    /// Its sentence.
    pub fn message(&self) -> Message {
        let [from, until, earlier_from] = self.days.clone();
        let about = About { place: Some(self.name.clone()), topic: None };
        Message::Changed { about, difference: self.difference, from, until, earlier_from }
    }
}

impl Alert {
    /// Every change that fired in the published releases, the oldest first. The same releases give the
    /// same alerts: the noise was drawn long ago.
    ///
    /// Within one release all compared intervals hold together with 95 %, so one release in twenty may
    /// fire without cause.
    pub fn fired(&self, documents: &[&Document]) -> Vec<Fired> {
        let mut releases: Vec<&Document> = documents
            .iter()
            .copied()
            .filter(|document| document.family.id == self.family)
            .collect();
        releases.sort_by_key(|document| document.window.last);
        let pairs = releases.iter().zip(releases.iter().skip(self.back));
        pairs.flat_map(|(earlier, later)| self.between(earlier, later)).collect()
    }

    fn between(&self, earlier: &Document, later: &Document) -> Vec<Fired> {
        let asked = |ids: &[String], id: &Option<String>| {
            ids.is_empty() || id.as_ref().is_some_and(|id| ids.contains(id))
        };
        let is_asked = |opinion: &Opinion| {
            asked(&self.neighborhoods, &opinion.neighborhood) && asked(&self.topics, &opinion.topic)
        };
        let opinions = later.opinions.iter().enumerate();
        let chosen: Vec<usize> =
            opinions.filter(|(_, opinion)| is_asked(opinion)).map(|(at, _)| at).collect();
        let comparison = between_windows(later, earlier, &chosen);
        let named = |name: &str| {
            chosen.iter().map(|at| &later.opinions[*at]).find(|o| opinion_name(later, o) == name)
        };
        let apart = comparison.pairs.iter().filter(|pair| pair.apart());
        let fired = apart.filter_map(|pair| {
            let opinion = named(&pair.first)?;
            Some(Fired {
                alert: self.id.clone(),
                release_id: later.release_id.clone(),
                against: earlier.release_id.clone(),
                neighborhood: opinion.neighborhood.clone(),
                topic: opinion.topic.clone(),
                name: pair.first.clone(),
                days: [&later.window.from, &later.window.until, &earlier.window.from]
                    .map(String::clone),
                difference: pair.difference,
            })
        });
        fired.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::known::{release, sides};

    /// East swings from week to week; West stays.
    fn weeks() -> Vec<Document> {
        [(500.0, 100.0), (499.0, 101.0), (100.0, 500.0)]
            .into_iter()
            .zip(0..)
            .map(|((positive, negative), week)| {
                release("ns", week, |place, _, tone| match place {
                    Some("east") => sides(positive, negative)(tone),
                    _ => sides(300.0, 300.0)(tone),
                })
            })
            .collect()
    }

    fn alert(back: usize) -> Alert {
        Alert {
            id: "mood".into(),
            family: "by-ns".into(),
            neighborhoods: Vec::new(),
            topics: Vec::new(),
            back,
        }
    }

    #[test]
    fn change_beyond_its_interval_fires_once_and_a_place_that_stayed_does_not() {
        let weeks = weeks();
        let documents: Vec<&Document> = weeks.iter().rev().collect();
        let fired = alert(1).fired(&documents);
        assert_eq!(fired.len(), 1, "{fired:?}");
        let one = &fired[0];
        assert_eq!((one.neighborhood.as_deref(), one.name.as_str()), (Some("east"), "East"));
        assert_eq!((one.release_id.as_str(), one.against.as_str()), ("ns-2", "ns-1"));
        assert!(one.difference.high < 0.0);
        let text = one.message().text(crate::estimate::words::Language::English);
        assert!(text.starts_with("East: those who posted became more negative by 1.31"), "{text}");
        assert_eq!(alert(1).fired(&documents), fired, "looked at again");
    }

    #[test]
    fn alert_compares_as_far_back_as_asked_and_only_what_is_asked() {
        let weeks = weeks();
        let documents: Vec<&Document> = weeks.iter().collect();
        let fired = alert(2).fired(&documents);
        assert_eq!(fired.iter().map(|one| one.against.as_str()).collect::<Vec<_>>(), ["ns-0"]);
        assert!(alert(3).fired(&documents).is_empty(), "no release lies so far back");
        let west = Alert { neighborhoods: vec!["west".into()], ..alert(1) };
        assert!(west.fired(&documents).is_empty());
        let other = Alert { family: "by-ts".into(), ..alert(1) };
        assert!(other.fired(&documents).is_empty());
    }
}
