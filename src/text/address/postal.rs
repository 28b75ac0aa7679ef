//! Boxes, units and postal codes that stand without a street.

use super::super::PiiKind;
use super::super::patterns::{Needs, Recognizer, marks, words};

/// Routes of the countryside before a box; without a box a route is a road and stays.
const ROUTE: &str = r"r\.?\s?r\.?|r\.?\s?d\.?|h\.?c\.?(?:r\.?)?|(?:rural|star|highway contract)\s(?:route|rte?|rt)\.?|highway contract|(?:route|rte?|rt)\.?";

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = |digits, words| Needs { digits, words, ..Needs::default() };
    let address =
        |name, needs, pattern: String| Recognizer::new(name, PiiKind::Address, needs, &pattern);
    vec![
        address(
            "post-box",
            needs(1, words::POST),
            format!(r"(?i-u)\b(?:p\.?\s?o\.?\s?(?:box|b\b\.?)|post(?:al)?(?:\soffice)?\sbox|(?:{ROUTE})(?:\s?(?:#|no\.?|number))?\s?[0-9]{{1,5}}[a-z]?,?\s(?:box|bx\.?)|pmb|private mailbox|lock\s?box|apartado(?:\sde\scorreos|\spostal|\saereo)?|apdo\.?(?:\spostal)?|casilla(?:\sde\scorreo|\spostal)?|caixa postal)\s?(?:#|no\.?|num\.?|number)?\s?[0-9]{{1,7}}(?:\s?-\s?[0-9a-z]{{1,4}}|[a-z])?\b"),
        ),
        address(
            "military-mail",
            needs(2, words::POST),
            r"(?i-u)\b(?:psc|cmr|unit)\s[0-9]{1,5},?\sbox\s[0-9]{1,6}(?:,?\s(?:apo|fpo|dpo)\s(?:aa|ae|ap)(?:,?\s[0-9]{5})?)?\b".to_owned(),
        ),
        address(
            "general-delivery",
            needs(5, words::POST),
            r"(?i-u)\b(?:general delivery|lista de correos),?\s[a-z][a-z.'\-]+(?:\s[a-z][a-z.'\-]+)?,?\s(?:[a-z]{2}\s)?[0-9]{5}\b".to_owned(),
        ),
        address(
            "unit",
            needs(1, words::UNIT),
            r"(?i-u)\b(?:apt|apartment|unit|suite|ste|apto|depto|departamento|trailer|lot|piso|puerta)\.?\s{0,2}#?\s{0,2}(?:[a-z]?-?[0-9]{1,5}[a-z]?(?:-[a-z0-9]{1,3})?|[0-9]{1,4}-[a-z])\b".to_owned(),
        ),
        Recognizer::new(
            "zip-plus-four",
            PiiKind::Postcode,
            Needs { run: 5, ..needs(9, 0) },
            r"(?-u)\b[0-9]{5}-[0-9]{4}\b",
        ),
        Recognizer::new(
            "zip-told",
            PiiKind::Postcode,
            Needs { run: 5, ..needs(5, words::POST) },
            r#"(?i-u)\b(?:zip|postal|c\.?p\.?|postcode)(?:[\s_-]?code|go)?(?:\s(?:is|es))?[\s:="'.]{0,3}([0-9]{5}(?:-[0-9]{4})?)\b"#,
        ),
        Recognizer::new(
            "zip-after-state",
            PiiKind::Postcode,
            Needs { run: 5, ..needs(5, 0) },
            r"(?-u)\b(?:AL|AK|AZ|AR|CA|CO|CT|DE|DC|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND|OH|OK|OR|PA|PR|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY),?\s([0-9]{5})\b",
        ),
        Recognizer::new(
            "postcode-british",
            PiiKind::Postcode,
            Needs { marks: marks::CAPITAL_CODE, ..needs(2, 0) },
            r"(?-u)\b[A-Z]{1,2}[0-9][A-Z0-9]?\s[0-9][A-Z]{2}\b",
        ),
    ]
}
