//! Names that a text itself announces, and where somebody works.
//!
//! Not a name finder: it knows no name, only the words that stand before one.

use super::super::PiiKind;
use super::prefilter::marks;
use super::{Candidate, Needs, Recognizer, words};

const NAME: &str = r"\p{Lu}[\p{L}\p{M}'’.\-]*(?:\s(?:(?:de|del|la|van|von|bin|al|el|da|dos)\s){0,2}\p{Lu}[\p{L}\p{M}'’\-]*){0,3}";

pub(in crate::text) fn recognizers() -> Vec<Recognizer> {
    let told = |words| Needs { words, ..Needs::default() };
    let field = Needs { any: marks::COLON | marks::EQUALS, ..told(words::FIELD) };
    let person = |name, needs, pattern: String| {
        Recognizer::new(name, PiiKind::Person, needs, &pattern).judged(not_a_role)
    };
    vec![
        person(
            "name-after-title",
            told(words::TITLE),
            format!(
                r"\b(?:Mr|Mrs|Ms|Miss|Mx|MR|MRS|MS|Dr|DR|Sr|Sra|Srta|Don|Doña|Dona|Prof|Rev)\.?\s({NAME})"
            ),
        ),
        person(
            "name-told",
            told(words::SIGNED),
            format!(
                r"(?:\b(?i:my name is|my name's|me llamo|mi nombre es|signed[,:]|sincerely,?|regards,?|atentamente,?|saludos,?|firmado:?)\s{{1,3}})({NAME})"
            ),
        ),
        person(
            "name-field",
            field,
            format!(
                r#"(?i:\b(?:full|first|last|sur|given)?[_\s-]?name|\bnombre)["']?\s?[:=]\s?["']?({NAME})"#
            ),
        ),
        Recognizer::new(
            "employer",
            PiiKind::Employer,
            told(words::WORK),
            &format!(
                r"(?i:\b(?:i|we) (?:work|worked|am employed|have a job) (?:at|for|by)|\btrabajo para)\s(?:(?i:the|el|la)\s)?({NAME})"
            ),
        ),
    ]
}

/// What follows a title may be another role.
fn not_a_role(candidate: &Candidate<'_>) -> Option<(PiiKind, f32)> {
    const ROLES: &[&str] = &[
        "Mayor",
        "President",
        "Speaker",
        "Chair",
        "Chairman",
        "Governor",
        "Alcalde",
        "The",
        "A",
        "I",
        "In",
        "It",
        "And",
        "Resident",
    ];
    let first = candidate.matched().split_whitespace().next()?;
    let mut before = candidate.before().split_whitespace().rev();
    let road =
        before.next().is_some_and(|title| title.trim_end_matches('.').eq_ignore_ascii_case("dr"))
            && before.next().is_some_and(|word| {
                word.starts_with(char::is_uppercase) && word.ends_with(char::is_alphanumeric)
            });
    (!road && !ROLES.contains(&first)).then_some((PiiKind::Person, 0.8))
}

#[cfg(test)]
mod tests {
    use super::super::{assert_hits, assert_no_hits};
    use PiiKind::{Employer, Person};

    use super::*;

    #[test]
    fn announced_names_are_found() {
        assert_hits(&[
            ("ask Mrs. Delgado there", "Delgado", Person),
            ("My name is Ana de la Cruz and", "Ana de la Cruz", Person),
            ("me llamo José Núñez", "José Núñez", Person),
            ("patient name=\"Heather Clark\"", "Heather Clark", Person),
            ("I work at Hooli Technologies", "Hooli Technologies", Employer),
        ]);
    }

    #[test]
    fn roles_and_roads_are_no_names() {
        assert_no_hits(&[
            "Mr. Mayor, fix this",
            "James Monroe Dr and Lee Ave",
            "work for everyone",
        ]);
    }
}
