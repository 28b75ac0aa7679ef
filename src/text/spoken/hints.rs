//! A cheap look that tells whether the spoken view could read anything.
//!
//! It may say yes for nothing; it never says no where [`super::spoken`] reads something, which a
//! property test holds. While no stage of it rewrites, each stage sees the text as it came, so that
//! every condition is one of the text itself.

use super::{
    marks::{is_domain_name, is_long_domain},
    numerals::{Numeral, WORD_BYTES_MAX, numeral},
    spacing::{MISREAD_FIGURES_MIN, SPACED_RUN_MIN, is_misread_number},
};

/// Whether anything in the text might be spelled out.
pub(in crate::text) fn may_be_spoken(text: &str) -> bool {
    let mut seen = Seen::default();
    let mut figures = 0;
    let mut open = None;
    for (at, ch) in text.char_indices() {
        if ch.is_alphanumeric() {
            figures += usize::from(ch.is_ascii_digit());
            open.get_or_insert(at);
            // The two signs beyond ASCII whose lower case holds an ASCII letter.
            if matches!(ch, '\u{130}' | '\u{212a}') {
                return true;
            }
        } else if let Some(start) = open.take()
            && seen.is_spoken(text, start, at)
        {
            return true;
        }
    }
    open.is_some_and(|start| seen.is_spoken(text, start, text.len()))
        || (figures >= MISREAD_FIGURES_MIN && text.split(char::is_whitespace).any(is_misread))
}

fn is_misread(token: &str) -> bool {
    is_misread_number(token.chars())
}

/// What the words so far tell of the next one.
#[derive(Default)]
struct Seen {
    /// Where the last word ended.
    end: usize,
    /// Whether it was a numeral, and one in letters.
    numeral: bool,
    in_letters: bool,
    /// Whether it started with "age".
    age: bool,
    /// Whether the last word and the one before it were "at".
    at: (bool, bool),
    /// Words since "at" and since "dot", the next one counted; zero before the first.
    since_at: usize,
    since_dot: usize,
    /// Single characters in a row, one sign apart.
    singles: usize,
    /// Whether an "@" and a space stand in the chain of ".", "@" and "-" that reaches the last word.
    chain: (bool, bool),
}

impl Seen {
    /// Takes in the next word; says whether it completes anything that a stage might rewrite.
    fn is_spoken(&mut self, text: &str, start: usize, end: usize) -> bool {
        let gap = text.get(self.end..start).unwrap_or_default();
        let word = text.get(start..end).unwrap_or_default();
        let mut buffer = [0; WORD_BYTES_MAX];
        let lower = lower(word, &mut buffer);
        self.end = end;
        self.is_number(word, lower)
            || self.is_mark(lower, gap, text.get(end..).unwrap_or_default())
            || self.is_spaced(word, gap)
            || self.is_mailbox(lower, gap)
    }

    /// Tens and teens are always read; a unit beside another numeral, before a name or years, or
    /// after an age.
    fn is_number(&mut self, word: &str, lower: &str) -> bool {
        let found = numeral(lower, true);
        let in_letters = found.is_some_and(|found| !matches!(found, Numeral::Figures(_)));
        let beside = (found.is_some() && self.in_letters) || (in_letters && self.numeral);
        let named =
            word.starts_with(char::is_uppercase) || starts(word, "year") || starts(word, "ano");
        let large = matches!(numeral(lower, false), Some(Numeral::Teen(_) | Numeral::Tens(_)));
        let spoken = beside || large || (self.in_letters && named) || (in_letters && self.age);
        (self.numeral, self.in_letters) = (found.is_some(), in_letters);
        self.age = starts(word, "age");
        spoken
    }

