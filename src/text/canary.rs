//! Planted identifiers: before a run, the very redactor that it will use must hide every one.
//!
//! Not a measure of quality (see the scorecard). It refuses to start with a policy or a build that
//! leaks a known shape, plain or in a known disguise.

mod disguises;
mod shapes;

use disguises::Disguise;
use shapes::{NAMES, SHAPES, Shape};

use super::{Decision, Explanation, Kept, Redactor};
use crate::domain::Sensitive;

/// A planted identifier that stayed visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "redaction let a planted `{shape}` ({disguise}) through; check the redaction table of the \
     pipeline file"
)]
pub struct Leak {
    /// The shape that leaked.
    pub shape: &'static str,
    /// How it was written.
    pub disguise: &'static str,
}

/// Plants identifiers of every shape in every disguise and looks for them in what leaves.
///
/// A shape that the policy keeps, a host and an account that it allows are no leaks. Names are
/// planted only where there is a tagger, which alone can find them.
///
/// # Errors
/// The first of which a letter or figure stays visible.
pub fn self_test(redactor: &Redactor) -> Result<(), Leak> {
    let names = NAMES.iter().filter(|_| redactor.has_tagger());
    planted().chain(names.map(|shape| (shape, Disguise::Plain))).try_for_each(
        |(shape, disguise)| {
            let leak = Leak { shape: shape.name, disguise: disguise.as_str() };
            if hides(redactor, shape, disguise) { Ok(()) } else { Err(leak) }
        },
    )
}

/// Every shape in every disguise that can be read back.
fn planted() -> impl Iterator<Item = (&'static Shape, Disguise)> {
    SHAPES.iter().flat_map(|shape| shape.look.disguises().iter().map(move |how| (shape, *how)))
}

/// A tagger only adds spans: what the shapes hide without it is hidden with it, so the tagger, which
/// costs a hundred times more, reads the plain texts and what the shapes left visible.
fn hides(redactor: &Redactor, shape: &Shape, disguise: Disguise) -> bool {
    let planted = disguise.of(shape.planted);
    let text = format!("{}{planted}{}", shape.before, shape.after);
    let place = shape.before.len()..shape.before.len() + planted.len();
    let text = Sensitive::new(text);
    let shown = |explanation: &Explanation| {
        !is_allowed(explanation, &place) && shows(explanation, &planted, place.start)
    };
    if disguise != Disguise::Plain && !shown(&redactor.explain_shapes(&text)) {
        return true;
    }
    !shown(&redactor.explain(&text))
}

/// Whether a letter or figure of the planted identifier is outside of what was hidden. Padding of an
/// encoding and the like says nothing.
fn shows(explanation: &Explanation, planted: &str, start: usize) -> bool {
    let spans = &explanation.redaction.spans;
    let covered = |at: usize| spans.iter().any(|span| span.start <= at && at < span.end);
    planted.char_indices().any(|(at, ch)| ch.is_alphanumeric() && !covered(start + at))
        || explanation.redaction.text.as_str().contains(planted)
}

/// Whether the policy itself says that the identifier may stay.
fn is_allowed(explanation: &Explanation, place: &std::ops::Range<usize>) -> bool {
    explanation.findings.iter().any(|finding| {
        let by_policy = Decision::Kept(Kept::Policy);
        let listed = [Decision::Kept(Kept::Host), Decision::Kept(Kept::Agency)];
        (finding.decision == by_policy || listed.contains(&finding.decision))
            && finding.span.overlaps(place.start, place.end)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::text::{Action, Hidden, PiiKind, Policy, TagError, Tagged, TokenTagger};

    /// Takes every word with a capital for a name, or none.
    struct Capitals(bool);

    impl TokenTagger for Capitals {
        fn tag(&self, text: &str, _: &[Hidden]) -> Result<Vec<Tagged>, TagError> {
            let words =
                text.split(' ').filter(|word| self.0 && word.starts_with(char::is_uppercase));
            let start = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
            let kind = PiiKind::Person;
            let tag = |word: &str| Tagged {
                start: start(word),
                end: start(word) + word.len(),
                kind,
                score: 0.9,
            };
            Ok(words.map(tag).collect())
        }
    }

    #[test]
    fn every_planted_shape_is_hidden_by_the_default_policy() {
        let redactor = Redactor::new(Policy::default(), None).unwrap();
        let leaks: Vec<_> = planted()
            .filter(|(shape, disguise)| !hides(&redactor, shape, *disguise))
            .map(|(shape, disguise)| (shape.name, disguise.as_str()))
            .collect();
        assert_eq!(leaks, []);
        assert_eq!(self_test(&redactor), Ok(()));
        assert!(planted().count() >= 600, "{}", planted().count());
    }

    #[test]
    fn redactor_without_a_recognizer_is_refused_by_a_shape_of_it() {
        for (recognizer, shape) in [
            ("plus-code", "plus code"),
            ("ipv4", "IPv4 address"),
            ("three-words", "three words"),
            ("post-box", "post box"),
        ] {
            let mut redactor = Redactor::new(Policy::default(), None).unwrap();
            redactor.forget(recognizer);
            assert_eq!(self_test(&redactor).map_err(|leak| leak.shape), Err(shape));
        }
    }

    #[test]
    fn shape_that_the_policy_keeps_is_no_leak() {
        let keeps = |kind| Policy { actions: [(kind, Action::Keep)].into(), ..Policy::default() };
        for kind in [PiiKind::Url, PiiKind::Case, PiiKind::Age, PiiKind::Postcode] {
            let redactor = Redactor::new(keeps(kind), None).unwrap();
            assert_eq!(self_test(&redactor), Ok(()), "{kind:?}");
        }
        let lists = Policy {
            agency_handles: vec!["kestrel_vane".into()],
            allowed_url_hosts: vec!["example.com".into()],
            ..Policy::default()
        };
        assert_eq!(self_test(&Redactor::new(lists, None).unwrap()), Ok(()));
    }

    #[test]
    fn tagger_that_finds_no_name_is_refused() {
        let with =
            |finds| Redactor::new(Policy::default(), Some(Arc::new(Capitals(finds)))).unwrap();
        assert_eq!(self_test(&with(true)), Ok(()));
        assert_eq!(self_test(&with(false)).map_err(|leak| leak.shape), Err("name"));
    }
}
