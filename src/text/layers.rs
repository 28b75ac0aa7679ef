//! The layers that find personal data, and the union of what they find.

use std::sync::Arc;

use super::{
    PiiKind, Policy, PolicyError, Span, TagError, Tagged, TokenTagger,
    address::{is_place_name, names_a_house},
    patterns::{Needs, Patterns, Recognizer},
    policy::Action,
    script::unreadable_words,
    views::Views,
};

/// Everything that looks for personal data, built once.
pub(super) struct Layers {
    patterns: Patterns,
    tagger: Option<Arc<dyn TokenTagger>>,
    policy: Policy,
    officials: Option<regex::Regex>,
}

impl Layers {
    pub fn new(policy: Policy, tagger: Option<Arc<dyn TokenTagger>>) -> Result<Self, PolicyError> {
        policy.check()?;
        let region = policy.phone_region.parse();
        let region = region.map_err(|_| PolicyError::Region(policy.phone_region.clone()))?;
        let mut patterns = Patterns::new(Some(region));
        for city in &policy.patterns {
            let shape =
                Recognizer::compile("city-pattern", city.kind, Needs::default(), &city.regex);
            patterns.extend([shape.map_err(|_| PolicyError::Pattern(city.name.clone()))?]);
        }
        let officials = officials(&policy);
        Ok(Self { patterns, tagger, policy, officials })
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    pub fn has_tagger(&self) -> bool {
        self.tagger.is_some()
    }

    /// What the patterns and the scripts hide, by the policy.
    pub fn shapes(&self, text: &str, views: &Views<'_>) -> Vec<Span> {
        let mut spans = Vec::new();
        for view in &views.searched {
            self.patterns.scan(view.text(), |hit| {
                if let Some(source) = view.source(hit.start..hit.end) {
                    let (start, end) = (source.start, source.end);
                    spans.push(Span {
                        start,
                        end,
                        kind: hit.kind,
                        score: hit.score,
                        recognizer: hit.recognizer,
                    });
                }
            });
        }
        if !text.is_ascii() {
            let unread = unreadable_words(text).into_iter();
            spans.extend(unread.map(|(start, end)| Span {
                start,
                end,
                kind: PiiKind::Other,
                score: 0.5,
                recognizer: "script",
            }));
        }
        self.decided(text, spans)
    }

    /// What the tagger hides, by the policy.
    pub fn tags(&self, text: &str, views: &Views<'_>) -> Result<Vec<Span>, TagError> {
        let Some(tagger) = &self.tagger else { return Ok(Vec::new()) };
        let mut spans = Vec::new();
        for tagged in tagger.tag(text)? {
            self.take(&mut spans, tagged, Some(tagged.start..tagged.end));
        }
        let reread = views.tagged.as_ref();
        if let Some(reread) = reread.filter(|reread| !(reread.case_only && tagger.ignores_case())) {
            for tagged in tagger.tag(reread.view.text())? {
                self.take(&mut spans, tagged, reread.view.source(tagged.start..tagged.end));
            }
        }
        if spans.iter().any(|span| text.get(span.start..span.end).is_none_or(str::is_empty)) {
            return Err(TagError::Compute);
        }
        Ok(self.decided(text, plausible(text, spans)))
    }

    fn take(&self, spans: &mut Vec<Span>, tagged: Tagged, source: Option<std::ops::Range<usize>>) {
        let (Some(source), kind, score) = (source, tagged.kind, tagged.score) else { return };
        // A score that is no number hides: in doubt against showing.
        if score >= self.policy.score_min || score.is_nan() {
            spans.push(Span {
                start: source.start,
                end: source.end,
                kind,
                score,
                recognizer: "tagger",
            });
        }
    }

    /// Drops what the policy lets stay.
    fn decided(&self, text: &str, mut spans: Vec<Span>) -> Vec<Span> {
        let in_role = self.in_role(text);
        spans.retain(|span| {
            let stretch = text.get(span.start..span.end).unwrap_or_default();
            !match span.kind {
                PiiKind::Url => self.policy.allows_url(stretch),
                PiiKind::Handle => self.policy.is_agency(stretch),
                PiiKind::Person => {
                    in_role.iter().any(|(start, end)| *start <= span.start && span.end <= *end)
                }
                _ => false,
            } && self.policy.action(span.kind) != Action::Keep
        });
        spans
    }

    /// Where officials stand in their role.
    pub fn in_role(&self, text: &str) -> Vec<(usize, usize)> {
        let Some(officials) = &self.officials else { return Vec::new() };
        officials.find_iter(text).map(|found| (found.start(), found.end())).collect()
    }
}

/// One expression for the listed officials and for a title with a name after it.
fn officials(policy: &Policy) -> Option<regex::Regex> {
    let escaped = |words: &[String]| {
        let words: Vec<String> = words.iter().map(|word| regex::escape(word)).collect();
        words.join("|")
    };
    let mut parts = Vec::new();
    if !policy.officials.is_empty() {
        parts.push(format!(r"(?i:{})", escaped(&policy.officials)));
    }
    if !policy.official_titles.is_empty() {
        let titles = escaped(&policy.official_titles);
        parts.push(format!(r"(?i:{titles})\s\p{{Lu}}[\p{{L}}\p{{M}}'’\-]+(?:\s(?:\p{{Lu}}\.\s)?\p{{Lu}}[\p{{L}}\p{{M}}'’\-]+)?"));
    }
    if parts.is_empty() {
        return None;
    }
    regex::Regex::new(&format!(r"\b(?:{})\b", parts.join("|"))).ok()
}

/// Fewest figures of a number that a tagger alone may hide; shorter ones need a shape.
const TAGGED_DIGITS_MIN: usize = 5;

/// Drops what a tagger cannot know: a street by itself is no address, a name before "Street" is no
/// person, a few figures are no number of anybody. Tags of one address are joined first.
fn plausible(text: &str, spans: Vec<Span>) -> Vec<Span> {
    let (addresses, others): (Vec<Span>, Vec<Span>) =
        spans.into_iter().partition(|span| span.kind == PiiKind::Address);
    let addresses = super::spans::whole(text, addresses)
        .into_iter()
        .filter(|span| names_a_house(text.get(span.start..span.end).unwrap_or_default()));
    let others = others.into_iter().filter(|span| {
        let stretch = text.get(span.start..span.end).unwrap_or_default();
        let before = text.get(..span.start).unwrap_or_default();
        let after = text.get(span.end..).unwrap_or_default();
        match span.kind {
            PiiKind::Person => !is_place_name(before, after),
            kind if is_numeric(kind) => {
                let digits = stretch.chars().filter(|ch| ch.is_numeric()).count();
                digits >= TAGGED_DIGITS_MIN && !before.trim_end().ends_with(['$', '€', '£'])
            }
            _ => true,
        }
    });
    addresses.chain(others).collect()
}

fn is_numeric(kind: PiiKind) -> bool {
    use PiiKind::{Account, Card, Case, Iban, NationalId, Number, Phone, Postcode};
    matches!(kind, Account | Card | Case | Iban | NationalId | Number | Phone | Postcode)
}