    /// "Arroba"; "at" in brackets or two words before a domain; "dot" in brackets, before a domain that
    /// is no word, or with an "at" near.
    fn is_mark(&mut self, lower: &str, gap: &str, after: &str) -> bool {
        let (is_at, is_dot) = (lower == "at", matches!(lower, "dot" | "punto"));
        let edge = |ch: Option<char>| ch.is_some_and(|ch| "()[]{}<>_-".contains(ch));
        let bracketed =
            (is_at || is_dot) && edge(gap.chars().next_back()) && edge(after.chars().next());
        let hosted = self.at.1 && (is_dot || (gap == "." && is_domain_name(lower)));
        let at_before = (1..=5).contains(&self.since_at) && is_domain_name(lower);
        let dotted = self.since_dot == 1 && (at_before || is_long_domain(lower));
        let near = is_at && (1..=4).contains(&self.since_dot);
        self.at = (is_at, self.at.0);
        self.since_at = since(is_at, self.since_at);
        self.since_dot = since(is_dot, self.since_dot);
        lower == "arroba" || bracketed || hosted || dotted || near
    }

    /// Single characters, each one sign after the last.
    fn is_spaced(&mut self, word: &str, gap: &str) -> bool {
        let alone = word.chars().nth(1).is_none();
        let joined = matches!(gap, " " | "_" | "*" | "." | "-");
        self.singles = if alone && joined { self.singles + 1 } else { usize::from(alone) };
        self.singles >= SPACED_RUN_MIN
    }

    /// A domain after a dot, in a chain with an "@" and a space to drop.
    fn is_mailbox(&mut self, lower: &str, gap: &str) -> bool {
        let mut marks = gap.bytes().filter(|byte| *byte != b' ');
        let mark = marks.next().filter(|_| marks.next().is_none());
        let linked = matches!(mark, Some(b'.' | b'@' | b'-'));
        self.chain.0 = linked && (self.chain.0 || mark == Some(b'@'));
        self.chain.1 = linked && (self.chain.1 || gap.contains(' '));
        mark == Some(b'.') && self.chain == (true, true) && is_domain_name(lower)
    }
}

/// The word in lower case, where it is short enough for a numeral, a mark or a domain.
fn lower<'a>(word: &str, buffer: &'a mut [u8; WORD_BYTES_MAX]) -> &'a str {
    let Some(room) = buffer.get_mut(..word.len()) else { return "" };
    for (place, byte) in room.iter_mut().zip(word.bytes()) {
        *place = byte.to_ascii_lowercase();
    }
    std::str::from_utf8(room).unwrap_or_default()
}

fn since(now: bool, before: usize) -> usize {
    match (now, before) {
        (true, _) => 1,
        (false, 0) => 0,
        (false, since) => since.saturating_add(1),
    }
}

fn starts(word: &str, with: &str) -> bool {
    word.get(..with.len()).is_some_and(|start| start.eq_ignore_ascii_case(with))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::super::{
        fold::fold,
        glyphs::{View, glyphs_of},
    };
    use super::super::spoken;
    use super::*;

    /// Whether the look would hold back a text that is spoken.
    fn holds_back(text: &str) -> bool {
        let folded = fold(&glyphs_of(text));
        let view = View::of(&folded);
        (!may_be_spoken(view.text()) && spoken(&folded).is_some())
            || (!may_be_spoken(text) && spoken(&glyphs_of(text)).is_some())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4_096, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(23), ..ProptestConfig::default() })]

        #[test]
        fn look_never_rules_out_what_is_spoken(
            text in "((at|dot|arroba|punto|AT|com|org|example|ana|Elm|age|aged|years|anos|yearlings12|one|Two|dos|fifteen|catorce|once|oh|o|double|12|2O2|S|l|0134|a|b|é|王|İ|x)( |\\.|@|-|_|, |  | \\. | @ |\\(|\\)|\\[|\\]|<|>|'|\\n| - |)){0,9}"
        ) {
            prop_assert!(!holds_back(&text), "{}", text);
        }

        #[test]
        fn look_never_rules_out_any_text(text in any::<String>(), short in "[a-cO0-9SlI@. '_*-]{0,24}") {
            prop_assert!(!holds_back(&text));
            prop_assert!(!holds_back(&short), "{}", short);
        }
    }

    #[test]
    fn look_lets_ordinary_talk_pass() {
        for text in [
            "meet at the park at noon, one of the two gates",
            "RT @ana: see http://t.co/x7 at 5.30",
            "desde el punto de vista de uno",
            "call 202-555-0143 or 41.3, -72.9",
        ] {
            assert!(!may_be_spoken(text), "{text}");
        }
    }
}
