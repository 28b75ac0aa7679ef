//! Planted identifiers: before a run, the redactor must hide every one of them.
//!
//! Not a measure of quality. It refuses to start with a policy or a build that leaks a known shape.

use super::{Redactor, redactor::Redaction};
use crate::domain::Sensitive;

/// A planted identifier that stayed visible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "redaction let a planted `{shape}` through; check the redaction table of the pipeline file"
)]
pub struct Leak {
    /// The shape that leaked.
    pub shape: &'static str,
}

/// A shape, what stands before it, the invented identifier, what stands after it.
type Canary = (&'static str, &'static str, &'static str, &'static str);

const CANARIES: &[Canary] = &[
    ("e-mail", "write to ", "kestrel.vane@example.org", " today"),
    ("e-mail with a plus", "it is ", "kestrel+trees@mail.example.co.uk", "."),
    ("e-mail with invisible characters", "at ", "kes\u{200b}trel@exam\u{ad}ple.org", " now"),
    ("e-mail in full-width characters", "at ", "ｋｅｓｔｒｅｌ＠ｅｘａｍｐｌｅ．ｏｒｇ", " now"),
    ("e-mail with look-alikes", "at ", "k\u{435}str\u{435}l@exampl\u{435}.org", " now"),
    ("e-mail spelled out", "so ", "kestrel at example dot org", " works"),
    ("e-mail in brackets", "so ", "kestrel [at] example [dot] org", " works"),
    ("e-mail spelled out in Spanish", "es ", "kestrel arroba example punto org", " gracias"),
    ("e-mail spaced out", "so ", "k e s t r e l @ example . org", " works"),
    ("e-mail in entities", "at ", "kestrel&#64;example&#46;org", " now"),
    ("e-mail percent-encoded", "at ", "kestrel%40example.org", " now"),
    ("e-mail in base64", "code ", "a2VzdHJlbEBleGFtcGxlLm9yZw==", " end"),
    ("telephone", "call ", "202-555-0143", " after six"),
    ("telephone with brackets", "call ", "(202) 555-0143 x12", " after six"),
    ("telephone without groups", "call ", "2025550143", " after six"),
    ("telephone of seven figures", "dial ", "555-0143", " after six"),
    ("telephone with a country code", "at ", "+44 20 7946 0958", " please"),
    ("telephone, Spanish", "al ", "612 34 56 78", " gracias"),
    ("telephone in Arabic figures", "at ", "٢٠٢-٥٥٥-٠١٤٣", " now"),
    ("telephone in words", "call ", "two zero two five five five zero one four three", " now"),
    ("telephone in Spanish words", "al ", "seis uno dos tres cuatro cinco seis siete ocho", " ya"),
    ("card", "with ", "4111 1111 1111 1111", " twice"),
    ("card with a wrong check", "with ", "4111-1111-1111-1112", " twice"),
    ("bank account", "to ", "GB29 NWBK 6016 1331 9268 19", " please"),
    ("bank account with a wrong check", "to ", "ES91 2100 0418 4502 0005 1333", " please"),
    ("social security number", "my ", "219-09-9999", " leaked"),
    ("DNI", "mi ", "12345678Z", " aqui"),
    ("NIE", "mi ", "X1234567L", " aqui"),
    ("national insurance number", "my ", "AB 12 34 56 C", " leaked"),
    ("driver's licence", "license no. ", "D1234562", " was asked"),
    ("passport", "passport ", "X1234567", " was asked"),
    ("IPv4 address", "from ", "203.0.113.77", " again"),
    ("IPv6 address", "from ", "2001:db8::ff00:42:8329", " again"),
    ("MAC address", "from ", "00:1B:44:11:3A:B7", " again"),
    ("coordinates", "at ", "41.31229, -72.91705", " again"),
    ("plus code", "at ", "86HJV9HG+7F", " again"),
    ("three words", "at ", "///filled.count.soap", " again"),
    ("date of birth", "born on ", "4-Feb-1951", " here"),
    ("plate", "car ", "KLM-4821", " races"),
    ("handle", "thanks ", "@kestrel_vane", " for it"),
    ("handle of a federated network", "thanks ", "@kestrel@social.example", " for it"),
    ("handle of a forum", "as u/", "kestrel_vane", " wrote"),
    ("handle of a decentralised network", "as ", "kestrel.bsky.social", " wrote"),
    ("web address", "see ", "https://example.com/kestrel", " there"),
    ("bare host with a path", "see ", "example.com/kestrel", " there"),
    ("account number", "account ", "0045-99218-07", " twice"),
    ("case number", "case #", "BX-22-0193", " twice"),
    ("parcel number", "APN ", "0123-456-078-000", " twice"),
    ("house", "outside ", "1206 Birch Ave, Unit 2", " again"),
    ("house in capitals", "AT ", "418 E 9TH ST APT 3B", " AGAIN"),
    ("house spelled out", "at ", "twenty-one Willow Court", " again"),
    ("house in Spanish", "en la ", "calle Reforma núm. 245, interior 3", " hoy"),
    ("post box", "to ", "PO Box 88", " please"),
    ("street of a home", "I live on ", "Willow Court", " here"),
];

/// Plants one identifier of every shape and looks for it in what leaves.
///
/// # Errors
/// The first shape of which any part of two characters or more stays visible.
pub fn self_test(redactor: &Redactor) -> Result<(), Leak> {
    CANARIES.iter().try_for_each(|canary| check(redactor, canary))
}

fn check(redactor: &Redactor, (shape, before, planted, after): &Canary) -> Result<(), Leak> {
    let text = Sensitive::new(format!("{before}{planted}{after}"));
    let redaction: Redaction = redactor.redact(&text);
    let (start, end) = (before.len(), before.len() + planted.len());
    let hidden = redaction.spans.iter().any(|span| span.start <= start && end <= span.end);
    // Padding of an encoding and the like says nothing: letters and figures must all be hidden.
    let covered = |at: usize| redaction.spans.iter().any(|span| span.start <= at && at < span.end);
    let every = planted
        .char_indices()
        .filter(|(_, ch)| ch.is_alphanumeric())
        .all(|(at, _)| covered(start + at));
    let gone = !redaction.text.as_str().contains(planted);
    if (hidden || every) && gone { Ok(()) } else { Err(Leak { shape }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Action, PiiKind, Policy};

    #[test]
    fn every_planted_shape_is_hidden_by_the_default_policy() {
        let redactor = Redactor::new(Policy::default(), None).unwrap();
        let leaks: Vec<&str> = CANARIES
            .iter()
            .filter_map(|canary| check(&redactor, canary).err())
            .map(|leak| leak.shape)
            .collect();
        assert_eq!(leaks, Vec::<&str>::new());
        assert_eq!(self_test(&redactor), Ok(()));
    }

    #[test]
    fn leaking_policy_is_named_by_its_shape() {
        let policy = Policy { actions: [(PiiKind::Url, Action::Keep)].into(), ..Policy::default() };
        let redactor = Redactor::new(policy, None).unwrap();
        assert_eq!(self_test(&redactor), Err(Leak { shape: "web address" }));
    }
}
