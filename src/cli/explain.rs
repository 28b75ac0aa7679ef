//! `undertone redact --explain`: every finding of every text, for people or as JSON lines.

use std::fmt;

use serde::Serialize;

use super::{Failure, lines, redact::Redacted};
use crate::{
    domain::Sensitive,
    text::{Action, CodePointSpan, Decision, Finding, Redactor},
};

/// What is printed of one text.
#[derive(Serialize)]
struct Explained {
    #[serde(flatten)]
    redacted: Redacted,
    findings: Vec<FindingRow>,
}

/// One finding, before it was widened to words and joined with others.
#[derive(Serialize)]
struct FindingRow {
    start: usize,
    end: usize,
    r#type: &'static str,
    recognizer: &'static str,
    view: &'static str,
    validation: String,
    score: f32,
    action: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

/// Runs the command.
pub(super) fn run(redactor: &Redactor, json: bool) -> Result<(), Failure> {
    let explain = |text: Sensitive<String>| {
        let explanation = redactor.explain(&text);
        let places = explanation.code_points(&text);
        let findings = places.iter().zip(&explanation.findings);
        Ok(Explained {
            redacted: Redacted::of(&explanation.redaction, &text),
            findings: findings.map(|(place, finding)| row(place, finding)).collect(),
        })
    };
    if json { lines::answer_each(explain) } else { lines::tell_each(explain) }
}

fn row(place: &CodePointSpan, finding: &Finding) -> FindingRow {
    let (action, reason) = match finding.decision {
        Decision::Kept(reason) => ("keep", Some(reason.as_str())),
        Decision::Hidden(Action::Generalise) => ("generalise", None),
        Decision::Hidden(_) => ("replace", None),
    };
    FindingRow {
        start: place.start,
        end: place.end,
        r#type: finding.span.kind.as_str(),
        recognizer: finding.span.recognizer,
        view: finding.view.as_str(),
        validation: finding.check.words(),
        score: finding.span.score,
        action,
        reason,
    }
}

impl fmt::Display for Explained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "  {}", self.redacted.redacted.replace('\n', "\n  "))?;
        if let Some(reason) = self.redacted.withheld {
            writeln!(f, "  withheld: {reason}")?;
        }
        if !self.findings.is_empty() {
            writeln!(
                f,
                "  {:>11}  {:10}  {:20}  {:11}  {:21}  {:>5}  action",
                "characters", "type", "recognizer", "view", "validation", "score"
            )?;
        }
        self.findings.iter().try_for_each(|row| {
            let FindingRow { start, end, r#type, recognizer, view, validation, score, .. } = row;
            let place = format!("{start}..{end}");
            write!(f, "  {place:>11}  {type:10}  {recognizer:20}  {view:11}  {validation:21}  ")?;
            let reason = row.reason.map_or_else(String::new, |reason| format!(" ({reason})"));
            writeln!(f, "{score:>5.2}  {}{reason}", row.action)
        })
    }
}
