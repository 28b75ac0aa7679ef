//! The redactor: the only reader of raw text.
//!
//! A pure function of the text and the policy. It fails closed: whatever it cannot finish, it
//! withholds.

use std::{fmt, sync::Arc};

use super::{
    Check, Decision, Explanation, Finding, PiiKind, Policy, PolicyError, RedactedText, Span,
    TokenTagger, ViewKind,
    layers::{InRole, Layers},
    mentions::mentions,
    quiet::{install, quietly},
    render::{Rendered, render},
    script::is_mostly_unreadable,
    spans::whole,
    views::Views,
};
use crate::domain::Sensitive;

/// How often what is about to leave is looked at again before the text is withheld.
const LOOKS_MAX: usize = 4;

/// Why a text was withheld as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Withheld {
    /// It is longer than the policy allows.
    TooLong,
    /// Most of its letters belong to scripts that no layer reads.
    UnknownScript,
    /// The tagger failed.
    Tagger,
    /// The patterns still found something in what was about to leave.
    Residue,
    /// A defect of this program; the panic was caught and its message dropped.
    Internal,
}

impl Withheld {
    /// The word used in counts and in the output of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Withheld::TooLong => "too_long",
            Withheld::UnknownScript => "unknown_script",
            Withheld::Tagger => "tagger",
            Withheld::Residue => "residue",
            Withheld::Internal => "internal",
        }
    }
}

/// What became of one text.
#[derive(Debug)]
pub struct Redaction {
    /// What may be read on.
    pub text: RedactedText,
    /// What was hidden, in order, apart; the whole text when it was withheld.
    pub spans: Vec<Span>,
    /// Why the text was withheld, if it was.
    pub withheld: Option<Withheld>,
}

/// A span in Unicode code points, as the command line prints it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CodePointSpan {
    /// First code point.
    pub start: usize,
    /// First code point after.
    pub end: usize,
    /// The span in bytes.
    pub span: Span,
}

/// Strips personal data from texts; built once, shared by all threads.
///
/// ```
/// use undertone::{
///     domain::Sensitive,
///     text::{Policy, Redactor},
/// };
///
/// let patterns_only = Redactor::new(Policy::default(), None)?;
/// // Wide digits and an invisible character hide this number from a plain search.
/// let text = Sensitive::new("Call 607-５５５-01\u{200b}34 about the potholes".to_owned());
/// let redaction = patterns_only.redact(&text);
/// assert_eq!(redaction.text.as_str(), "Call <PHONE> about the potholes");
/// assert_eq!(redaction.withheld, None);
/// # Ok::<(), undertone::text::PolicyError>(())
/// ```
pub struct Redactor {
    layers: Layers,
}

impl Redactor {
    /// Builds the layers from the policy; without a tagger only shapes are found, no names.
    ///
    /// Also silences the panic message of a thread while it is inside redaction, since a message
    /// may quote the text.
    ///
    /// # Errors
    /// When the policy would keep a direct identifier visible or holds a setting out of range.
    pub fn new(policy: Policy, tagger: Option<Arc<dyn TokenTagger>>) -> Result<Self, PolicyError> {
        install();
        Ok(Self { layers: Layers::new(policy, tagger)? })
    }

    /// Strips one text.
    ///
    /// # Privacy
    /// The result depends on the text and the policy only. Nothing of the text is kept, printed or
    /// part of a panic.
    pub fn redact(&self, text: &Sensitive<String>) -> Redaction {
        self.explain(text).redaction
    }

    /// Strips one text and tells what was found on the way.
    ///
    /// # Privacy
    /// As [`Redactor::redact`]; a finding holds places, kinds and scores, no word of the text.
    pub fn explain(&self, text: &Sensitive<String>) -> Explanation {
        self.explained(text, true)
    }

    /// Strips one text by its shapes alone, as if there were no tagger.
    pub(super) fn explain_shapes(&self, text: &Sensitive<String>) -> Explanation {
        self.explained(text, false)
    }

    pub(super) fn has_tagger(&self) -> bool {
        self.layers.has_tagger()
    }

    fn explained(&self, text: &Sensitive<String>, tagged: bool) -> Explanation {
        let text = text.expose();
        let mut findings = Vec::new();
        let outcome = quietly(|| self.attempt(text, tagged, &mut findings));
        let outcome = outcome.unwrap_or(Err(Withheld::Internal));
        let redaction = outcome.unwrap_or_else(|reason| withhold(text, reason));
        Explanation { redaction, findings }
    }

