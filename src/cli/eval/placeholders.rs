//! Whether hiding personal data moves a tone: each text as written beside the same text redacted.

use std::path::Path;

use rayon::prelude::*;

use super::{
    super::Failure,
    corpora,
    measure::{Figure, Wanted, share},
    report::Report,
};
use crate::{
    domain::Sensitive,
    model::Classifier,
    text::{RedactedText, Redactor},
};

/// Requests of New Haven that are read.
const REQUESTS_MAX: usize = 1_500;
/// Share of pairs that must agree.
const AGREE_MIN: f64 = 0.98;

/// Measures posts and requests.
pub(super) fn report(
    data: &Path,
    classifier: &Classifier,
    redactor: &Redactor,
) -> Result<Report, Failure> {
    let posts = corpora::pairs(data, "tweeteval-dev", "val")?;
    let posts: Vec<String> = posts.into_iter().map(|row| row.text).collect();
    let requests = corpora::new_haven(data)?.into_iter().map(|(_, body)| body);
    let requests: Vec<String> = requests.take(REQUESTS_MAX).collect();
    let mut figures = Vec::new();
    for (name, texts) in [("posts", &posts), ("requests", &requests)] {
        figures.extend(pairs(name, texts, classifier, redactor)?);
    }
    Ok(Report {
        set: "placeholders".into(),
        texts: posts.len() + requests.len(),
        figures,
        confusion: None,
        groups: Vec::new(),
        notes: vec![
            "with and without placeholders is the same text to the classifier, which leaves them \
             out; what redaction takes from a text is gone for both"
                .into(),
        ],
    })
}

fn pairs(
    name: &str,
    texts: &[String],
    classifier: &Classifier,
    redactor: &Redactor,
) -> Result<[Figure; 2], Failure> {
    let compare = |text: &String| -> Result<Option<(bool, bool)>, crate::model::ModelError> {
        let hidden = redactor.redact(&Sensitive::new(text.clone()));
        let placed = hidden.text.as_str();
        if hidden.withheld.is_some() || placed == text {
            return Ok(None);
        }
        let bare: String = without(placed);
        let tone = |text: &str| {
            let reading = classifier.read_as("en", &RedactedText::from_public(text))?;
            Ok::<_, crate::model::ModelError>(reading.labels.sentiment)
        };
        let with = tone(placed)?;
        Ok(Some((with == tone(&bare)?, with == tone(text)?)))
    };
    let found: Result<Vec<_>, _> = texts.par_iter().map(compare).collect();
    let found: Vec<(bool, bool)> =
        found.map_err(Failure::internal)?.into_iter().flatten().collect();
    let agree = format!("{name}: same tone with placeholders and without");
    let written = format!("{name}: same tone redacted and as written");
    Ok([
        share(&agree, found.iter().map(|(agree, _)| *agree)).wanted(Wanted::AtLeast(AGREE_MIN)),
        share(&written, found.iter().map(|(_, written)| *written)),
    ])
}

/// A text whose placeholders are cut out, with everything between them as it was.
fn without(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(open) = rest.find('<') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        let word = after[1..].find('>').map(|close| &after[1..=close]);
        match word {
            Some(word) if is_placeholder(word) => {
                out.push(' ');
                rest = &after[word.len() + 2..];
            }
            _ => {
                out.push('<');
                rest = &after[1..];
            }
        }
    }
    out + rest
}

fn is_placeholder(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_without_placeholders_keeps_everything_else() {
        assert_eq!(without("<PERSON> said a < b <b> to <BIRTH_DATE>."), "  said a < b <b> to  .");
        assert_eq!(without("a <PERSON"), "a <PERSON");
    }
}
