//! The visible releases, found by what they count.

use crate::{
    domain::Grouping,
    privacy::FamilySpec,
    release::{Document, Measure, Opinion, RecordedPlan, ReleaseFile},
};

/// What a room asks of the releases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Tone by place; or of the whole city, where nothing is finer.
    MoodOfPlaces,
    /// Tone by topic.
    MoodOfTopics,
    /// Tone by place and topic.
    Detail,
    /// Residents by place.
    Reach,
}

impl Question {
    /// Whether a family of this grouping answers it, and how well: the lower the better.
    fn rank(self, grouping: Grouping) -> Option<u8> {
        let Grouping { neighborhood, topic, sentiment } = grouping;
        match self {
            Self::MoodOfPlaces => (sentiment && !topic).then_some(u8::from(!neighborhood)),
            Self::MoodOfTopics => (sentiment && topic).then_some(u8::from(neighborhood)),
            Self::Detail => (sentiment && topic && neighborhood).then_some(0),
            Self::Reach => (!sentiment && !topic).then_some(u8::from(!neighborhood)),
        }
    }
}

/// The visible releases, oldest first.
pub(super) struct Shelf {
    files: Vec<ReleaseFile>,
}

impl Shelf {
    /// Puts them in order.
    pub fn new(mut files: Vec<ReleaseFile>) -> Self {
        files.sort_by(|a, b| {
            let key = |file: &ReleaseFile| {
                let document = file.envelope.document();
                (document.window.last, document.family.id.clone())
            };
            key(a).cmp(&key(b))
        });
        Self { files }
    }

    /// Every release file.
    pub fn files(&self) -> &[ReleaseFile] {
        &self.files
    }

    /// The file of that name.
    pub fn file(&self, name: &str) -> Option<&ReleaseFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Every release.
    pub fn documents(&self) -> impl DoubleEndedIterator<Item = &Document> {
        self.files.iter().map(|file| file.envelope.document())
    }

    /// The family of the plan that answers a question best: one with releases before one without.
    pub fn family<'p>(&self, plan: &'p RecordedPlan, question: Question) -> Option<&'p FamilySpec> {
        let families = plan.privacy.families.iter().map(|family| &family.declared);
        families
            .filter_map(|spec| Some((question.rank(spec.grouping)?, spec)))
            .min_by_key(|(rank, spec)| (self.newest(&spec.id).is_none(), *rank))
            .map(|(_, spec)| spec)
    }

    /// Releases of a family, oldest first.
    pub fn of<'s>(&'s self, family: &'s str) -> impl DoubleEndedIterator<Item = &'s Document> {
        self.documents().filter(move |document| document.family.id == family)
    }

    /// Its newest release.
    pub fn newest(&self, family: &str) -> Option<&Document> {
        self.documents().rev().find(|document| document.family.id == family)
    }

    /// Its release that ends with `window`, or the newest before it: what was known then. Without a
    /// window the newest, and before the first the first.
    pub fn ending(&self, family: &str, window: Option<u32>) -> Option<&Document> {
        let Some(window) = window else { return self.newest(family) };
        let is_of = |document: &&Document| document.family.id == family;
        let mut known = self.documents().rev().filter(is_of);
        let known = known.find(|document| document.window.last <= window);
        known.or_else(|| self.documents().find(is_of))
    }
}

/// The opinion of the whole city about a topic, or about everything, where a release states it.
pub(super) fn city_opinion<'a>(document: &'a Document, topic: Option<&str>) -> Option<&'a Opinion> {
    let all = document.wider_opinions.iter().chain(&document.opinions);
    let mut whole =
        all.filter(|opinion| opinion.neighborhood.is_none() && opinion.district.is_none());
    whole.find(|opinion| opinion.topic.as_deref() == topic)
}

/// Net sentiment of the city about a topic, or about everything.
pub(super) fn city_net(document: &Document, topic: Option<&str>) -> Option<Measure> {
    match city_opinion(document, topic) {
        Some(opinion) => Some(opinion.net_sentiment),
        None => crate::estimate::city_wide(document, topic),
    }
}
