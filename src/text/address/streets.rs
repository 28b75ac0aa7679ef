//! The city's own streets as evidence: "at 77 Elm", "i live on birch", "Reforma 245".
//!
//! Never a gate: what the grammar takes for an address is one whether or not its street is listed,
//! and a listed street without a house or a home stays.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;

use super::super::{
    Check, PiiKind,
    fold::fold,
    glyphs::{View, glyphs_of},
    patterns::Hit,
};
use super::english::{
    COMPASS, NUMBER, SUFFIX, TOWN, UNIT, is_block, is_inside_number, is_no_street_name, is_suffix,
    is_year_told,
};
use super::spanish::VIA;

const STREETS_MAX: usize = 50_000;
const STREET_BYTES_MAX: usize = 100;
/// Shortest name that is looked for without its street word.
const NAME_BYTES_MIN: usize = 3;
/// How far before a name a number or a home is looked for.
const REACH_BYTES: usize = 64;

/// Words after "77 Elm" that do not make it a count of elms.
const GOES_ON: &str = "and or but is was has had have with in on at near by for to of from since \
     because so who where which that this apt unit keeps needs still again please y o pero es \
     esta fue tiene con en cerca por para desde porque que donde sigue hay";

/// Words before the number of a house.
const LEADS: &str = "at near outside from by behind opposite is address en frente junto direccion";

/// The number before a street, at the end of what stands before it.
static NUMBERED: LazyLock<Regex> = LazyLock::new(|| {
    literal(&format!(r"(?i-u)(?:^|(?u:[^a-zA-Z0-9]))({NUMBER}),?\s{{1,2}}{COMPASS}?$"))
});
/// The number behind a street, as Spanish has it.
static NUMBER_BEHIND: LazyLock<Regex> = LazyLock::new(|| {
    literal(
        r"(?i-u)^(?:\s?,\s?|\s{1,2})(?:(?:num(?:ero)?|no|n|nro|#)\.?\s{0,2})?[0-9]{1,5}(?:\s?bis)?\b",
    )
});
/// What ties a street to a home, at the end of what stands before it.
static HOME: LazyLock<Regex> = LazyLock::new(|| {
    literal(&format!(
        r"(?i-u)\b(?:(?:i|we|he|she|they|who|family|mother|father|parents|neighbou?rs?)\s(?:[a-z]+\s)?(?:lives?|lived|resides?)|(?:my|our|his|her|their)\s(?:house|home|apartment|condo|place|building)(?:\s(?:is|sits))?)\s(?:right\s|just\s|over\s)?(?:on|off|at)\s(?:the\scorner\sof\s)?{COMPASS}?$|\b(?:viv(?:o|e|en|imos)|resid[oe]|mi\s(?:casa|piso)\s(?:esta|queda))\s(?:en|sobre)\s(?:la\s|el\s)?(?:{VIA})?$"
    ))
});
/// What belongs to an address behind its street.
static REST: LazyLock<Regex> =
    LazyLock::new(|| literal(&format!(r"(?i-u)^(?:\s{SUFFIX}\b\.?)?{UNIT}?{TOWN}?")));

fn literal(pattern: &str) -> Regex {
    Regex::new(pattern).expect("the literal compiles") // Unwrap safety: every literal is compiled by the tests
}

/// A name to look for.
#[derive(Clone, Copy)]
struct Name {
    /// Whether its street word is left out, so that it may be an ordinary word.
    bare: bool,
    /// Whether its number stands behind it.
    spanish: bool,
}

/// The streets of a city.
pub(in crate::text) struct Streets {
    automaton: AhoCorasick,
    names: Vec<Name>,
}

impl Streets {
    /// Builds the search; `None` when the list is too long.
    pub fn new(streets: &[String]) -> Option<Self> {
        let fits = |street: &String| street.len() <= STREET_BYTES_MAX;
        if streets.len() > STREETS_MAX || !streets.iter().all(fits) {
            return None;
        }
        let mut listed: Vec<(String, Name)> = Vec::new();
        for street in streets.iter().filter(|street| !street.trim().is_empty()) {
            let full = plain(street);
            let (bare, spanish) = without_street_word(&full);
            if bare.len() >= NAME_BYTES_MIN && bare != full && !is_no_street_name(&bare) {
                listed.push((bare, Name { bare: true, spanish }));
            }
            listed.push((full, Name { bare: false, spanish }));
        }
        let automaton = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(listed.iter().map(|(name, _)| name))
            .ok()?;
        Some(Self { automaton, names: listed.into_iter().map(|(_, name)| name).collect() })
    }

    /// Calls `found` for every listed street with a house number or a home.
    pub fn scan(&self, text: &str, found: &mut impl FnMut(Hit)) {
        for street in self.automaton.find_iter(text) {
            let name = self.names.get(street.pattern().as_usize());
            let place = name.and_then(|name| address(text, street.start(), street.end(), *name));
            if let Some((start, end)) = place {
                found(Hit {
                    start,
                    end,
                    kind: PiiKind::Address,
                    score: 0.85,
                    check: Check::Passed("street list"),
                    recognizer: "city-street",
                });
            }
        }
    }
}

