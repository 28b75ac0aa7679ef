//! The layers that find personal data, and the union of what they find.

use std::{cell::OnceCell, sync::Arc};

use super::{
    Action, Check, Decision, Finding, Hidden, Kept, PiiKind, Policy, PolicyError, Span, TagError,
    Tagged, TokenTagger, ViewKind,
    address::{Streets, is_place_name, names_a_house},
    patterns::{Hit, Needs, Patterns, Recognizer},
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
        if !policy.streets.is_empty() {
            patterns.know(Streets::new(&policy.streets).ok_or(PolicyError::Streets)?);
        }
        let officials = officials(&policy);
        Ok(Self { patterns, tagger, policy, officials })
    }

    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    #[cfg(test)]
    pub fn forget(&mut self, recognizer: &str) {
        self.patterns.forget(recognizer);
    }

    pub fn has_tagger(&self) -> bool {
        self.tagger.is_some()
    }

    /// What the patterns and the scripts find, each with the policy's decision.
    pub fn shapes(&self, text: &str, views: &Views<'_>) -> Vec<Finding> {
        let mut found = Vec::new();
        for (view, searched) in &views.searched {
            self.patterns.scan(searched.text(), |hit| {
                if let Some(source) = searched.source(hit.start..hit.end) {
                    let (start, end) = (source.start, source.end);
                    let Hit { kind, score, check, recognizer, .. } = hit;
                    let span = Span { start, end, kind, score, recognizer };
                    found.push((span, *view, check));
                }
            });
        }
        if !text.is_ascii() {
            found.extend(unreadable_words(text).into_iter().map(|(start, end)| {
                let kind = PiiKind::Other;
                let span = Span { start, end, kind, score: 0.5, recognizer: "script" };
                (span, ViewKind::Original, Check::Shape)
            }));
        }
        let in_role = InRole::new(self, text);
        let finding = |(span, view, check)| Finding {
            span,
            view,
            check,
            decision: self.decision(text, &in_role, &span),
        };
        found.into_iter().map(finding).collect()
    }

    /// What the tagger finds beside the shapes, each with the policy's decision.
    pub fn tags(
        &self,
        text: &str,
        views: &Views<'_>,
        shapes: &[Finding],
    ) -> Result<Vec<Finding>, TagError> {
        let Some(tagger) = &self.tagger else { return Ok(Vec::new()) };
        let told = |finding: &Finding| {
            let Span { start, end, kind, .. } = finding.span;
            finding.is_hidden().then_some(Hidden { start, end, kind })
        };
        let hidden: Vec<Hidden> = shapes.iter().filter_map(told).collect();
        let mut tags: Vec<(Span, ViewKind)> = Vec::new();
        for tagged in tagger.tag(text, &hidden)? {
            let span = span_of(tagged, Some(tagged.start..tagged.end));
            tags.extend(span.map(|span| (span, ViewKind::Original)));
        }
        let reread = views.tagged.as_ref();
        if let Some(view) = reread.and_then(|r| r.due(text, &hidden, tagger.ignores_case())) {
            let hidden: Vec<Hidden> = hidden.iter().filter_map(|h| view.hidden(h)).collect();
            for tagged in tagger.tag(view.text(), &hidden)? {
                let span = span_of(tagged, view.source(tagged.start..tagged.end));
                tags.extend(span.map(|span| (span, ViewKind::Reread)));
            }
        }
        if tags.iter().any(|(span, _)| text.get(span.start..span.end).is_none_or(str::is_empty)) {
            return Err(TagError::Compute);
        }
        Ok(self.judged(text, &tags))
    }

    /// The policy's decision on every tag; a tag that is hidden as part of a joined one follows it.
    fn judged(&self, text: &str, tags: &[(Span, ViewKind)]) -> Vec<Finding> {
        let in_role = InRole::new(self, text);
        // A score that is no number hides: in doubt against showing.
        let sure = |span: &Span| span.score >= self.policy.score_min || span.score.is_nan();
        let spans = tags.iter().map(|(span, _)| *span).filter(sure).collect();
        let plausible = plausible(text, spans);
        let of = |span: &Span, view, decision| Finding {
            span: *span,
            view,
            check: Check::Model,
            decision,
        };
        let mut found: Vec<Finding> = Vec::with_capacity(tags.len());
        for span in &plausible {
            let view = tags.iter().find(|(tag, _)| tag.overlaps(span.start, span.end));
            let view = view.map_or(ViewKind::Original, |(_, view)| *view);
            found.push(of(span, view, self.decision(text, &in_role, span)));
        }
        for (span, view) in tags {
            let taken = plausible.iter().any(|kept| kept.overlaps(span.start, span.end));
            let reason = if sure(span) { Kept::Implausible } else { Kept::Unsure };
            found.extend((!taken).then(|| of(span, *view, Decision::Kept(reason))));
        }
        found
    }

    /// What the policy makes of a span.
    fn decision(&self, text: &str, in_role: &InRole<'_>, span: &Span) -> Decision {
        let stretch = text.get(span.start..span.end).unwrap_or_default();
        let spared = match span.kind {
            PiiKind::Url => self.policy.allows_url(stretch).then_some(Kept::Host),
            PiiKind::Handle => self.policy.is_agency(stretch).then_some(Kept::Agency),
            PiiKind::Person => in_role.holds(span).then_some(Kept::Official),
            _ => None,
        };
        match (spared, self.policy.action(span.kind)) {
            (Some(reason), _) => Decision::Kept(reason),
            (None, Action::Keep) => Decision::Kept(Kept::Policy),
            (None, action) => Decision::Hidden(action),
        }
    }
}

/// Where officials stand in their role; looked for when a name first asks.
pub(super) struct InRole<'a> {
    officials: Option<&'a regex::Regex>,
    text: &'a str,
    places: OnceCell<Vec<(usize, usize)>>,
}

impl<'a> InRole<'a> {
    pub fn new(layers: &'a Layers, text: &'a str) -> Self {
        Self { officials: layers.officials.as_ref(), text, places: OnceCell::new() }
    }

    /// Whether the whole span is an official's name in their role.
    fn holds(&self, span: &Span) -> bool {
        self.places().iter().any(|(start, end)| *start <= span.start && span.end <= *end)
    }

    /// Whether any of the span is.
    pub fn touches(&self, span: &Span) -> bool {
        self.places().iter().any(|(start, end)| span.overlaps(*start, *end))
    }

    fn places(&self) -> &[(usize, usize)] {
        self.places.get_or_init(|| {
            let found =
                self.officials.into_iter().flat_map(|officials| officials.find_iter(self.text));
            found.map(|found| (found.start(), found.end())).collect()
        })
    }
}

fn span_of(tagged: Tagged, source: Option<std::ops::Range<usize>>) -> Option<Span> {
    let Tagged { kind, score, .. } = tagged;
    source.map(|source| Span {
        start: source.start,
        end: source.end,
        kind,
        score,
        recognizer: "tagger",
    })
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
