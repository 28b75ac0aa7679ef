//! What must hold of any bytes: the bodies of the fuzz targets and of their replay on stable.
//!
//! Built for tests and under `cfg(fuzzing)` only. Each function panics on a violation and returns the
//! work that was done, in bytes searched, so that a hang shows without a clock.

use std::{cell::Cell, sync::LazyLock};

use super::{Policy, Redactor, Withheld, glyphs::View, patterns::Patterns, views::Views};
use crate::domain::{
    Sensitive,
    fuzz::{INPUT_BYTES_MAX, LIMIT_MS, Target},
};

/// All targets; `fuzz/fuzz_targets` has a file for each.
pub const TARGETS: [Target; 3] = [
    // What `views` checks of a view takes longer than what it builds.
    Target { limit_ms: 10 * LIMIT_MS, ..target("views", views) },
    target("patterns", patterns),
    target("redaction", redaction),
];

const fn target(name: &'static str, run: fn(&[u8]) -> u64) -> Target {
    Target { name, run, seeds: &["fuzz/text/"], tokens: TOKENS, limit_ms: LIMIT_MS }
}

/// Most bytes searched for each byte of a text, over all recognizers and views; a text of ten
/// thousand bytes then takes less than fifty milliseconds. The corpus and 110,400 mutated texts needed up to 419.
pub const WORK_PER_BYTE_MAX: u64 = 1_000;

/// Up to here, and then once in so many bytes, it is checked what a hit from the start on hides.
const CHECKED_BYTES: usize = 32;

thread_local! {
    static WORK: Cell<u64> = const { Cell::new(0) };
}

/// Counts bytes that a recognizer searched.
pub(super) fn spend(bytes: usize) {
    WORK.set(WORK.get().saturating_add(bytes as u64));
}

/// Every character of every view stands for a stretch of the text on character borders, and a
/// stretch of a view hides all that its characters stand for.
pub fn views(data: &[u8]) -> u64 {
    let text = text_of(data);
    let views = Views::of(&text, true);
    let reread = views.tagged.as_ref().map(|reread| &reread.view);
    for view in views.searched.iter().map(|(_, view)| view).chain(reread) {
        check_view(&text, view);
    }
    text.len() as u64
}

fn check_view(text: &str, view: &View<'_>) {
    let mut hull: Option<(usize, usize)> = None;
    for (at, ch) in view.text().char_indices() {
        let Some(source) = view.source(at..at + ch.len_utf8()) else { continue };
        assert!(text.get(source.clone()).is_some_and(|stretch| !stretch.is_empty()), "borders");
        let (start, end) = hull.unwrap_or((source.start, source.end));
        hull = Some((start.min(source.start), end.max(source.end)));
        let until = at + ch.len_utf8();
        // Not at every character of a long text, or the check would take longer than the search.
        if until > CHECKED_BYTES && until % CHECKED_BYTES != 0 {
            continue;
        }
        let hidden = view.source(0..until);
        assert_eq!(hidden.map(|hidden| (hidden.start, hidden.end)), hull, "what a hit hides");
    }
}

/// Every hit in every view lies on character borders, and the search ends in time.
pub fn patterns(data: &[u8]) -> u64 {
    static PATTERNS: LazyLock<Patterns> =
        LazyLock::new(|| Patterns::new(Some(phonenumber::country::Id::US)));
    let text = text_of(data);
    let work = work_of(|| {
        for (_, view) in Views::of(&text, false).searched {
            PATTERNS.scan(view.text(), |hit| {
                let hidden = view.text().get(hit.start..hit.end);
                assert!(hidden.is_some_and(|hidden| !hidden.is_empty()), "{}", hit.recognizer);
                assert!((0.0..=1.0).contains(&hit.score), "{}", hit.recognizer);
            });
        }
    });
    in_time(&text, work)
}

/// Spans are in order, apart and on character borders, nothing panics inside, and what leaves holds
/// nothing that a second look would hide.
pub fn redaction(data: &[u8]) -> u64 {
    static REDACTOR: LazyLock<Redactor> = LazyLock::new(|| {
        let streets = vec!["Elm St".to_owned(), "Calle de la Reforma".to_owned()];
        let policy = Policy { streets, ..Policy::default() };
        Redactor::new(policy, None).expect("the policy is sound") // Unwrap safety: a fixed policy, built by the tests
    });
    let text = text_of(data);
    let secret = Sensitive::new(text.clone());
    let mut done = None;
    let work = work_of(|| done = Some(REDACTOR.explain(&secret)));
    let Some(done) = done else { return work };
    assert_ne!(done.redaction.withheld, Some(Withheld::Internal), "a panic inside");
    let mut at = 0;
    for span in &done.redaction.spans {
        assert!(at <= span.start && span.start <= span.end, "order");
        assert!(text.get(span.start..span.end).is_some(), "borders");
        at = span.end;
    }
    for finding in done.findings.iter().filter(|finding| finding.is_hidden()) {
        let hidden =
            |span: &super::Span| span.start <= finding.span.start && finding.span.end <= span.end;
        assert!(done.redaction.spans.iter().any(hidden), "{}", finding.span.recognizer);
    }
    in_time(&text, work)
}

fn work_of(work: impl FnOnce()) -> u64 {
    WORK.set(0);
    work();
    WORK.get()
}

fn in_time(text: &str, work: u64) -> u64 {
    let budget = (text.len() as u64 + 256) * WORK_PER_BYTE_MAX;
    assert!(work <= budget, "{work} bytes searched for a text of {} bytes", text.len());
    work
}

fn text_of(data: &[u8]) -> String {
    let text = String::from_utf8_lossy(data.get(..INPUT_BYTES_MAX).unwrap_or(data));
    let end = (0..=text.len().min(INPUT_BYTES_MAX)).rev().find(|at| text.is_char_boundary(*at));
    text.get(..end.unwrap_or(0)).unwrap_or_default().to_owned()
}

/// What parsers trip over.
const TOKENS: &[&str] = &[
    "@",
    ".",
    "..",
    "://",
    "#",
    "$",
    "%40",
    "%",
    "&#64;",
    "&",
    ";",
    "<b>",
    "</",
    ">",
    "\u{200b}",
    "\u{301}",
    "\u{ad}",
    "\u{202e}",
    "\u{feff}",
    "\u{fe0f}\u{20e3}",
    "\u{a0}",
    "１",
    "٢",
    "𝟛",
    "ﬁ",
    "İ",
    "ß",
    "😀",
    "👩🏽‍🦽",
    "王",
    "\u{435}",
    " at ",
    " dot ",
    "arroba",
    "two ",
    "oh ",
    "double ",
    "607-555-0134",
    "4111 1111 1111 1111",
    "12 Elm St",
    " Apt 4",
    "PO Box ",
    "calle ",
    "Reforma 5",
    "I live on ",
    "my name is Ana ",
    "age ",
    "DOB 1951-02-04",
    "u/",
    "www.",
    "a.com",
    "::",
    "1:",
    "-",
    "\n",
    "\0",
    "\"",
    "'",
    "<EMAIL>",
    "RR 2 Box ",
    "455 South 300 East",
    "YQ==",
    "ZIP 06511",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_over_the_budget_is_a_violation() {
        let over = std::panic::catch_unwind(|| in_time("", 257 * WORK_PER_BYTE_MAX));
        assert!(over.is_err());
    }
}
