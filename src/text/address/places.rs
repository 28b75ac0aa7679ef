//! Streets and public places named after people, told from people and homes.

/// Words before a number that make it anything but a house.
const NO_HOUSES: &str = "route rte highway hwy interstate line bus i us exit ruta page pole walk test \
                         ward section district bill item option plan phase area zone grade team group \
                         level number no city council article precinct meter lot ticket year";

/// Whether an address that a tagger found names a house and not merely a street or a number.
pub(in crate::text) fn names_a_house(stretch: &str) -> bool {
    let mut tokens = stretch.split([' ', ',', '\n', '#']).filter(|token| !token.is_empty());
    let Some(first) = tokens.next() else { return false };
    let rest: Vec<&str> = tokens.collect();
    if !first.contains(|ch: char| ch.is_ascii_digit()) {
        let first = first.trim_end_matches('.').to_lowercase();
        return !NO_HOUSES.split(' ').any(|word| word == first)
            && rest.iter().any(|token| is_house_number(token));
    }
    let named = |token: &&str| token.chars().filter(|ch| ch.is_alphabetic()).count() >= 2;
    is_house_number(first) && rest.iter().any(named)
        || rest.iter().any(|token| is_house_number(token))
}

/// Figures with at most two letters, but no ordinal and no date.
fn is_house_number(token: &str) -> bool {
    let token = token.trim_end_matches(['.', ',']).to_lowercase();
    let ordinal = ["st", "nd", "rd", "th"].iter().any(|end| token.ends_with(end));
    token.contains(|ch: char| ch.is_ascii_digit()) && !ordinal && !token.contains('/')
}

/// Whether a name is the name of a street or a public place, from the word after or before it.
pub(in crate::text) fn is_place_name(before: &str, after: &str) -> bool {
    const AFTER: &[&str] = &[
        "street",
        "st",
        "avenue",
        "ave",
        "boulevard",
        "blvd",
        "road",
        "rd",
        "drive",
        "dr",
        "lane",
        "ln",
        "court",
        "ct",
        "place",
        "pl",
        "way",
        "parkway",
        "pkwy",
        "highway",
        "hwy",
        "bridge",
        "school",
        "elementary",
        "library",
        "hospital",
        "station",
        "stadium",
        "airport",
        "plaza",
        "square",
        "playground",
        "terrace",
        "tunnel",
        "middle",
        "high",
        "memorial",
        "center",
        "centre",
    ];
    const BEFORE: &[&str] = &[
        "calle",
        "avenida",
        "avda",
        "plaza",
        "paseo",
        "parque",
        "colegio",
        "hospital",
        "glorieta",
        "instituto",
        "barrio",
        "puente",
        "carrera",
        "estadio",
        "ceip",
        "ies",
        "teatro",
    ];
    let clean = |word: &str| word.trim_matches(|ch: char| !ch.is_alphanumeric()).to_lowercase();
    let next =
        after.trim_start_matches([' ', '.', '\u{200b}']).split_whitespace().next().map(clean);
    let parted = after.starts_with([',', ';', '!', '?', '\n']);
    let mut previous = before.split_whitespace().rev().map(clean);
    let mut last = previous.next().unwrap_or_default();
    if ["de", "del", "la", "los", "las"].contains(&last.as_str()) {
        last = previous.next().unwrap_or_default();
    }
    (!parted && next.is_some_and(|word| AFTER.contains(&word.as_str())))
        || BEFORE.contains(&last.as_str())
}
