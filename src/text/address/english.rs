//! House numbers with English streets.

use super::super::PiiKind;
use super::super::patterns::{Candidate, Needs, Recognizer, words};

pub(super) const NUMBER: &str = r"(?:[0-9]{1,6}[a-z]?(?:\s?[\-/]\s?[0-9]{1,4}[a-z]?)?(?:\s1/2)?|[nsew][0-9]{1,3}\s?[nsew][0-9]{1,6}|[nsew][0-9]{3,5}|[0-9]{1,3}[nsew][0-9]{2,5})";
/// Ways of a grid, long first so that "north" is not read as "n".
const WAY: &str = r"(?:north|south|east|west|[nsew]\b\.?)";
pub(super) const COMPASS: &str = r"(?:(?:n|s|e|w|ne|nw|se|sw|north|south|east|west|northeast|northwest|southeast|southwest)\.?\s{1,2})";
const WORD: &str = r"(?:[a-z][a-z'.\-]*|[0-9]{1,3}(?:st|nd|rd|th))";
pub(super) const ORDINAL: &str = r"[0-9]{1,3}(?:st|nd|rd|th)";
pub(super) const SUFFIX: &str = r"(?:st|str|street|ave?|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|ct|court|pl|place|ter|terr|terrace|way|cir|circle|pkwy|parkway|hwy|highway|sq|square|trl|trail|row|aly|alley|loop|cres|crescent|close|mews|gdns|gardens|grove|walk|path|pike|tpke|turnpike|xing|crossing|plz|plaza|pt|point|run|ridge|hill|cove|view|heights|hts|park|green)";
/// Street words that are also part of a name, as in "Pine Ridge Rd".
const RISE: &str = r"(?:ridge|hill|view|cove|heights|hts|park|green|grove|point|run|crossing|gardens|path|loop|walk|circle|plaza|square|court|place|terrace|trail)";
/// Street words that may follow them.
const HARD_SUFFIX: &str = r"(?:st|street|ave|avenue|rd|road|dr|drive|ln|lane|blvd|boulevard|ct|court|cir|circle|ter|terrace|trl|trail|pkwy|parkway|way)";
pub(super) const UNIT: &str = r"(?:,?\s{0,2}(?:(?:apt|apartment|apto|unit|suite|ste|floor|fl|rm|room|bldg|building|lot|trailer|no|box)\.?\s{0,2}#?|#)\s{0,2}(?:[a-z]{0,2}-?[0-9]+[a-z]?(?:-[a-z0-9]+)?|[a-z])\b)";
pub(super) const TOWN: &str = r"(?:(?:,\s{0,2}[a-z][a-z.'\-]+(?:\s[a-z][a-z.'\-]+){0,2})?,?\s{1,2}[a-z]{2}\.?,?\s{1,2}[0-9]{5}(?:-[0-9]{4})?\b)";

/// Words between a number and a street word that make it no address.
const NO_STREET_NAMES: &str = "a an the of on in at to and or for from by with is are was were has have had be more less \
     other new big small minute minutes min mins hour hours hr hrs yr yrs day days week weeks month \
     months year years mile miles block blocks foot feet ft lane lanes way car cars bus buses \
     bike people kids children person story stories storey unit units bedroom houses homes \
     percent times time pm am p.m. a.m. potholes pothole trees signs stop lights point points \
     public dead side parking that this our my your their over near between along down up off \
     out than not will can do does should would goes runs cross per speed mph k local city busy \
     streets roads years. one two three wide i we they you it so if when where who which as but \
     because open community narrow main. square acre acres million billion dollars";

/// Street words that are ordinary words in lower case.
const SOFT_SUFFIXES: &str = "row loop close walk path run ridge hill view park green point heights grove gardens \
     crossing pike pt way place drive square circle plaza court trail cove highway";

/// A street by name, without a number.
pub(super) fn street() -> String {
    format!(
        r"{COMPASS}?(?:{WORD}\s{{1,2}}){{1,4}}?(?:{RISE}\s{HARD_SUFFIX}|{SUFFIX})\b\.?(?:\s(?:n|s|e|w|ne|nw|se|sw)\b\.?)?"
    )
}