    fn attempt(
        &self,
        text: &str,
        tagged: bool,
        findings: &mut Vec<Finding>,
    ) -> Result<Redaction, Withheld> {
        let policy = self.layers.policy();
        if text.len() > policy.text_bytes_max || u32::try_from(text.len()).is_err() {
            return Err(Withheld::TooLong);
        }
        let views = Views::of(text, tagged && self.layers.has_tagger());
        if views.folded().is_some_and(is_mostly_unreadable) {
            return Err(Withheld::UnknownScript);
        }
        findings.extend(self.layers.shapes(text, &views));
        if tagged {
            let tags = self.layers.tags(text, &views, findings).map_err(|_| Withheld::Tagger)?;
            findings.extend(tags);
        }
        self.settle(text, findings)
    }

    /// Widens, adds mentions and renders until a second look at the result finds nothing more.
    fn settle(&self, text: &str, findings: &mut Vec<Finding>) -> Result<Redaction, Withheld> {
        let in_role = InRole::new(&self.layers, text);
        let hidden = findings.iter().filter(|finding| finding.is_hidden());
        let mut spans: Vec<Span> = hidden.map(|finding| finding.span).collect();
        for _ in 0..LOOKS_MAX {
            spans = whole(text, spans);
            let mut again = mentions(text, &spans);
            again.retain(|span| !in_role.touches(span));
            if !again.is_empty() {
                let told = |span: &Span| self.also_found(span, ViewKind::Original);
                findings.extend(again.iter().map(told));
                spans.extend(again);
                spans = whole(text, spans);
            }
            let rendered = render(text, &spans, self.layers.policy());
            let residue = if spans.is_empty() { Vec::new() } else { self.residue(&rendered) };
            if residue.is_empty() {
                let text = RedactedText::redacted(rendered.text);
                return Ok(Redaction { text, spans, withheld: None });
            }
            findings.extend(residue.iter().map(|span| self.also_found(span, ViewKind::SecondLook)));
            spans.extend(residue);
        }
        Err(Withheld::Residue)
    }

    /// What is hidden because of something found before.
    fn also_found(&self, span: &Span, view: ViewKind) -> Finding {
        let decision = Decision::Hidden(self.layers.policy().action(span.kind));
        Finding { span: *span, view, check: Check::Context, decision }
    }

    /// What the patterns find in a rendered text outside the placeholders, as spans of the original.
    fn residue(&self, rendered: &Rendered) -> Vec<Span> {
        let views = Views::of(&rendered.text, false);
        let found = self.layers.shapes(&rendered.text, &views);
        let shown = |finding: &Finding| {
            let span = finding.span;
            rendered
                .shown_in(span.start, span.end)
                .map(move |range| Span { start: range.start, end: range.end, ..span })
                .collect::<Vec<_>>()
        };
        found.iter().filter(|finding| finding.is_hidden()).flat_map(shown).collect()
    }
}

fn withhold(text: &str, reason: Withheld) -> Redaction {
    let all = Span {
        start: 0,
        end: text.len(),
        kind: PiiKind::Other,
        score: 1.0,
        recognizer: "withheld",
    };
    Redaction { text: RedactedText::withheld(), spans: vec![all], withheld: Some(reason) }
}

impl Redaction {
    /// The spans in Unicode code points of the original.
    pub fn code_points(&self, original: &Sensitive<String>) -> Vec<CodePointSpan> {
        code_points(&self.spans, original.expose())
    }
}

impl Explanation {
    /// The spans of the findings in Unicode code points of the original.
    pub fn code_points(&self, original: &Sensitive<String>) -> Vec<CodePointSpan> {
        let spans: Vec<Span> = self.findings.iter().map(|finding| finding.span).collect();
        code_points(&spans, original.expose())
    }
}

fn code_points(spans: &[Span], text: &str) -> Vec<CodePointSpan> {
    let count = |until: usize| text.char_indices().take_while(|(at, _)| *at < until).count();
    spans
        .iter()
        .map(|span| CodePointSpan { start: count(span.start), end: count(span.end), span: *span })
        .collect()
}

#[cfg(test)]
impl Redactor {
    /// Drops a recognizer, so that what it finds leaks.
    pub(super) fn forget(&mut self, recognizer: &str) {
        self.layers.forget(recognizer);
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor(..)")
    }
}

#[cfg(test)]
#[path = "redactor_tests.rs"]
mod tests;