/// The address around a listed street, if there is one.
fn address(text: &str, start: usize, end: usize, name: Name) -> Option<(usize, usize)> {
    let (before, after) = (text.get(..start)?, text.get(end..)?);
    let letter = |ch: char| ch.is_alphanumeric();
    if before.ends_with(letter) || after.starts_with(letter) {
        return None;
    }
    let near = tail(before);
    let rest = REST.find(after).map_or(0, |rest| rest.end());
    if let Some(number) = NUMBERED.captures(near).and_then(|found| found.get(1)) {
        let from = before.len() - near.len() + number.start();
        let ahead = before.get(..from)?;
        let refused = is_inside_number(ahead)
            || is_year_told(number.as_str(), ahead)
            || is_block(number.as_str(), after)
            || is_block(number.as_str(), after.get(rest..)?)
            || (name.bare && !reads_as_name(text, start, after))
            || (name.bare && is_one_case(text) && !is_led(number.as_str(), ahead));
        return (!refused).then_some((from, end + rest));
    }
    if HOME.is_match(near) {
        return Some((start, end + rest));
    }
    let behind = NUMBER_BEHIND.find(after).filter(|_| name.spanish)?;
    let marked = behind.as_str().contains(['#', '.', 'n', 'N']);
    let next = after.get(behind.end()..)?.split_whitespace().next().unwrap_or_default();
    let counted = !marked && next.starts_with(char::is_lowercase) && !goes_on(next);
    (!counted).then_some((start, end + behind.end()))
}

/// Whether a name without its street word is written as one, and not followed by what is counted.
fn reads_as_name(text: &str, start: usize, after: &str) -> bool {
    let capital = text.get(start..).is_some_and(|name| name.starts_with(char::is_uppercase));
    let next = after.trim_start_matches(' ');
    let ends = !next.starts_with(char::is_alphanumeric)
        || next.starts_with(|ch: char| ch.is_ascii_digit());
    let word = next.split(|ch: char| !ch.is_alphanumeric()).next().unwrap_or_default();
    (capital || is_one_case(text)) && (ends || goes_on(word) || is_suffix(word))
}

fn is_one_case(text: &str) -> bool {
    !text.contains(char::is_uppercase) || !text.contains(char::is_lowercase)
}

/// Where case tells nothing, "12 birch" may be trees: a long number or a word before it must say
/// that it is a house.
fn is_led(number: &str, ahead: &str) -> bool {
    let last = ahead.split_whitespace().next_back().unwrap_or_default().to_ascii_lowercase();
    number.len() >= 3 || LEADS.split(' ').any(|word| word == last)
}

fn goes_on(word: &str) -> bool {
    let word = word.trim_end_matches(|ch: char| !ch.is_alphanumeric()).to_ascii_lowercase();
    GOES_ON.split_whitespace().any(|known| known == word)
}

/// The last bytes before a place, on a character border.
fn tail(before: &str) -> &str {
    let from = before.len().saturating_sub(REACH_BYTES);
    (from..=before.len()).find_map(|at| before.get(at..)).unwrap_or_default()
}

/// As the views spell it: plain characters, lower case, single spaces.
fn plain(street: &str) -> String {
    let view = View::of(&fold(&glyphs_of(street)));
    view.text().to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// "elm" of "n elm st" and "reforma" of "calle de la reforma"; whether the street word came first.
fn without_street_word(street: &str) -> (String, bool) {
    static FIRST: LazyLock<Regex> =
        LazyLock::new(|| literal(&format!(r"(?i-u)^{VIA}(?:(?:de|del|la|las|los|el)\s)*")));
    static COMPASS_FIRST: LazyLock<Regex> = LazyLock::new(|| literal(&format!("(?i-u)^{COMPASS}")));
    if let Some(via) = FIRST.find(street) {
        return (street.get(via.end()..).unwrap_or_default().to_owned(), true);
    }
    let from = COMPASS_FIRST.find(street).map_or(0, |found| found.end());
    let name = street.get(from..).unwrap_or_default();
    match name.rsplit_once(' ') {
        Some((bare, last)) if is_suffix(last) => (bare.to_owned(), false),
        _ => (name.to_owned(), false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        let list = ["Birch Ave", "N Elm St", "Park Row", "Calle de la Reforma", "Calle Alcalá"];
        let streets = Streets::new(&list.map(str::to_owned)).unwrap();
        let mut hits = Vec::new();
        streets.scan(text, &mut |hit| hits.push(text[hit.start..hit.end].to_owned()));
        hits
    }

    #[test]
    fn house_on_a_listed_street_is_found_without_its_street_word() {
        for (text, house) in [
            ("smoke at 1206 Birch again", "1206 Birch"),
            ("smoke at 1206 birch, again", "1206 birch"),
            ("from 77 N. Elm Apt 3", "77 N. Elm Apt 3"),
            ("it is 15 park row, upstairs", "15 park row"),
            ("i live on birch", "birch"),
            ("vivo en reforma desde 2010", "reforma"),
            ("vive alguien en Reforma 245, interior", "Reforma 245"),
            ("en alcala num. 12 hay ruido", "alcala num. 12"),
        ] {
            assert_eq!(found(text), [house], "{text}");
        }
    }

    #[test]
    fn listed_street_without_a_house_or_a_home_stays() {
        for text in [
            "potholes on Birch Ave near Elm",
            "plant 12 Birch trees",
            "plant 12 birch in the park",
            "the 400 Birch block",
            "in 2019 Birch was closed",
            "a budget of $500 Elm said",
            "Alcala 2 carriles",
            "Reformation 12 and birches",
            "5 Elmwood",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn list_that_is_too_long_is_refused() {
        assert!(Streets::new(&["x".repeat(101)]).is_none());
        assert!(Streets::new(&vec!["Elm".to_owned(); STREETS_MAX + 1]).is_none());
    }
}