pub(super) fn is_no_street_name(word: &str) -> bool {
    let word = word.trim_end_matches('.').to_ascii_lowercase();
    NO_STREET_NAMES.split(' ').any(|known| known == word)
}

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = |digits, words| Needs { digits, words, ..Needs::default() };
    let address =
        |name, needs, pattern: String| Recognizer::new(name, PiiKind::Address, needs, &pattern);
    let street = street();
    vec![
        address(
            "address",
            needs(1, words::STREET),
            format!(r"(?i-u)\b{NUMBER},?\s{{1,2}}{street}{UNIT}?{TOWN}?"),
        )
        .judged(house),
        address(
            "address-grid-american",
            Needs { run: 2, ..needs(4, 0) },
            format!(
                r"(?i-u)\b[0-9]{{2,5}}\s{{1,2}}{WAY}\s{{1,2}}[0-9]{{2,5}}\s{{1,2}}{WAY}{UNIT}?{TOWN}?"
            ),
        )
        .judged(grid),
        address(
            "address-broadway",
            needs(1, words::BROADWAY),
            format!(r"(?i-u)\b{NUMBER}\s{{1,2}}{COMPASS}?broadway\b{UNIT}?{TOWN}?"),
        ),
        address(
            "address-avenue-letter",
            needs(1, words::ROAD),
            format!(
                r"(?i-u)\b{NUMBER}\s{{1,2}}{COMPASS}?(?:avenue|ave\.?|highway|hwy\.?|route|rte\.?|county road|cr|state road)\s(?:[0-9]{{1,4}}|(?-i:[A-Z]))\b{UNIT}?{TOWN}?"
            ),
        ),
    ]
}

/// "455 South 300 East": along one axis, then along the other. Where "and" parts the two it is a
/// crossing, which stays.
fn grid(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let mut ways = candidate
        .matched()
        .split_whitespace()
        .filter_map(|word| word.bytes().next())
        .filter(u8::is_ascii_alphabetic)
        .map(|first| matches!(first.to_ascii_lowercase(), b'n' | b's'));
    let number = candidate.matched().split_whitespace().next()?;
    let crosses = ways.next()? != ways.next()?;
    let block = is_block(number, candidate.after());
    (crosses && !block && !is_inside_number(candidate.before())).then_some((PiiKind::Address, 0.85))
}

/// Whether a round number and what follows its street name a block: "the 400 Elm St block".
pub(super) fn is_block(number: &str, after: &str) -> bool {
    let next = after.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let next = next.trim_end_matches(|ch: char| !ch.is_ascii_alphanumeric());
    let round = number.parse().is_ok_and(|number: u32| number.is_multiple_of(100));
    round && ["block", "blk"].contains(&next) && after.starts_with(' ')
}

/// Whether a number goes on before the candidate, or is money.
pub(super) fn is_inside_number(before: &str) -> bool {
    before.ends_with(['.', ',', '$', '-', ':', '/'])
}

/// Whether a number is a year: "In 2019 Main Street was closed".
pub(super) fn is_year_told(number: &str, before: &str) -> bool {
    matches!(number.parse(), Ok(1800..=2100)) && follows_preposition(before)
}

/// Whether number, name and street word make an address and no count of things.
fn house(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let matched = candidate.matched();
    let until_unit = matched.split([',', '#']).next().unwrap_or(matched);
    let mut tokens: Vec<&str> = until_unit.split_whitespace().collect();
    if tokens.len() < 3 {
        tokens = matched.split([' ', ',', '#']).filter(|token| !token.is_empty()).collect();
    }
    let number = tokens.first().copied().unwrap_or_default();
    let names = tokens.get(1..).unwrap_or_default();
    let at_suffix =
        names.iter().skip(1).position(|token| is_suffix(token)).map_or(names.len(), |at| at + 1);
    let (names, suffix) =
        (names.get(..at_suffix)?, names.get(at_suffix).copied().unwrap_or_default());
    let year = is_year_told(number, candidate.before());
    let decimal = is_inside_number(candidate.before());
    let block = is_block(number, candidate.after());
    let capital =
        |name: &str| name.starts_with(|ch: char| ch.is_ascii_uppercase() || ch.is_ascii_digit());
    let soft = SOFT_SUFFIXES.split(' ').any(|soft| soft == suffix)
        && !names.iter().all(|name| capital(name));
    let cased = names.iter().all(|name| capital(name));
    let lower = names.iter().all(|name| !capital(name) || name.len() <= 4);
    let room = if cased {
        4
    } else if lower {
        2
    } else {
        0
    };
    let refused = names.iter().any(|name| is_no_street_name(name))
        || year
        || decimal
        || block
        || names.len() > room
        || (soft && candidate.text.bytes().any(|b| b.is_ascii_uppercase()));
    (!refused).then_some((PiiKind::Address, 0.9))
}

pub(super) fn is_suffix(token: &str) -> bool {
    let token = token.trim_end_matches(['.', ',']).to_ascii_lowercase();
    SUFFIX
        .trim_start_matches("(?:")
        .trim_end_matches(')')
        .split('|')
        .any(|suffix| suffix == token || (suffix == "ave?" && (token == "ave" || token == "av")))
}

fn follows_preposition(before: &str) -> bool {
    let last = before.split_whitespace().next_back().unwrap_or_default().to_ascii_lowercase();
    ["in", "since", "by", "until", "of", "before", "after", "during", "for", "en", "desde"]
        .contains(&last.as_str())
}
