//! Mutated texts from a seed: the same seed gives the same texts.

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

/// Longest mutated text, but for the rare long ones.
const BYTES_MAX: usize = 400;

/// Makes texts out of a corpus.
pub struct Mutator {
    state: u64,
    corpus: Vec<Vec<u8>>,
}

impl Mutator {
    /// Texts of this seed.
    pub fn new(seed: u64, corpus: Vec<Vec<u8>>) -> Self {
        Self { state: seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1, corpus }
    }

    /// The next number below `bound`, by xorshift64*.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let drawn = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(drawn).unwrap_or(0) % bound.max(1)
    }

    fn seed(&mut self) -> Vec<u8> {
        let at = self.below(self.corpus.len());
        self.corpus.get(at).cloned().unwrap_or_default()
    }

    /// The next text, which need not be UTF-8.
    #[allow(clippy::should_implement_trait)] // it never ends
    pub fn next(&mut self) -> Vec<u8> {
        let mut data = self.seed();
        for _ in 0..=self.below(8) {
            self.mutate(&mut data);
        }
        if self.below(2_000) == 0 {
            return data.repeat(super::TEXT_BYTES_MAX / data.len().max(1));
        }
        data.truncate(BYTES_MAX);
        data
    }

    fn mutate(&mut self, data: &mut Vec<u8>) {
        let at = self.below(data.len() + 1);
        let until = (at + self.below(24)).min(data.len());
        match self.below(7) {
            0 | 1 => {
                let token = TOKENS.get(self.below(TOKENS.len())).copied().unwrap_or_default();
                data.splice(at..at, token.bytes());
            }
            2 => drop(data.drain(at..until)),
            3 => {
                let again: Vec<u8> =
                    data.get(at..until).unwrap_or_default().repeat(1 + self.below(6));
                data.splice(at..at, again);
            }
            4 => {
                let other = self.seed();
                let from = self.below(other.len() + 1);
                data.splice(at..until, other.get(from..).unwrap_or_default().iter().copied());
            }
            5 => {
                let code = u32::try_from(self.below(0x11_0000)).unwrap_or(0);
                let ch = char::from_u32(code).unwrap_or('\u{fffd}');
                data.splice(at..at, ch.to_string().bytes());
            }
            _ => {
                let byte = u8::try_from(self.below(256)).unwrap_or(0);
                data.splice(at..at, [byte]);
            }
        }
    }
}
