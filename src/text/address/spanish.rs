//! Spanish streets with their numbers, as Spain and Latin America write them.

use super::super::PiiKind;
use super::super::patterns::{Candidate, Needs, Recognizer, marks, words};
use super::english::is_no_street_name;

pub(super) const VIA: &str = r"(?:(?:calle|cl|avenida|avda?|av|paseo|plaza|pza|plz|carrera|cra|camino|carretera|ctra|ronda|travesia|glorieta|callejon|privada|prolongacion|calzada|blvd|bulevar|cerrada|jiron|pasaje|rambla|vereda|costanilla|cuesta)\b\.?\s{1,2}|c/\s{0,2})";
const VIA_NAME: &str = r"(?:(?:de|del|la|las|los|el|san|santa|y|don|dona|dr\.?|gral\.?|virgen)\s){0,3}[a-z][a-z'.\-]*(?:\s(?:(?:de|del|la|las|los|el|y)\s){0,2}[a-z][a-z'.\-]*){0,3}?";
const DOOR: &str = r"(?:,?\s{1,2}(?:interior|int\.?|piso|planta|puerta|pta\.?|depto\.?|departamento|apto\.?|apartamento|local|esc(?:alera)?\.?|portal|bloque|blq\.?|manzana|mz\.?|lote|casa)\s(?:[0-9]+\s?[oa]?\b|[a-z]\b|izq\w*|dcha\w*)|,?\s{1,2}[0-9]{1,2}\s?[oa]\.?\s?(?:[a-z]\b|izq\w*|dcha\w*)|,\s(?:bajo|atico|entresuelo)\b|,?\s{1,2}(?:colonia|col\.|barrio|urbanizacion|urb\.|fraccionamiento|fracc\.)\s[a-z][a-z]+(?:\s[A-Z][a-z]+)?|,?\s{1,2}(?:c\.?p\.?\s?)?[0-9]{5}\b)";

/// Words after a street word that make it no address.
const NO_VIA_NAMES: &str = "que en con para por se es hay como desde hasta esta son tiene cada sobre entre mas menos \
     unos unas solo fue";

pub(super) fn recognizers() -> Vec<Recognizer> {
    let needs = |digits, words| Needs { digits, words, ..Needs::default() };
    let address =
        |name, needs, pattern: String| Recognizer::new(name, PiiKind::Address, needs, &pattern);
    vec![
        address(
            "address-spanish",
            needs(1, words::VIA),
            format!(r"(?i-u)\b{VIA}{VIA_NAME}(?:\s?,\s?|\s{{1,2}})(?:(?:num(?:ero)?\.?|no\.?|n\.?o?|#|nro\.?|km\.?)\s{{0,2}})?[0-9]{{1,5}}(?:\s?[a-z]\b)?(?:\sbis\b)?{DOOR}*"),
        )
        .judged(numbered_via),
        address(
            "address-grid",
            Needs { marks: marks::DASH, ..needs(3, words::GRID) },
            r"(?i-u)\b(?:calle|carrera|cra|cl|kr|cr|av(?:enida)?|transversal|tv|diagonal|dg)\.?\s?[0-9]{1,3}\s?[a-z]?(?:\s?bis)?\s?(?:sur|norte|este)?\s?(?:#|no\.?|n\.?o?)\s?[0-9]{1,3}\s?[a-z]?\s?-\s?[0-9]{1,3}\b".to_owned(),
        ),
    ]
}

/// "Calle Alcalá 2 carriles" counts lanes.
fn numbered_via(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    let next = candidate.after().split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    let counted = [
        "carriles", "veces", "anos", "dias", "meses", "horas", "metros", "km", "%", "de",
        "personas",
    ];
    let no_name = |name: &str| {
        let name = name.to_ascii_lowercase();
        NO_VIA_NAMES.split(' ').any(|known| known == name)
            || (is_no_street_name(&name) && name != "a")
    };
    let refused =
        counted.contains(&next.as_str()) || candidate.matched().split_whitespace().any(no_name);
    (!refused).then_some((PiiKind::Address, 0.85))
}
