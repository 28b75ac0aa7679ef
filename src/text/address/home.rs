//! Streets that a text ties to a home: "I live on", "my house is at", "vivo en".

use super::super::PiiKind;
use super::super::patterns::{Candidate, Needs, Recognizer, words};
use super::english::{COMPASS, ORDINAL, is_no_street_name, is_suffix, street};
use super::spanish::VIA;

/// A block, which is coarse by itself and a home when somebody lives in it.
const BLOCK: &str = r"(?:[0-9]{1,6}\s(?:block|blk)\s(?:of\s)?)?";

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = Needs { words: words::HOME, ..Needs::default() };
    let on_street = Needs { also: words::STREET, ..needs };
    let via = Needs { also: words::VIA, ..needs };
    let address =
        |name, needs, pattern: String| Recognizer::new(name, PiiKind::Address, needs, &pattern);
    let street = street();
    let corner =
        format!(r"(?:\s(?:and|&|at|y)\s(?:{street}|{COMPASS}?(?-i:[A-Z][a-z]+|{ORDINAL})\b))?");
    let tie = r"\b(?:liv(?:e|es|ed|ing)|resid(?:e|es|ing)|(?:my|our|his|her|their)\s(?:house|home|apartment|condo|flat|place|building)(?:\s(?:is|sits|stands))?|moved)\s(?:right\s|just\s|here\s|over\s|close\s|back\s){0,2}";
    // "Live on" alone announces a broadcast.
    let own_tie = tie.replacen("liv(?:e|es|ed|ing)", r"(?:i|we|he|she|they|you|who|that|people|residents|neighbou?rs?|family|mother|father|mom|dad|parents)\s(?:[a-z]+\s)?liv(?:e|es|ed)|living", 1);
    vec![
        address(
            "home-street",
            on_street,
            format!(r#"(?i-u){tie}(?:on|at|in|off|by|near|next to|across from)\s(?:the\s)?(?:corner\sof\s)?["'(]?({BLOCK}{street}{corner})"#),
        )
        .judged(home),
        address(
            "home-name",
            needs,
            format!(r#"(?i-u){own_tie}(?:on|off|at)\s(?:the\scorner\sof\s)?["'(]?((?-i:(?:[NSEW]\.?\s)?(?:[A-Z][a-z]+|{ORDINAL})(?:\s[A-Z][a-z]+){{0,2}}){corner})\b"#),
        ),
        address(
            "home-spanish",
            via,
            format!(r"(?i-u)\b(?:viv(?:o|e|en|imos|ia)|resid[oe]|mi\s(?:casa|piso|domicilio)\s(?:esta|queda|es))\s(?:en|sobre|por)\s(?:la\s|el\s)?({VIA}(?:(?:de|del|la|las|los|el|san|santa)\s){{0,3}}[a-z][a-z'.\-]*(?-i:(?:\s(?:de|del|la|las|los|el|y))*\s[A-Z][a-z]+){{0,3}})\b"),
        ),
    ]
}

/// "I live in a dead end street" names no street.
fn home(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let last = candidate.matched().split_whitespace().next_back().unwrap_or_default();
    let area =
        ["park", "green", "heights", "hill", "ridge", "point", "run", "view", "cove", "square"]
            .contains(&last.to_ascii_lowercase().as_str());
    // The words of a block are no name: "400 block of Elm Street".
    let matched = candidate.matched();
    let name = matched.split_once("block ").map_or(matched, |(_, name)| name);
    let name = name.strip_prefix("of ").unwrap_or(name);
    let named =
        !area && !name.split_whitespace().any(|name| is_no_street_name(name) && !is_suffix(name));
    named.then_some((PiiKind::Address, 0.8))
}
