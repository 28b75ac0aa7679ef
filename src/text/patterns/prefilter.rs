//! The prefilter: one pass over a text says which shapes are worth trying.
//!
//! It saves work and decides nothing: it never rules out a shape that would match, which tests hold
//! by trying every shape without it.

use super::lexicon::Lexicon;

/// Marks that shapes ask for.
pub(in crate::text) mod marks {
    pub const AT: u16 = 1;
    pub const COLON: u16 = 1 << 1;
    pub const SLASH: u16 = 1 << 2;
    /// A dot before a letter or figure.
    pub const DOT: u16 = 1 << 3;
    pub const HASH: u16 = 1 << 4;
    pub const PLUS: u16 = 1 << 5;
    /// "$" before a letter.
    pub const DOLLAR: u16 = 1 << 6;
    /// A character outside ASCII.
    pub const WIDE: u16 = 1 << 7;
    pub const DASH: u16 = 1 << 8;
    pub const EQUALS: u16 = 1 << 9;
    /// Two colons with at most four bytes between them.
    pub const COLONS: u16 = 1 << 10;
    /// Three slashes in a row.
    pub const SLASHES: u16 = 1 << 11;
    /// A letter before a figure, and a capital before a figure.
    pub const CODE: u16 = 1 << 12;
    pub const CAPITAL_CODE: u16 = 1 << 13;
}

/// Most bytes between two figures of one number; no shape of a number has more.
const GAP_BYTES_MAX: usize = 4;

/// What a text holds, as far as shapes ask.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::text) struct Traits {
    /// Figures in all.
    pub digits: usize,
    /// Most figures without a gap.
    pub run: usize,
    /// Most figures with nothing but few marks and spaces between them.
    pub number: usize,
    pub marks: u16,
    pub words: u32,
}

/// What a text must hold before a shape is tried.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::text) struct Needs {
    /// At least so many figures in all, in a row and in a number.
    pub digits: usize,
    pub run: usize,
    pub number: usize,
    /// All of these marks.
    pub marks: u16,
    /// Any of these marks; zero asks for none.
    pub any: u16,
    /// Any of these word groups; zero asks for none.
    pub words: u32,
    /// Any of these too.
    pub also: u32,
}

impl Needs {
    pub fn are_met(&self, traits: &Traits) -> bool {
        traits.digits >= self.digits
            && traits.run >= self.run
            && traits.number >= self.number
            && traits.marks & self.marks == self.marks
            && (self.any == 0 || traits.marks & self.any != 0)
            && (self.words == 0 || traits.words & self.words != 0)
            && (self.also == 0 || traits.words & self.also != 0)
    }
}

/// Finds the traits of a text.
pub(in crate::text) struct Prefilter {
    lexicon: Lexicon,
}

impl Prefilter {
    pub fn new() -> Self {
        Self { lexicon: Lexicon::new() }
    }

    pub fn traits(&self, text: &str) -> Traits {
        let bytes = text.as_bytes();
        let mut figures = Figures::default();
        let mut traits = Traits::default();
        let mut before = b' ';
        for (at, byte) in bytes.iter().copied().enumerate() {
            if byte.is_ascii_alphabetic() {
                if !before.is_ascii_alphabetic() {
                    traits.words |= self.lexicon.groups(&bytes[at..]);
                }
                figures.parted = true;
            } else if byte.is_ascii_digit() {
                figures.take(at, before, &mut traits);
            } else if byte != b' ' {
                traits.marks |= mark(bytes, at);
                figures.parted |= byte >= 0x80;
            }
            before = byte;
        }
        traits
    }
}

/// The number that the figures so far belong to.
#[derive(Default)]
struct Figures {
    last: usize,
    run: usize,
    number: usize,
    /// Whether a letter stands between.
    parted: bool,
}

impl Figures {
    fn take(&mut self, at: usize, before: u8, traits: &mut Traits) {
        self.run = if before.is_ascii_digit() { self.run + 1 } else { 1 };
        let goes_on = !self.parted && self.number > 0 && at - self.last <= GAP_BYTES_MAX + 1;
        self.number = if goes_on { self.number + 1 } else { 1 };
        (self.last, self.parted) = (at, false);
        traits.digits += 1;
        traits.run = traits.run.max(self.run);
        traits.number = traits.number.max(self.number);
        if before.is_ascii_alphabetic() {
            traits.marks |= marks::CODE;
        }
        if before.is_ascii_uppercase() {
            traits.marks |= marks::CAPITAL_CODE;
        }
    }
}

/// The mark that a byte is, with what stands beside it.
fn mark(bytes: &[u8], at: usize) -> u16 {
    let next = bytes.get(at + 1).copied().unwrap_or_default();
    match bytes[at] {
        b'@' => marks::AT,
        b':' => {
            let near = bytes[..at].iter().rev().take(GAP_BYTES_MAX + 1).any(|byte| *byte == b':');
            marks::COLON | if near { marks::COLONS } else { 0 }
        }
        b'/' if bytes[..at].ends_with(b"//") => marks::SLASH | marks::SLASHES,
        b'/' => marks::SLASH,
        b'#' => marks::HASH,
        b'+' => marks::PLUS,
        b'=' => marks::EQUALS,
        b'-' => marks::DASH,
        b'$' if next.is_ascii_alphabetic() => marks::DOLLAR,
        b'.' if next.is_ascii_alphanumeric() || next >= 0x80 => marks::DOT,
        0x80.. => marks::WIDE,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::words;
    use super::*;

    #[test]
    fn traits_name_what_the_text_holds() {
        let traits = Prefilter::new().traits("Call 555 at BOX@a.b, 12 Main St");
        assert_eq!((traits.digits, traits.run, traits.number), (5, 3, 3));
        assert_eq!(traits.marks, marks::AT | marks::DOT);
        assert!(traits.words & words::PHONE > 0 && traits.words & words::POST > 0);
        assert!(traits.words & words::STREET > 0);
        assert_eq!(traits.words & words::CARD, 0);
    }

    #[test]
    fn number_goes_on_over_marks_and_ends_at_letters() {
        let number = |text| Prefilter::new().traits(text).number;
        assert_eq!(number("(202) 555 - 0143"), 10);
        assert_eq!(number("202 a 555"), 3);
        assert_eq!(number("12     34"), 2);
    }
}
