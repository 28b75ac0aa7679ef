//! Cells: the combinations that are counted, known in public before any data.

use serde::{Deserialize, Serialize};

use super::{District, Labels, Sentiment, VOICE_UNITS};

/// The index of a neighbourhood in the plan's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Neighborhood(pub u16);

/// The index of a topic in the plan's list; "other" is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Topic(pub u16);

/// An id for machines and a name for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct NamedKey {
    /// Stable id: `a-z 0-9 -`.
    pub id: String,
    /// What a table shows.
    pub name: String,
}

/// The public lists that cells are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
pub struct KeySet {
    /// Neighbourhoods in the plan's order.
    pub neighborhoods: Vec<NamedKey>,
    /// Topics in the plan's order, "other" last.
    pub topics: Vec<NamedKey>,
    /// Districts in the plan's order; none where the city measures no such level.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub districts: Vec<District>,
}

/// Which dimensions a query family counts by.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
pub struct Grouping {
    /// By neighbourhood.
    pub neighborhood: bool,
    /// By topic.
    pub topic: bool,
    /// By sentiment.
    pub sentiment: bool,
}

/// One counted combination; a dimension the family does not group by is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Cell {
    /// Where.
    pub neighborhood: Option<Neighborhood>,
    /// About what.
    pub topic: Option<Topic>,
    /// In which tone.
    pub sentiment: Option<Sentiment>,
}

/// The full key set of one family, in a fixed public order. Every cell of it is released, empty
/// ones too.
///
/// # Shape
/// neighbourhoods x opinions, where the opinions are: (topics x 3 tones) + unread, or topics +
/// unread, or 3 tones + unread, or one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellSchema {
    grouping: Grouping,
    neighborhoods: u16,
    topics: u16,
}

impl CellSchema {
    /// The schema of `grouping` over the public lists.
    pub fn new(grouping: Grouping, keys: &KeySet) -> Self {
        let count = |n: usize| u16::try_from(n).expect("the plan holds at most 10,000 keys"); // Unwrap safety: config refuses longer lists
        Self {
            grouping,
            neighborhoods: if grouping.neighborhood { count(keys.neighborhoods.len()) } else { 1 },
            topics: count(keys.topics.len()),
        }
    }

    /// What it groups by.
    pub fn grouping(&self) -> Grouping {
        self.grouping
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        usize::from(self.neighborhoods) * self.opinions()
    }

    /// Whether there is no cell at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cells of one wider place, such as the city: the same opinions without neighbourhoods.
    pub fn without_places(&self) -> Self {
        let grouping = Grouping { neighborhood: false, ..self.grouping };
        Self { grouping, neighborhoods: 1, topics: self.topics }
    }

    /// Every cell in order.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        (0..self.neighborhoods).flat_map(move |n| {
            let neighborhood = self.grouping.neighborhood.then_some(Neighborhood(n));
            (0..self.opinions()).map(move |o| {
                let (topic, sentiment) = self.opinion(o);
                Cell { neighborhood, topic, sentiment }
            })
        })
    }

    /// The cells one comment speaks in, each with its weight; the weights add up to one voice.
    ///
    /// # Units
    /// Weights in 60ths of the comment.
    pub fn cells_of(&self, labels: &Labels, place: Neighborhood) -> Vec<(usize, u32)> {
        let base =
            if self.grouping.neighborhood { usize::from(place.0) * self.opinions() } else { 0 };
        self.opinions_of(labels).into_iter().map(|(o, weight)| (base + o, weight)).collect()
    }

    /// Cells of one place; a cell's index is its place times this, plus its opinion.
    pub fn opinions(&self) -> usize {
        let topics = usize::from(self.topics);
        match (self.grouping.topic, self.grouping.sentiment) {
            (true, true) => topics * 3 + 1,
            (true, false) => topics + 1,
            (false, true) => 4,
            (false, false) => 1,
        }
    }

    fn opinion(&self, index: usize) -> (Option<Topic>, Option<Sentiment>) {
        if index + 1 == self.opinions() && (self.grouping.topic || self.grouping.sentiment) {
            return (None, Some(Sentiment::Unread));
        }
        let topic = |i: usize| Some(Topic(i as u16));
        match (self.grouping.topic, self.grouping.sentiment) {
            (true, true) => (topic(index / 3), Some(Sentiment::READ[index % 3])),
            (true, false) => (topic(index), None),
            (false, true) => (None, Some(Sentiment::READ[index])),
            (false, false) => (None, None),
        }
    }

    fn opinions_of(&self, labels: &Labels) -> Vec<(usize, u32)> {
        let tone = match labels.sentiment {
            Sentiment::Negative => 0,
            Sentiment::Neutral => 1,
            Sentiment::Positive => 2,
            Sentiment::Unread => return vec![(self.opinions() - 1, VOICE_UNITS)],
        };
        match (self.grouping.topic, self.grouping.sentiment) {
            (false, false) => vec![(0, VOICE_UNITS)],
            (false, true) => vec![(tone, VOICE_UNITS)],
            (true, by_tone) => {
                let weight = VOICE_UNITS / labels.topics.len() as u32;
                let cell = |t: usize| if by_tone { t * 3 + tone } else { t };
                labels.topics.iter().map(|t| (cell(usize::from(t.0)), weight)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> KeySet {
        let named = |ids: &[&str]| {
            ids.iter().map(|id| NamedKey { id: (*id).into(), name: (*id).into() }).collect()
        };
        KeySet {
            neighborhoods: named(&["east", "west"]),
            topics: named(&["parks", "other"]),
            districts: Vec::new(),
        }
    }

    fn groupings() -> impl Iterator<Item = Grouping> {
        (0..8).map(|bits| Grouping {
            neighborhood: bits & 1 > 0,
            topic: bits & 2 > 0,
            sentiment: bits & 4 > 0,
        })
    }

    #[test]
    fn cells_of_every_grouping_are_distinct_and_counted() {
        for grouping in groupings() {
            let schema = CellSchema::new(grouping, &keys());
            let cells: Vec<_> = schema.cells().collect();
            let distinct: std::collections::HashSet<_> = cells.iter().collect();
            assert_eq!((cells.len(), distinct.len()), (schema.len(), schema.len()), "{grouping:?}");
        }
    }

    #[test]
    fn weights_of_one_comment_add_up_to_one_voice_in_the_cells_it_names() {
        let labels = Labels { sentiment: Sentiment::Positive, topics: vec![Topic(0), Topic(1)] };
        for grouping in groupings() {
            let schema = CellSchema::new(grouping, &keys());
            let cells: Vec<_> = schema.cells().collect();
            for (labels, place) in
                [(&labels, Neighborhood(1)), (&Labels::unread(), Neighborhood(0))]
            {
                let spoken = schema.cells_of(labels, place);
                assert_eq!(spoken.iter().map(|(_, w)| w).sum::<u32>(), VOICE_UNITS);
                for (index, _) in spoken {
                    let cell = cells[index];
                    assert!(cell.neighborhood.is_none_or(|n| n == place));
                    assert!(cell.topic.is_none_or(|t| labels.topics.contains(&t)));
                    assert!(cell.sentiment.is_none_or(|s| s == labels.sentiment));
                }
            }
        }
    }
}
