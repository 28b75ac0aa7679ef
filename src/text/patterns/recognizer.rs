//! One shape: a regular expression, what a text must hold for it, and a judge of each candidate.

use std::sync::Arc;

use regex::{Regex, RegexBuilder};

use super::super::{Check, PiiKind};
use super::Needs;

/// Largest compiled size of one shape.
const REGEX_BYTES_MAX: usize = 4 << 20;

/// A stretch that matches a shape, with what stands around it.
#[derive(Clone, Copy)]
pub(in crate::text) struct Candidate<'a> {
    pub text: &'a str,
    pub start: usize,
    pub end: usize,
}

impl<'a> Candidate<'a> {
    pub fn matched(&self) -> &'a str {
        self.text.get(self.start..self.end).unwrap_or_default()
    }

    pub fn before(&self) -> &'a str {
        self.text.get(..self.start).unwrap_or_default()
    }

    pub fn after(&self) -> &'a str {
        self.text.get(self.end..).unwrap_or_default()
    }

    pub fn digits(&self) -> impl Iterator<Item = u32> + 'a {
        self.matched().chars().filter_map(|ch| ch.to_digit(10))
    }
}

/// A hit in one view.
///
/// # Units
/// `start` and `end` are bytes of that view.
#[derive(Clone, Copy, Debug)]
pub(in crate::text) struct Hit {
    pub start: usize,
    pub end: usize,
    pub kind: PiiKind,
    pub score: f32,
    pub check: Check,
    pub recognizer: &'static str,
}

/// What a judge makes of a candidate.
#[derive(Clone, Copy, Debug)]
pub(in crate::text) struct Verdict {
    kind: PiiKind,
    score: f32,
    check: Check,
}

impl Verdict {
    /// The verdict of a check sum or register: one kind when it passes, another when it fails.
    pub fn checked(
        name: &'static str,
        passed: bool,
        pass: (PiiKind, f32),
        fail: (PiiKind, f32),
    ) -> Self {
        let (kind, score) = if passed { pass } else { fail };
        Self { kind, score, check: if passed { Check::Passed(name) } else { Check::Failed(name) } }
    }
}

impl From<(PiiKind, f32)> for Verdict {
    fn from((kind, score): (PiiKind, f32)) -> Self {
        Self { kind, score, check: Check::Context }
    }
}

/// Says what a candidate is, or that its surroundings make it something else altogether.
type Judge = Arc<dyn Fn(&Candidate<'_>) -> Option<Verdict> + Send + Sync>;

/// One shape.
pub(in crate::text) struct Recognizer {
    name: &'static str,
    kind: PiiKind,
    needs: Needs,
    regex: Regex,
    judge: Option<Judge>,
    is_whole: bool,
}

impl Recognizer {
    /// A shape from a literal of this crate. Where the expression has groups, the first one that
    /// takes part is what is hidden.
    pub fn new(name: &'static str, kind: PiiKind, needs: Needs, pattern: &str) -> Self {
        Self::compile(name, kind, needs, pattern).expect("the literal compiles") // Unwrap safety: every literal is compiled by the tests
    }

    /// A shape from a city's own expression.
    pub fn compile(
        name: &'static str,
        kind: PiiKind,
        needs: Needs,
        pattern: &str,
    ) -> Result<Self, regex::Error> {
        let regex = RegexBuilder::new(pattern).size_limit(REGEX_BYTES_MAX).build()?;
        Ok(Self { name, kind, needs, regex, judge: None, is_whole: false })
    }

    /// Adds a judge of each candidate.
    pub fn judged<V: Into<Verdict>>(
        mut self,
        judge: impl Fn(&Candidate<'_>) -> Option<V> + Send + Sync + 'static,
    ) -> Self {
        self.judge = Some(Arc::new(move |candidate| judge(candidate).map(Into::into)));
        self
    }

    /// What is refused is passed over whole: for a judge that refuses whatever begins within it, too,
    /// where looking again from each character would cost the square of the stretch.
    pub fn whole(self) -> Self {
        Self { is_whole: true, ..self }
    }

    #[cfg(test)]
    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn needs(&self) -> Needs {
        self.needs
    }

    /// Calls `found` for every candidate that the judge lets stand. After a refusal the search goes
    /// on one character later, so that a refused stretch cannot shield what it overlaps, but for a
    /// shape that is [`Recognizer::whole`].
    pub fn scan(&self, text: &str, found: &mut impl FnMut(Hit)) {
        let mut at = 0;
        while let Some((start, end)) = self.next(text, at) {
            #[cfg(any(test, fuzzing))]
            super::super::fuzz::spend(end - at);
            let candidate = Candidate { text, start, end };
            let verdict = match &self.judge {
                Some(judge) => judge(&candidate),
                None => Some(Verdict { kind: self.kind, score: 0.9, check: Check::Shape }),
            };
            match verdict {
                Some(Verdict { kind, score, check }) if start < end => {
                    found(Hit { start, end, kind, score, check, recognizer: self.name });
                    at = end;
                }
                _ if self.is_whole => at = end.max(next_boundary(text, start)),
                _ => at = next_boundary(text, start),
            }
            if at >= text.len() {
                return;
            }
        }
        #[cfg(any(test, fuzzing))]
        super::super::fuzz::spend(text.len() - at);
    }

    fn next(&self, text: &str, at: usize) -> Option<(usize, usize)> {
        if self.regex.captures_len() == 1 {
            return self.regex.find_at(text, at).map(|found| (found.start(), found.end()));
        }
        let captures = self.regex.captures_at(text, at)?;
        let group = captures.iter().skip(1).flatten().next().or_else(|| captures.get(0))?;
        Some((group.start(), group.end()))
    }
}

fn next_boundary(text: &str, at: usize) -> usize {
    (at + 1..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_candidate_does_not_shield_what_it_overlaps() {
        let shape = Recognizer::new("t", PiiKind::Number, Needs::default(), "[0-9]{3}")
            .judged(|c| c.matched().ends_with('9').then_some((PiiKind::Number, 0.5)));
        let mut hits = Vec::new();
        shape.scan("é1239", &mut |hit| hits.push((hit.start, hit.end)));
        assert_eq!(hits, [(3, 6)]);
    }
}
