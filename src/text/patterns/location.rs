//! Coordinates and the codes that stand for them.

use super::super::PiiKind;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer};

pub(super) fn recognizers() -> Vec<Recognizer> {
    let decimal = Needs { digits: 8, run: 3, marks: marks::DOT, ..Needs::default() };
    let degrees = Needs { digits: 2, marks: marks::WIDE, ..Needs::default() };
    let plus = Needs { marks: marks::PLUS, digits: 2, ..Needs::default() };
    let slashes = Needs { marks: marks::SLASHES | marks::DOT, ..Needs::default() };
    vec![
        Recognizer::new(
            "coordinates",
            PiiKind::Geo,
            decimal,
            r"(?i)(?-u)[\-+]?[0-9]{1,3}\.[0-9]{3,}(?:\s?(?u:°))?\s?[ns]?\s{0,2}[,;/ ]\s{0,2}(?:lo?ng?(?:itude)?[\s:=]{0,3})?[\-+]?[0-9]{1,3}\.[0-9]{3,}(?:\s?(?u:°))?(?:\s?[ewo]\b)?",
        ),
        Recognizer::new(
            "coordinates-sexagesimal",
            PiiKind::Geo,
            degrees,
            r#"(?i)[0-9]{1,3}\s?°\s?[0-9]{1,2}(?:[.,][0-9]+)?\s?['′’](?:\s?[0-9]{1,2}(?:[.,][0-9]+)?\s?["″”'’]{1,2})?(?:\s?[nsewo]\b)?(?:[\s,;]{0,3}[0-9]{1,3}\s?°\s?[0-9]{1,2}(?:[.,][0-9]+)?\s?['′’](?:\s?[0-9]{1,2}(?:[.,][0-9]+)?\s?["″”'’]{1,2})?(?:\s?[nsewo]\b)?)?"#,
        ),
        Recognizer::new(
            "plus-code",
            PiiKind::Geo,
            plus,
            r"(?i-u)\b[23456789cfghjmpqrvwx]{4,8}\+[23456789cfghjmpqrvwx]{2,3}\b",
        )
        .judged(plus_code),
        Recognizer::new(
            "three-words",
            PiiKind::Geo,
            slashes,
            r"(?i)(?:\b(?:what3words|w3w)[\s:=]{0,3})?///\p{L}{2,}\.\p{L}{2,}\.\p{L}{2,}",
        ),
    ]
}

/// A code of letters alone would be a word.
fn plus_code(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    (candidate.digits().count() >= 2).then_some((PiiKind::Geo, 0.9))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::Geo;

    use super::*;

    #[test]
    fn places_on_the_map_are_found() {
        assert_hits(&[
            ("at 41.31229, -72.91705 again", "41.31229, -72.91705", Geo),
            ("lat 41.31229 long: -72.91705", "41.31229 long: -72.91705", Geo),
            ("41°18'44\"N 72°55'01\"W", "41°18'44\"N 72°55'01\"W", Geo),
            ("plus code 86HJV9HG+7F here", "86HJV9HG+7F", Geo),
            ("what3words ///filled.count.soap", "///filled.count.soap", Geo),
        ]);
    }

    #[test]
    fn plain_decimals_are_no_places() {
        assert_no_hits(&["between 3.5 and 4.25 miles", "grew by 12.345 percent"]);
    }
}
