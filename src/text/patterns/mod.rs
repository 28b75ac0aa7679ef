//! Shapes that give personal data away by themselves, behind one prefilter.
//!
//! A shape hides; a check sum only says which kind it is and how sure that is. No shape knows a
//! name: names are the tagger's.

mod checks;
mod contact;
mod family;
mod finance;
mod handles;
mod health;
mod identity;
mod lexicon;
mod life;
mod location;
mod network;
mod phone;
mod plates;
mod prefilter;
mod recognizer;
mod records;

pub(super) use lexicon::words;
pub(super) use prefilter::{Needs, Prefilter, marks};
pub(super) use recognizer::{Candidate, Hit, Recognizer, Verdict};

use super::address::{self, Streets};

/// Every built-in shape with its prefilter, built once.
pub(super) struct Patterns {
    prefilter: Prefilter,
    recognizers: Vec<Recognizer>,
    streets: Option<Streets>,
}

impl Patterns {
    /// Builds the shapes; `region` is where a number without a country code is dialled.
    pub fn new(region: Option<phonenumber::country::Id>) -> Self {
        let families = [
            contact::recognizers(),
            phone::recognizers(region),
            finance::recognizers(),
            identity::recognizers(),
            records::recognizers(),
            network::recognizers(),
            location::recognizers(),
            life::recognizers(),
            health::recognizers(),
            plates::recognizers(),
            handles::recognizers(),
            family::recognizers(),
            address::recognizers(),
        ];
        Self {
            prefilter: Prefilter::new(),
            recognizers: families.into_iter().flatten().collect(),
            streets: None,
        }
    }

    /// Adds shapes that a city brings itself; they see every text.
    pub fn extend(&mut self, recognizers: impl IntoIterator<Item = Recognizer>) {
        self.recognizers.extend(recognizers);
    }

    /// Takes the streets of the city as evidence.
    pub fn know(&mut self, streets: Streets) {
        self.streets = Some(streets);
    }

    #[cfg(test)]
    pub fn forget(&mut self, name: &str) {
        self.recognizers.retain(|recognizer| recognizer.name() != name);
    }

    /// Calls `found` for every hit in `text`.
    pub fn scan(&self, text: &str, mut found: impl FnMut(Hit)) {
        let traits = self.prefilter.traits(text);
        for recognizer in self.recognizers.iter().filter(|r| r.needs().are_met(&traits)) {
            recognizer.scan(text, &mut found);
        }
        if let Some(streets) = &self.streets {
            streets.scan(text, &mut found);
        }
    }
}

#[cfg(test)]
#[path = "prefilter_tests.rs"]
mod tests;

#[cfg(test)]
pub(super) fn hits_of(text: &str) -> Vec<(&str, super::PiiKind, f32)> {
    use phonenumber::country::Id;
    static PATTERNS: std::sync::LazyLock<Patterns> =
        std::sync::LazyLock::new(|| Patterns::new(Some(Id::US)));
    let mut hits = Vec::new();
    PATTERNS.scan(text, |hit| hits.push((&text[hit.start..hit.end], hit.kind, hit.score)));
    hits
}

/// Asserts that the longest hit over each expected stretch, or the surest of them, has the kind.
#[cfg(test)]
pub(super) fn assert_hits(cases: &[(&str, &str, super::PiiKind)]) {
    for (text, expected, kind) in cases {
        let hits = hits_of(text);
        let best = hits
            .iter()
            .filter(|(hit, ..)| hit.contains(expected))
            .max_by(|a, b| a.0.len().cmp(&b.0.len()).then(a.2.total_cmp(&b.2)).then(b.1.cmp(&a.1)));
        assert_eq!(best.map(|(_, kind, _)| *kind), Some(*kind), "{text}: {hits:?}");
    }
}

#[cfg(test)]
pub(super) fn assert_no_hits(texts: &[&str]) {
    for text in texts {
        assert_eq!(hits_of(text), [], "{text}");
    }
}
